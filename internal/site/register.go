package site

import (
	"context"
	_ "embed" // rules.yaml
	"slices"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
)

// Register reads the stored sites. Sites, their dossiers and columns are public, so most methods need no actor.
type Register struct{ db *store.DB }

// NewRegister returns a Register that reads from db.
func NewRegister(db *store.DB) *Register { return &Register{db: db} }

// Sites returns all sites, oldest first. Use it only at the start of a process and in commands over the whole city.
// Requests and page builds read only the sites that they show.
func (r *Register) Sites(ctx context.Context) ([]*Site, error) {
	var rows []siteRow
	if err := r.db.Read().NewSelect().Model(&rows).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]*Site, len(rows))
	for i := range rows {
		out[i] = rows[i].site()
	}
	return out, nil
}

// ByCode returns the site with this code. When there is none, it returns a NotFound error that names the code.
func (r *Register) ByCode(ctx context.Context, code string) (*Site, error) {
	return one(ctx, r.query, "code = ?", code)
}

// ByCodes returns sites by code. Unknown codes are missing in the result.
func (r *Register) ByCodes(ctx context.Context, codes ...string) (map[string]*Site, error) {
	some, err := sitesBy(ctx, r.db.Read(), "code", slices.Clone(codes))
	out := map[string]*Site{}
	for _, s := range some {
		out[s.Code] = s
	}
	return out, err
}

// ByID returns the site with this ID.
func (r *Register) ByID(ctx context.Context, id int64) (*Site, error) {
	return one(ctx, r.query, "id = ?", id)
}

func (r *Register) query(row *siteRow) *bun.SelectQuery { return r.db.Read().NewSelect().Model(row) }

func one(ctx context.Context, query func(*siteRow) *bun.SelectQuery, where string, arg any) (*Site, error) {
	var row siteRow
	err := query(&row).Where(where, arg).Scan(ctx)
	if store.NotFound(err) {
		return nil, fault.New(fault.NotFound, "没有站点 %v", arg)
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

func columns(ctx context.Context, db bun.IDB, sites ...int64) ([]*Column, error) {
	var rows []columnRow
	if err := db.NewSelect().Model(&rows).Where("site_id IN (?)", bun.List(sites)).Order("rank", "id").Scan(
		ctx); err != nil {
		return nil, err
	}
	out := make([]*Column, len(rows))
	for i := range rows {
		out[i] = rows[i].column()
	}
	return out, nil
}

// ColumnsByID returns columns by ID. Unknown IDs are missing in the result.
func (r *Register) ColumnsByID(ctx context.Context, ids ...int64) (map[int64]*Column, error) {
	out := map[int64]*Column{}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), chunkSize) {
		var rows []columnRow
		if err := r.db.Read().NewSelect().Model(&rows).Where("id IN (?)", bun.List(chunk)).Scan(ctx); err != nil {
			return nil, err
		}
		for i := range rows {
			out[rows[i].ID] = rows[i].column()
		}
	}
	return out, nil
}

// ColumnSites returns the site ID of each column, by column ID. Unknown columns are missing in the result. Other slices
// call it in their own transaction, to check that a column belongs to a given site.
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

// ColumnTrails returns the IDs of each column and the columns above it, nearest first, by column ID.
func ColumnTrails(ctx context.Context, db bun.IDB, ids []int64) (map[int64][]int64, error) {
	parents, wanted := map[int64]int64{}, ids
	for len(wanted) > 0 {
		var rows []columnRow
		if err := db.NewSelect().Model(&rows).Column("id", "parent_id").Where("id IN (?)",
			bun.List(wanted)).Scan(ctx); err != nil {
			return nil, err
		}
		wanted = nil
		for _, r := range rows {
			if parents[r.ID] = r.ParentID; r.ParentID != 0 {
				wanted = append(wanted, r.ParentID)
			}
		}
	}
	out := map[int64][]int64{}
	for _, id := range ids {
		for at := id; at != 0; at = parents[at] {
			out[id] = append(out[id], at)
		}
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

// Alarms returns the sites whose temporary offline is near or past its limit, oldest site first.
func (r *Register) Alarms(ctx context.Context, now time.Time) ([]Alarm, error) {
	var rows []siteRow
	if err := r.db.Read().NewSelect().Model(&rows).Where("state = ?", Offline).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	rules, err := r.Rules(ctx)
	if err != nil {
		return nil, err
	}
	var alarms []Alarm
	for i := range rows {
		s := rows[i].site()
		limit, err := rules.Int("site.offline.max_days", now.In(store.Shanghai()), s.RuleScopes()...)
		if err != nil {
			return nil, err
		}
		log, err := r.Log(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		if len(log) == 0 {
			continue // without a row in its log, the start of the offline time is unknown
		}
		if a := offlineAlarm(s, log[len(log)-1].EffectiveAt, limit, now); a != nil {
			alarms = append(alarms, *a)
		}
	}
	return alarms, nil
}

//go:embed rules.yaml
var defaultRules []byte

// Rules returns the rules of this slice: the defaults and the stored overrides.
func (r *Register) Rules(ctx context.Context) (*rule.Book, error) {
	defaults, err := rule.Parse(defaultRules)
	if err != nil {
		return nil, err
	}
	var rows []ruleRow
	// When several rows are in force, the book uses the last one: the one with the latest start.
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

// maxChain is the maximum number of sites that Chain returns. Country, province, city, county and township need five.
const maxChain = 10

// Chain returns the site with this ID and the sites above it, nearest first. It returns none for an unknown site.
func Chain(ctx context.Context, db bun.IDB, id int64) ([]*Site, error) {
	var chain []*Site
	for id != 0 && len(chain) < maxChain {
		var row siteRow
		err := db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
		if store.NotFound(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		chain = append(chain, row.site())
		id = row.ParentID
	}
	return chain, nil
}
