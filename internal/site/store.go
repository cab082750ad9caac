package site

import (
	"embed"
	"github.com/uptrace/bun"
	"io/fs"

	"guiyi/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations returns the migrations of the tables of this slice.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "site", FS: sub}
}

type siteRow struct {
	bun.BaseModel `bun:"table:site_site"`

	ID        int64       `bun:"id,pk"`
	ParentID  int64       `bun:"parent_id"`
	Code      string      `bun:"code"`
	Name      string      `bun:"name"`
	Title     string      `bun:"title"`
	Kind      string      `bun:"kind"`
	State     string      `bun:"state"`
	Theme     string      `bun:"theme"`
	Domains   []string    `bun:"domains,type:text"`
	Dossier   Dossier     `bun:"dossier,type:text"`
	Links     []LinkGroup `bun:"links,type:text"`
	Hot       []string    `bun:"hot,type:text"`
	Home      []Block     `bun:"home,type:text"`
	Revision  int64       `bun:"revision"`
	UpdatedAt int64       `bun:"updated_at"`
}

type domainRow struct {
	bun.BaseModel `bun:"table:site_domain"`

	Host   string `bun:"host,pk"`
	SiteID int64  `bun:"site_id"`
}

type columnRow struct {
	bun.BaseModel `bun:"table:site_column"`

	ID          int64    `bun:"id,pk"`
	SiteID      int64    `bun:"site_id"`
	ParentID    int64    `bun:"parent_id"`
	Path        string   `bun:"path"`
	Slug        string   `bun:"slug"`
	Name        string   `bun:"name"`
	Description string   `bun:"description"`
	Keywords    []string `bun:"keywords,type:text"`
	Types       []string `bun:"types,type:text"`
	Update      string   `bun:"update_class"`
	Kind        Kind     `bun:"kind"`
	URL         string   `bun:"url"`
	Nav         bool     `bun:"nav"`
	Fixed       bool     `bun:"fixed"`
	Rank        int      `bun:"rank"`
	Retired     bool     `bun:"retired"`
	Version     int64    `bun:"version"`
}

type stateRow struct {
	bun.BaseModel `bun:"table:site_state_log"`

	ID               int64  `bun:"id,pk"`
	SiteID           int64  `bun:"site_id"`
	From             State  `bun:"from_state"`
	To               State  `bun:"to_state"`
	Reason           string `bun:"reason"`
	AppliedBy        string `bun:"applied_by"`
	Approval         string `bun:"approval"`
	NoticeURL        string `bun:"notice_url"`
	EffectiveAt      int64  `bun:"effective_at"`
	PlannedRestoreAt int64  `bun:"planned_restore_at"`
}

type ruleRow struct {
	bun.BaseModel `bun:"table:site_rule"`

	Code   string `bun:"code,pk"`
	Scope  string `bun:"scope,pk"`
	From   string `bun:"valid_from,pk"`
	Value  string `bun:"value"`
	Source string `bun:"source"`
	To     string `bun:"valid_to"`
	Note   string `bun:"note"`
}

func (r *siteRow) site() *Site {
	return &Site{
		ID:        r.ID,
		ParentID:  r.ParentID,
		Code:      r.Code,
		Name:      r.Name,
		Title:     r.Title,
		Kind:      r.Kind,
		State:     State(r.State),
		Theme:     r.Theme,
		Dossier:   r.Dossier,
		Domains:   r.Domains,
		Links:     r.Links,
		Hot:       r.Hot,
		Home:      r.Home,
		Revision:  r.Revision,
		UpdatedAt: r.UpdatedAt,
	}
}

func rowOfSite(s *Site) *siteRow {
	return &siteRow{
		ID:        s.ID,
		ParentID:  s.ParentID,
		Code:      s.Code,
		Name:      s.Name,
		Title:     s.Title,
		Kind:      s.Kind,
		State:     string(s.State),
		Theme:     s.Theme,
		Dossier:   s.Dossier,
		Domains:   s.Domains,
		Links:     s.Links,
		Hot:       s.Hot,
		Home:      s.Home,
		Revision:  s.Revision,
		UpdatedAt: s.UpdatedAt,
	}
}

func (r *columnRow) column() *Column {
	return &Column{
		ID:          r.ID,
		SiteID:      r.SiteID,
		ParentID:    r.ParentID,
		Slug:        r.Slug,
		Path:        r.Path,
		Name:        r.Name,
		Description: r.Description,
		Keywords:    r.Keywords,
		Types:       r.Types,
		Update:      r.Update,
		Kind:        r.Kind,
		URL:         r.URL,
		Nav:         r.Nav,
		Fixed:       r.Fixed,
		Rank:        r.Rank,
		Retired:     r.Retired,
		Version:     r.Version,
	}
}

func rowOfColumn(c *Column) *columnRow {
	return &columnRow{
		ID:          c.ID,
		SiteID:      c.SiteID,
		ParentID:    c.ParentID,
		Slug:        c.Slug,
		Path:        c.Path,
		Name:        c.Name,
		Description: c.Description,
		Keywords:    c.Keywords,
		Types:       c.Types,
		Update:      c.Update,
		Kind:        c.Kind,
		URL:         c.URL,
		Nav:         c.Nav,
		Fixed:       c.Fixed,
		Rank:        c.Rank,
		Retired:     c.Retired,
		Version:     c.Version,
	}
}
