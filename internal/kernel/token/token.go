package token

import (
	"context"
	"fmt"
	"slices"

	"guiyi/internal/kernel/tenant"
)

// Token is what a secret stands for. Times are unix milliseconds.
type Token struct {
	ID          int64
	Name        string
	Permissions []string
	All         bool    // every owner, now and in future
	Owners      []int64 // when All is false
	CreatedBy   string
	CreatedAt   int64
	ExpiresAt   int64
	UsedAt      int64 // to the minute; 0 never
	RevokedAt   int64 // 0 not
}

// Actor is how logs and rows name who acted by the token.
func (t *Token) Actor() string { return fmt.Sprintf("token:%d", t.ID) }

// May reports whether the token has a permission; it never has the empty one.
func (t *Token) May(permission string) bool {
	return permission != "" && slices.Contains(t.Permissions, permission)
}

// Scope is whose rows the token reaches.
func (t *Token) Scope() tenant.Scope {
	return tenant.Scope{Actor: t.Actor(), All: t.All, Owners: t.Owners}
}

// Live reports whether the token lets anybody in at the moment now.
func (t *Token) Live(now int64) bool { return t.RevokedAt == 0 && now < t.ExpiresAt }

// within reports whether the token reaches no more than the scope.
func (t *Token) within(s tenant.Scope) bool {
	if t.All {
		return s.All
	}
	return !slices.ContainsFunc(t.Owners, func(o int64) bool { return !s.Allows(o) })
}

type key struct{}

// With returns a context of a caller who came in by the token, its scope included.
func With(ctx context.Context, t *Token) context.Context {
	return tenant.With(context.WithValue(ctx, key{}, t), t.Scope())
}

// From returns the token of the caller, nil when somebody else acts, such as a command.
func From(ctx context.Context) *Token {
	t, _ := ctx.Value(key{}).(*Token)
	return t
}
