package token

import (
	"embed"
	"io/fs"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations are the tables of this package.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "token", FS: sub}
}

type row struct {
	bun.BaseModel `bun:"table:token_token"`

	ID          int64    `bun:"id,pk"`
	Name        string   `bun:"name"`
	Hash        string   `bun:"hash"`
	Permissions []string `bun:"permissions,type:text"`
	All         bool     `bun:"all_owners"`
	Owners      []int64  `bun:"owners,type:text"`
	CreatedBy   string   `bun:"created_by"`
	CreatedAt   int64    `bun:"created_at"`
	ExpiresAt   int64    `bun:"expires_at"`
	UsedAt      int64    `bun:"used_at"`
	RevokedAt   int64    `bun:"revoked_at"`
	RevokedBy   string   `bun:"revoked_by"`
}

func (r *row) token() *Token {
	return &Token{
		ID:          r.ID,
		Name:        r.Name,
		Permissions: r.Permissions,
		All:         r.All,
		Owners:      r.Owners,
		CreatedBy:   r.CreatedBy,
		CreatedAt:   r.CreatedAt,
		ExpiresAt:   r.ExpiresAt,
		UsedAt:      r.UsedAt,
		RevokedAt:   r.RevokedAt,
	}
}
