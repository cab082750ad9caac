package dynamic

import (
	"net/http"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/form"
	"guiyi/internal/kernel/session"
)

// Session returns the session of the reader; the zero Session when there is none. Addresses whose answers may be cached
// for others have no session, because the cached answer would contain the cookie.
func (r *Request) Session() session.Session {
	if r.session == nil {
		r.session = new(session.Session)
		if r.server.sessions != nil && !r.shared {
			*r.session = r.server.sessions.Read(r.w, r.Request, r.HTTPS())
		}
	}
	return *r.session
}

// Begin starts a new session that replaces the current one. The user "" is an anonymous reader.
func (r *Request) Begin(subject string) (session.Session, error) {
	if r.server.sessions == nil || r.shared {
		return session.Session{}, fault.New(fault.Internal, "这个动态页面没有会话")
	}
	one := r.server.sessions.Begin(r.w, subject, r.HTTPS())
	r.session = &one
	return one, nil
}

// End removes the session from the reader's browser. The caller adds it to the list of ended sessions.
func (r *Request) End() {
	if r.server.sessions != nil {
		r.server.sessions.End(r.w, r.HTTPS())
	}
	r.session = new(session.Session)
}

// NewForm returns the state of a form shown for the first time, filled in with known values.
func (r *Request) NewForm(f form.Form, in form.Input) form.State {
	return form.State{Input: in, Token: r.token(f)}
}

func (r *Request) token(f form.Form) string {
	if r.server.guard == nil {
		return ""
	}
	return r.server.guard.Token(f.Name, r.Session().ID)
}

// Take processes a posted form. When it has no faults, accept is called once for each page shown, the reader is
// redirected to the location that accept returns, and done is true. Otherwise the caller shows the page again with the
// returned state.
//
// accept receives the id of the submission. It stores the id in a unique column with its result, so that another portal
// process also detects a repeated submission.
func (r *Request) Take(w http.ResponseWriter, f form.Form, times form.Times,
	accept func(in form.Input, id string) (location string, err error)) (state form.State, done bool, err error) {
	if r.server.guard == nil {
		return state, false, fault.New(fault.Internal, "动态页面的表单没有密钥")
	}
	if state.Input, err = f.Read(r.Request); err != nil {
		return state, false, err
	}
	id, kept, session := "", r.server.kept, r.Session().ID
	gone := kept.Find(f, session, &state.Input)
	if state.Faults = f.Join(gone, f.Check(state.Input)); len(state.Faults) == 0 {
		id, state.Faults = r.server.guard.Check(f.Name, session, state.Input, times)
	}
	if len(state.Faults) > 0 {
		state.Token = r.token(f)
		more := kept.Keep(f, session, r.Client(), &state.Input, state.Faults)
		state.Faults = f.Join(state.Faults, more)
		return state, false, nil
	}
	where, err := r.server.once.Do(id, func() (string, error) { return accept(state.Input, id) })
	if err != nil {
		return state, false, err
	}
	kept.Done(state.Input)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", where)
	w.WriteHeader(http.StatusSeeOther)
	return state, true, nil
}
