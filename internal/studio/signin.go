package studio

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/session"
	"guiyi/internal/kernel/web"
	"guiyi/internal/org/people"
	"guiyi/internal/site"
)

// SignInOptions are what people sign in with.
type SignInOptions struct {
	People  *people.Desk
	Sites   *site.Register
	Secrets []string // that cookies are sealed with
	Proxies web.Proxies
	Now     func() time.Time
	Log     *slog.Logger
}

// SignIn signs officers in and out and says who sends a request.
type SignIn struct {
	SignInOptions
	cookies *session.Sessions
	origin  *http.CrossOriginProtection
	resp    *web.Responder
}

// NewSignIn returns a SignIn.
func NewSignIn(o SignInOptions) (*SignIn, error) {
	idle, longest, err := o.People.Limits()
	if err != nil {
		return nil, err
	}
	s := &SignIn{SignInOptions: o, origin: http.NewCrossOriginProtection(), resp: &web.Responder{Log: o.Log}}
	s.origin.SetDenyHandler(s.resp.Adapt(func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.Forbidden, "这个请求来自别的网站，没有执行。请从管理端的页面上操作。")
	}))
	s.cookies, err = session.New(session.Options{
		Name:    "studio",
		Secrets: o.Secrets,
		Idle:    idle,
		Longest: longest,
		Now:     o.Now,
	})
	return s, err
}

// visited is what a cookie stands for: a visit, or why it could not be read.
type visited struct {
	visit *people.Visit
	id    string // of the session in the cookie
	err   error
	asked atomic.Bool
}

// backgroundHeader marks requests that the console sends by itself, such as those after an event. They do not keep a
// session from ending when its officer has gone away.
const backgroundHeader = "X-Background"

type visitKey struct{}

// Middleware refuses requests that other sites make a browser send, and notes whose session a cookie is. A session
// that has ended is none.
func (s *SignIn) Middleware(next http.Handler) http.Handler {
	return s.origin.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if found := s.cookies.Read(w, r, s.Proxies.HTTPS(r)); found.Exists() {
			v := &visited{id: found.ID}
			look := s.People.Visit
			if r.Header.Get(backgroundHeader) != "" || r.URL.Path == "/events" {
				look = s.People.Look
			}
			v.visit, v.err = look(r.Context(), found.ID)
			if fault.Is(v.err, fault.Unauthenticated) {
				v.err = nil
			}
			r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		}
		next.ServeHTTP(w, r)
	}))
}

func visitOf(r *http.Request) *visited {
	if v, ok := r.Context().Value(visitKey{}).(*visited); ok {
		return v
	}
	return &visited{}
}

// Caller is the api.Authenticator of cookies. It needs Middleware. Asked again about one request, as while a stream is
// open, it looks at the session again.
func (s *SignIn) Caller(r *http.Request) (*actor.Actor, error) {
	v := visitOf(r)
	if v.id != "" && v.asked.Swap(true) {
		again, err := s.People.Look(r.Context(), v.id)
		if err != nil {
			return nil, err
		}
		a := again.Actor()
		return &a, nil
	}
	if v.err != nil || v.visit == nil {
		return nil, v.err
	}
	a := v.visit.Actor()
	return &a, nil
}

func (s *SignIn) mount(mux *http.ServeMux) {
	for pattern, h := range map[string]web.Handler{
		"GET /session":                  s.me,
		"POST /session":                 s.begin,
		"DELETE /session":               s.end,
		"PUT /session/password":         s.changePassword,
		"GET /session/all":              s.list,
		"DELETE /session/all/{session}": s.endOther,
		"POST /session/totp":            s.enrol,
		"PUT /session/totp":             s.confirm,
		"DELETE /session/totp":          s.dropTOTP,
		"POST /session/link":            s.link,
		"PUT /session/link":             s.useLink,
	} {
		mux.Handle(pattern, s.adapt(h))
	}
}

// adapt answers like the API: what is wrong with the input is 422.
func (s *SignIn) adapt(h web.Handler) http.Handler {
	return s.resp.Adapt(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		r = r.WithContext(audit.WithRequest(r.Context(), web.RequestIDFrom(r.Context())))
		err := h(w, r)
		status := 0
		switch {
		case fault.Is(err, fault.Invalid):
			status = http.StatusUnprocessableEntity
		case fault.Is(err, fault.NotFound) && strings.HasPrefix(r.URL.Path, "/session/link"):
			status = http.StatusGone
		default:
			return err
		}
		p := SignInProblem{Problem: web.NewProblem(r.Context(), err)}
		p.Status, p.Title = status, web.StatusTitle(status)
		if d, ok := errors.AsType[*people.Due](err); ok {
			p.Need = d.What
		}
		w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
		w.WriteHeader(status)
		return json.NewEncoder(w).Encode(p)
	})
}

// SignInProblem is a problem that may say what else the sign-in needs.
type SignInProblem struct {
	web.Problem
	Need string `json:"need,omitempty"` // "code": also send code; "password": also send new_password
}

// maxSignIn is the longest body, in bytes.
const maxSignIn = 16 << 10

// read reads a JSON body.
func read(w http.ResponseWriter, r *http.Request, into any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return fault.New(fault.Unsupported, "请求头 Content-Type 应为 application/json")
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSignIn))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fault.Wrap(fault.Invalid, err, "请求体不是正确的 JSON，或有未知的字段，请核对后重发")
	}
	return nil
}

// Me is who is signed in and what he may do.
type Me struct {
	Officer     MyOfficer `json:"officer"`
	Roles       []MyRole  `json:"roles"`
	Permissions []string  `json:"permissions"`
	IdleSeconds int       `json:"idle_seconds"`
	TOTP        bool      `json:"totp"` // has a second factor
}

// MyOfficer is the officer of a session.
type MyOfficer struct {
	ID         api.ID `json:"id"`
	Account    string `json:"account"`
	Name       string `json:"name"`
	Department string `json:"department"` // "" = none
}

// MyRole is a role of the officer, and where.
type MyRole struct {
	Role     string   `json:"role"`
	Name     string   `json:"name"`
	AllSites bool     `json:"all_sites"`
	Sites    []string `json:"sites"` // codes
}

func (s *SignIn) answer(w http.ResponseWriter, r *http.Request, v *people.Visit) error {
	var ids []int64
	for _, g := range v.Officer.Grants {
		ids = append(ids, g.Sites...)
	}
	codes, err := s.Sites.Codes(r.Context(), ids...)
	if err != nil {
		return err
	}
	me := Me{
		Officer:     MyOfficer{ID: api.NewID(v.Officer.ID), Account: v.Officer.Account, Name: v.Officer.Name},
		Roles:       []MyRole{},
		Permissions: []string{},
		IdleSeconds: int(v.Idle.Seconds()),
	}
	if me.TOTP, err = s.People.HasTOTP(r.Context(), v.Officer.ID); err != nil {
		return err
	}
	if v.Department != nil {
		me.Officer.Department = v.Department.Name
	}
	for i, g := range v.Officer.Grants {
		role := MyRole{Role: g.Role, Name: v.Roles()[i].Name, AllSites: g.AllSites, Sites: []string{}}
		for _, id := range g.Sites {
			role.Sites = append(role.Sites, codes[id])
		}
		me.Roles = append(me.Roles, role)
	}
	for _, p := range v.Permissions() {
		me.Permissions = append(me.Permissions, string(p))
	}
	return web.WriteJSON(w, http.StatusOK, me)
}

func (s *SignIn) me(w http.ResponseWriter, r *http.Request) error {
	v, err := visitor(r)
	if err != nil {
		return err
	}
	return s.answer(w, r, v)
}

// visitor returns the visit of whoever is signed in.
func visitor(r *http.Request) (*people.Visit, error) {
	v := visitOf(r)
	if v.err == nil && v.visit == nil {
		return nil, fault.New(fault.Unauthenticated, "请登录。")
	}
	return v.visit, v.err
}

func (s *SignIn) begin(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Account     string `json:"account"`
		Password    string `json:"password"`
		Code        string `json:"code"`
		NewPassword string `json:"new_password"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	o, err := s.People.SignIn(r.Context(), people.SignIn{
		Account:     in.Account,
		Password:    in.Password,
		Code:        in.Code,
		NewPassword: in.NewPassword,
		Address:     s.address(r),
	})
	if err != nil {
		return err
	}
	return s.open(w, r, o)
}

func (s *SignIn) address(r *http.Request) string { return s.Proxies.ClientIP(r).String() }

// open replaces the session of the browser by a new one of the officer.
func (s *SignIn) open(w http.ResponseWriter, r *http.Request, o *people.Officer) error {
	if before := visitOf(r); before.visit != nil {
		if err := s.People.Leave(r.Context(), before.id); err != nil {
			return err
		}
	}
	https := s.Proxies.HTTPS(r)
	fresh := s.cookies.Begin(w, string(api.NewID(o.ID)), https)
	v, err := s.People.Begin(r.Context(), o.ID, fresh.ID, people.Browser{Address: s.address(r),
		Agent: r.UserAgent()})
	if err != nil {
		s.cookies.End(w, https)
		return err
	}
	return s.answer(w, r, v)
}

func (s *SignIn) end(w http.ResponseWriter, r *http.Request) error {
	if v := visitOf(r); v.id != "" {
		if err := s.People.Leave(r.Context(), v.id); err != nil {
			return err
		}
	}
	s.cookies.End(w, s.Proxies.HTTPS(r))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// LinkInfo is what a one-time link is for.
type LinkInfo struct {
	Purpose people.Purpose `json:"purpose"`
	Officer *LinkOfficer   `json:"officer,omitempty"`
	Rules   []string       `json:"rules"` // of passwords; none for a link that asks for none
}

// LinkOfficer is whom a one-time link lets in.
type LinkOfficer struct {
	Account string `json:"account"`
	Name    string `json:"name"`
}

func (s *SignIn) link(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Link string `json:"link"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	l, err := s.People.Link(r.Context(), in.Link)
	if err != nil {
		return err
	}
	out := LinkInfo{Purpose: l.Purpose, Rules: []string{}}
	if l.Officer != nil {
		out.Officer = &LinkOfficer{Account: l.Officer.Account, Name: l.Officer.Name}
	}
	if l.Purpose != people.Enter {
		if out.Rules, err = s.People.PasswordRules(); err != nil {
			return err
		}
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

func (s *SignIn) useLink(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Link     string `json:"link"`
		Account  string `json:"account"`
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	o, err := s.People.UseLink(r.Context(), people.LinkUse{Secret: in.Link, Account: in.Account, Name: in.Name,
		Password: in.Password})
	if err != nil {
		return err
	}
	return s.open(w, r, o)
}
