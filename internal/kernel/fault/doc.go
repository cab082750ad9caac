// Package fault (错误) gives every error a kind, a text that is safe to show to
// the client, and a cause that only the log sees.
//
//	Kind      decides the HTTP status; callers branch on it, e.g. repeat a build after a Conflict
//	Text      Chinese, safe to show, says what the reader can do; never contains the cause
//	Cause     for the log only
//
// Code below the boundary returns fault.New or fault.Wrap where it knows what
// went wrong; everything else stays a plain error and counts as Internal.
package fault
