package api

import (
	"net/http"
	"strings"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/token"
)

// An Authenticator finds out who sends a request: nil when the request carries nothing that
// it knows, so that the next one is asked; Unauthenticated when what it carries is wrong.
type Authenticator func(*http.Request) (*actor.Actor, error)

// Bearer knows callers by an access token in the header Authorization.
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

// caller is the actor of the first authenticator that knows one.
func (a *API) caller(r *http.Request) (*actor.Actor, error) {
	for _, who := range a.Callers {
		if by, err := who(r); err != nil || by != nil {
			return by, err
		}
	}
	return nil, fault.New(fault.Unauthenticated,
		"请在请求头 Authorization 里带上令牌：Bearer 令牌。令牌由平台管理员用 guiyi token create 签发。")
}
