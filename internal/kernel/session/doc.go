// Package session (会话) knows a browser again: a cookie that holds who it stands for, encrypted and authenticated, so
// that any process with the same secret reads it and none has to be asked (docs/adr/027).
//
//	nobody ──Begin("")──▶ a session of nobody: forms are bound to it
//	   │                     │ Begin(subject): log-in, or more rights: a new id
//	   └─────────────────────▼
//	                      a session of subject ──▶ End, idle too long, too old, or in the list of ended ones
//
// The cookie is HttpOnly, SameSite=Lax, without a Domain and for the whole site; over HTTPS it is Secure and named
// __Host-…, and one of the plain name is not read, so that nobody who can write cookies over HTTP plants a session.
// Whatever is wrong with a cookie, there is no session then, and no error.
//
// How long a session lasts is the caller's to say. A session that must end at once is put into a list that the caller
// keeps and [Options].Ended asks; when the list cannot be read, nobody is logged in.
package session
