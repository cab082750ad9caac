package people

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations are the tables of this package.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "org", FS: sub}
}

type departmentRow struct {
	bun.BaseModel `bun:"table:org_department"`

	ID       int64  `bun:"id,pk"`
	Code     string `bun:"code"`
	Name     string `bun:"name"`
	ParentID int64  `bun:"parent_id"`
	Version  int64  `bun:"version"`
}

type officerRow struct {
	bun.BaseModel `bun:"table:org_officer,alias:o"`

	ID           int64  `bun:"id,pk"`
	Account      string `bun:"account"`
	Name         string `bun:"name"`
	DepartmentID int64  `bun:"department_id"`
	State        State  `bun:"state"`
	Demo         bool   `bun:"demo"`
	Phone        string `bun:"phone"`
	CreatedBy    string `bun:"created_by"`
	CreatedAt    int64  `bun:"created_at"`
	Version      int64  `bun:"version"`
}

type grantRow struct {
	bun.BaseModel `bun:"table:org_grant"`

	ID        int64    `bun:"id,pk"`
	OfficerID int64    `bun:"officer_id"`
	Role      string   `bun:"role"`
	AllSites  bool     `bun:"all_sites"`
	Sites     []int64  `bun:"sites,type:text"`
	Branches  []int64  `bun:"branches,type:text"`
	Units     []string `bun:"units,type:text"`
	GrantedBy string   `bun:"granted_by"`
	GrantedAt int64    `bun:"granted_at"`
}

// Kinds of credentials.
const (
	kindPassword = "password"
	kindFormer   = "former"
	kindTOTPNew  = "totp-new" // not confirmed
	kindTOTP     = "totp"
	kindRecovery = "recovery"
)

type credentialRow struct {
	bun.BaseModel `bun:"table:org_credential"`

	ID        int64  `bun:"id,pk"`
	OfficerID int64  `bun:"officer_id"`
	Kind      string `bun:"kind"`
	Data      string `bun:"data"`
	SetAt     int64  `bun:"set_at"`
	Used      int64  `bun:"used"`
}

type sessionRow struct {
	bun.BaseModel `bun:"table:org_session,alias:s"`

	ID        int64  `bun:"id,pk"`
	Hash      string `bun:"hash"`
	OfficerID int64  `bun:"officer_id"`
	BeganAt   int64  `bun:"began_at"`
	SeenAt    int64  `bun:"seen_at"`
	Address   string `bun:"address"`
	Agent     string `bun:"agent"`
	EndedAt   int64  `bun:"ended_at"`
	EndedBy   string `bun:"ended_by"`
}

type linkRow struct {
	bun.BaseModel `bun:"table:org_link"`

	Hash      string  `bun:"hash,pk"`
	Purpose   Purpose `bun:"purpose"`
	OfficerID int64   `bun:"officer_id"`
	ExpiresAt int64   `bun:"expires_at"`
	UsedAt    int64   `bun:"used_at"`
	MadeBy    string  `bun:"made_by"`
}

type attemptRow struct {
	bun.BaseModel `bun:"table:org_attempt,alias:a"`

	Account     string `bun:"account,pk"`
	Failed      int64  `bun:"failed"`
	TriedAt     int64  `bun:"tried_at"`
	LockedUntil int64  `bun:"locked_until"`
}

// hash is what is stored of a random secret.
func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
