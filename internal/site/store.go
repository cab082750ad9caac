package site

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations are the tables of this slice.
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
	}
}

// Register reads the stored sites. A site, its name, dossier and columns are public
// knowledge, so reading needs no scope; every write does.
type Register struct{ db *store.DB }

// NewRegister reads from db.
func NewRegister(db *store.DB) *Register { return &Register{db: db} }

// Sites returns all sites, oldest first.
func (r *Register) Sites(ctx context.Context) ([]*Site, error) { return sites(ctx, r.db.Read()) }

func sites(ctx context.Context, db bun.IDB) ([]*Site, error) {
	var rows []siteRow
	if err := db.NewSelect().Model(&rows).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]*Site, len(rows))
	for i := range rows {
		out[i] = rows[i].site()
	}
	return out, nil
}

// ByCode returns one site; NotFound names the code.
func (r *Register) ByCode(ctx context.Context, code string) (*Site, error) {
	return one(ctx, r.db.Read(), "code = ?", code)
}

// ByID returns one site.
func (r *Register) ByID(ctx context.Context, id int64) (*Site, error) {
	return one(ctx, r.db.Read(), "id = ?", id)
}

func one(ctx context.Context, db bun.IDB, where string, arg any) (*Site, error) {
	var row siteRow
	err := db.NewSelect().Model(&row).Where(where, arg).Scan(ctx)
	if store.NotFound(err) {
		return nil, fault.New(fault.NotFound, "没有站点 %v，用 guiyi site list 看有哪些站点", arg)
	}
	if err != nil {
		return nil, err
	}
	return row.site(), nil
}

// Columns returns the column tree of a site.
func (r *Register) Columns(ctx context.Context, siteID int64) (*Tree, error) {
	cols, err := columns(ctx, r.db.Read(), siteID)
	return NewTree(cols), err
}

func columns(ctx context.Context, db bun.IDB, siteID int64) ([]*Column, error) {
	var rows []columnRow
	if err := db.NewSelect().Model(&rows).Where("site_id = ?", siteID).Order("rank", "id").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]*Column, len(rows))
	for i := range rows {
		out[i] = rows[i].column()
	}
	return out, nil
}

// ColumnSites returns the site of each column, by column id; unknown columns are
// missing. Slices above check with it, in their own transaction, that a column belongs
// to the site they were given.
func ColumnSites(ctx context.Context, db bun.IDB, ids []int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []columnRow
	if err := db.NewSelect().Model(&rows).Column("id", "site_id").Where("id IN (?)",
		bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.ID] = r.SiteID
	}
	return out, nil
}

// Log returns the life-cycle log of a site, oldest first.
func (r *Register) Log(ctx context.Context, siteID int64) ([]StateChange, error) {
	return stateLog(ctx, r.db.Read(), siteID)
}

func stateLog(ctx context.Context, db bun.IDB, siteID int64) ([]StateChange, error) {
	var rows []stateRow
	if err := db.NewSelect().Model(&rows).Where("site_id = ?", siteID).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]StateChange, len(rows))
	for i, r := range rows {
		out[i] = StateChange{
			ID:               r.ID,
			SiteID:           r.SiteID,
			From:             r.From,
			To:               r.To,
			Reason:           r.Reason,
			AppliedBy:        r.AppliedBy,
			Approval:         r.Approval,
			NoticeURL:        r.NoticeURL,
			EffectiveAt:      r.EffectiveAt,
			PlannedRestoreAt: r.PlannedRestoreAt,
		}
	}
	return out, nil
}

// Alarms returns the temporary offlines that are near or past their limit, oldest site first.
func (r *Register) Alarms(ctx context.Context, now time.Time) ([]Alarm, error) {
	all, err := r.Sites(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := r.Rules(ctx)
	if err != nil {
		return nil, err
	}
	var alarms []Alarm
	for _, s := range all {
		if s.State != Offline {
			continue
		}
		limit, err := rules.Int("site.offline.max_days", now.In(store.Shanghai()), s.RuleScopes()...)
		if err != nil {
			return nil, err
		}
		log, err := r.Log(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		if len(log) == 0 {
			continue // declared as offline, no one knows since when
		}
		if a := offlineAlarm(s, log[len(log)-1].EffectiveAt, limit, now); a != nil {
			alarms = append(alarms, *a)
		}
	}
	return alarms, nil
}

//go:embed rules.yaml
var defaultRules []byte

// Rules returns the rule book: the defaults of this slice and the stored overrides.
func (r *Register) Rules(ctx context.Context) (*rule.Book, error) {
	defaults, err := rule.Parse(defaultRules)
	if err != nil {
		return nil, err
	}
	var rows []ruleRow
	// Among rows in force together the book takes the last: the one that came into force last.
	if err := r.db.Read().NewSelect().Model(&rows).Order("code", "scope", "valid_from").Scan(ctx); err != nil {
		return nil, err
	}
	over := make([]rule.Row, len(rows))
	for i, o := range rows {
		over[i] = rule.Row{
			Code:   o.Code,
			Value:  o.Value,
			Source: o.Source,
			Scope:  o.Scope,
			From:   o.From,
			To:     o.To,
			Note:   o.Note,
		}
	}
	return rule.NewBook(defaults, over), nil
}
