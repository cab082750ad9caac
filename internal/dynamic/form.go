package dynamic

import (
	"net/http"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/form"
	"guiyi/internal/kernel/session"
)

// Session is the session of the reader; the zero one is none. Where the table of addresses lets an answer be kept for
// others, there is none: it would go out with a cookie.
func (r *Request) Session() session.Session {
	if r.session == nil {
		r.session = new(session.Session)
		if r.server.sessions != nil && !r.shared {
			*r.session = r.server.sessions.Read(r.w, r.Request, r.HTTPS())
		}
	}
	return *r.session
}

// Begin gives the reader a new session, in place of the one he had: "" stands for nobody.
func (r *Request) Begin(subject string) (session.Session, error) {
	if r.server.sessions == nil || r.shared {
		return session.Session{}, fault.New(fault.Internal, "这个动态页面没有会话")
	}
	one := r.server.sessions.Begin(r.w, subject, r.HTTPS())
	r.session = &one
	return one, nil
}

// End ends the session of the reader in his browser. The caller puts it into the list of ended ones.
func (r *Request) End() {
	if r.server.sessions != nil {
		r.server.sessions.End(r.w, r.HTTPS())
	}
	r.session = new(session.Session)
}

// NewForm is the state of a form that is shown for the first time, filled in with what is known.
func (r *Request) NewForm(f form.Form, in form.Input) form.State {
	return form.State{Input: in, Token: r.token(f)}
}

func (r *Request) token(f form.Form) string {
	if r.server.guard == nil {
		return ""
	}
	return r.server.guard.Token(f.Name, r.Session().ID)
}

// Take takes a form that was posted. What is in order goes to accept, once for each page that was shown; the reader is
// sent on to where accept says, and done is true. Else the page is to be shown again with the state.
//
// accept gets the id of the submission, and keeps it in a unique column beside what it makes, so that another portal
// notices a second click too.
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
