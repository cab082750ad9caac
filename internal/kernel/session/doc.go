// Package session (会话) stores the session of a browser in an encrypted and authenticated cookie. Every process with the
// same secret can read it, so no shared store is needed (docs/adr/027).
//
//	no session ──Begin("")──▶ anonymous session: forms are bound to it
//	   │                         │ Begin(subject) at log-in, or when rights change: a new id
//	   └──Begin(subject)─────────▼
//	                       session of subject ──▶ ended by End, Idle, Longest or Ended
//
// The cookie is HttpOnly, SameSite=Lax, has the path / and no Domain. Over HTTPS it is also Secure and its name has the
// prefix __Host-. Over HTTPS a cookie without this prefix is ignored: it may have been set over HTTP by an attacker. An
// invalid cookie means that there is no session; it is not an error.
//
// [Options] limit the duration of sessions. To end a session earlier, the caller stores it in a list of ended sessions
// and implements Ended. When Ended fails, Read returns no session.
package session
