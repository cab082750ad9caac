// Package web is the platform's HTTP layer (网页服务).
//
// A handler returns its error; Responder.Adapt alone turns it into a status, a page or problem+json (RFC 9457), and a
// log line, all with the same request id. The client gets the safe text of the fault, the log its cause. The usual
// chain, outermost first:
//
//	web.Chain(mux,
//	    web.RequestID, accessLog.Middleware, responder.Recover,
//	    web.SecurityHeaders(proxies), responder.CheckPath, responder.LimitBody(10<<20), web.Timeout(30*time.Second))
//
// What a public listener knows about a request reaches the handler as [Forwarded] in the context; between processes
// it is authenticated by a [Seal], and headers without a seal are not trusted. Forms are in kernel/form, sessions in
// kernel/session.
//
// Server binds its address before it serves, speaks HTTP/2 over TLS only, and stops gracefully.
package web
