package api

import (
	"net/http"
	"strings"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/token"
)

// An Authenticator returns the actor who sends a request. It returns nil if the request has no credentials of its kind;
// then the next authenticator is tried. It returns an Unauthenticated fault if the credentials are invalid.
type Authenticator func(*http.Request) (*actor.Actor, error)

// Bearer authenticates callers by an access token in the header Authorization.
func Bearer(tokens *token.Desk) Authenticator {
	return func(r *http.Request) (*actor.Actor, error) {
		scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || secret == "" {
			return nil, nil
		}
		t, err := tokens.Authenticate(r.Context(), strings.TrimSpace(secret))
		if err != nil {
			return nil, err
		}
		a := t.Actor()
		return &a, nil
	}
}

// Caller returns who sends a request: the result of the first authenticator that returns an actor or an error. It
// returns an Unauthenticated fault when there is none.
func Caller(r *http.Request, among []Authenticator) (*actor.Actor, error) {
	for _, who := range among {
		if by, err := who(r); err != nil || by != nil {
			return by, err
		}
	}
	return nil, fault.New(fault.Unauthenticated,
		"请登录；程序请在请求头 Authorization 里带上令牌：Bearer 令牌。令牌由平台的运维人员用 guiyi token create 签发。")
}
