// Package web is the platform's HTTP layer (网页服务).
//
// A handler returns an error. Responder.Adapt turns it into a status, an HTML page or problem+json (RFC 9457), and a
// log line, all with the same request id. The client gets the safe text of the fault; the log gets the cause. The
// usual chain of middlewares, outermost first:
//
//	web.Chain(mux,
//	    web.RequestID, accessLog.Middleware, responder.Recover,
//	    web.SecurityHeaders(proxies), responder.CheckPath, responder.LimitBody(10<<20), web.Timeout(30*time.Second))
//
// The public listener (the edge) passes information about a request to the handler as [Forwarded] in the context. To
// another process it sends this information in headers, which a [Seal] authenticates. Headers without a valid seal are
// not trusted. Forms are in kernel/form, sessions in kernel/session.
//
// Server binds its address before it serves, supports HTTP/2 over TLS only, and shuts down gracefully.
package web
