// Package session (会话) keeps the session of a browser in an encrypted and authenticated cookie, so that any process
// with the same secret can read it without a shared store (docs/adr/027).
//
//	nobody ──Begin("")──▶ a session of nobody: forms are bound to it
//	   │                     │ Begin(subject): log-in, or more rights: a new id
//	   └─────────────────────▼
//	                      a session of subject ──▶ End, idle too long, too old, or in the list of ended ones
//
// The cookie is HttpOnly, SameSite=Lax, without a Domain and for the whole site; over HTTPS it is Secure and named
// __Host-…, and one of the plain name is not read, so that nobody who can write cookies over HTTP plants a session.
// An invalid cookie means that there is no session; it is not an error.
//
// The caller decides how long a session lasts. A session that must end immediately goes into a list of the caller,
// which [Options].Ended reads; when the list cannot be read, nobody is logged in.
package session
