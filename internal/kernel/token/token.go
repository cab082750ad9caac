package token

import (
	"strconv"

	"guiyi/internal/kernel/actor"
)

// Token is an access token without its secret. Times are unix milliseconds.
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

// Actor returns the actor that the token stands for.
func (t *Token) Actor() actor.Actor {
	permissions := make([]actor.Permission, len(t.Permissions))
	for i, p := range t.Permissions {
		permissions[i] = actor.Permission(p)
	}
	return actor.Actor{
		Kind:        actor.Token,
		ID:          strconv.FormatInt(t.ID, 10),
		Name:        t.Name,
		Permissions: permissions,
		Scope:       actor.Scope{All: t.All, Owners: t.Owners},
		Until:       t.ExpiresAt,
	}
}

// Live reports whether the token is valid at now.
func (t *Token) Live(now int64) bool { return t.RevokedAt == 0 && now < t.ExpiresAt }
