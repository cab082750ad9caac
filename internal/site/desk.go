package site

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
)

// Changed is the name of the event that the dossier, domains, columns or state of a site changed. Its payload is a
// ChangedEvent.
const Changed = "site.changed"

// ChangedEvent is the payload of Changed.
type ChangedEvent struct {
	Site     int64 `json:"site"`
	Revision int64 `json:"revision"`
}

// maxEmblemBytes is the greatest size of the picture in the masthead.
const maxEmblemBytes = 1 << 20

// Desk changes sites. Apply and Declare need a scope over all sites, because domains and parents affect other sites.
// A change of the state or the columns of one site needs a scope over this site. Plan changes no site and checks no
// permission.
type Desk struct {
	db    *store.DB
	board *jobs.Board
	blobs *blob.Store
	now   func() time.Time
}

// NewDesk returns a desk.
func NewDesk(db *store.DB, board *jobs.Board, blobs *blob.Store, now func() time.Time) *Desk {
	return &Desk{db: db, board: board, blobs: blobs, now: now}
}

// Plan compares declarations with the stored sites. dir is the folder of the declarations; it also has their pictures.
func (d *Desk) Plan(ctx context.Context, decls []Declaration, dir fs.FS) (_ *Plan, err error) {
	defer fault.Annotate(&err, "site.Plan")
	for i := range decls {
		if err := d.takeEmblem(ctx, &decls[i], dir); err != nil {
			return nil, err
		}
	}
	have, err := readKnown(ctx, d.db.Read(), decls)
	if err != nil {
		return nil, err
	}
	return plan(decls, have), nil
}

// Apply writes the differences between declarations and stored sites in one transaction. It makes a new plan inside the
// transaction, from the sites as they are then, and returns it. It can differ from what an earlier Plan returned.
func (d *Desk) Apply(ctx context.Context, decls []Declaration, dir fs.FS) (_ *Plan, err error) {
	defer fault.Annotate(&err, "site.Apply")
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := by.CheckAll(Write); err != nil {
		return nil, err
	}
	if _, err := d.Plan(ctx, decls, dir); err != nil {
		return nil, err
	}
	var done *Plan
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		have, err := readKnown(ctx, tx, decls)
		if err != nil {
			return err
		}
		done = plan(decls, have)
		if done.HasError() {
			return fault.New(fault.Invalid, "站点声明没有通过检查，未作任何改动：\n  %s", strings.Join(done.refusals(), "\n  "))
		}
		return d.write(ctx, tx, done, have, Write)
	})
	return done, err
}

// entry returns the audit entry of the change. For a stored site it names the changed columns, if there are any.
func (t *target) entry(asked actor.Permission) audit.Entry {
	what := slices.Sorted(maps.Keys(t.touched))
	e := audit.Entry{
		Action: asked,
		Object: "site",
		ID:     t.site.ID,
		Owner:  t.site.ID,
		Detail: "修改站点 " + t.site.Code,
	}
	if t.isNew {
		e.Detail = "建立站点 " + t.site.Code
	} else if len(what) > 0 {
		e.Detail += "，栏目 " + strings.Join(what, "、")
	}
	return e
}

func (d *Desk) write(ctx context.Context, tx bun.Tx, p *Plan, have map[string]stored, asked actor.Permission) error {
	ids := map[string]int64{}
	for code, s := range have {
		ids[code] = s.site.ID
	}
	for _, t := range p.targets {
		if t.isNew {
			t.site.ID = store.NewID()
		}
		ids[t.site.Code] = t.site.ID
	}
	var events []jobs.Event
	var moved []*Site // sites whose domains change
	for _, t := range p.targets {
		if !t.changed && len(t.touched) == 0 {
			continue
		}
		t.site.ParentID = ids[t.parent]
		if err := d.writeSite(ctx, tx, t); err != nil {
			return err
		}
		if t.domains {
			moved = append(moved, t.site)
		}
		if err := audit.Append(ctx, tx, t.entry(asked)); err != nil {
			return err
		}
		events = append(events, jobs.Event{Name: Changed, Key: t.site.Code, Revision: t.site.Revision,
			Payload: ChangedEvent{Site: t.site.ID, Revision: t.site.Revision}})
	}
	if err := writeDomains(ctx, tx, moved); err != nil {
		return err
	}
	return d.board.Emit(ctx, tx, events...)
}

// writeDomains first deletes the domains of all the sites, then inserts the new ones. So a domain can move from one of
// these sites to another.
func writeDomains(ctx context.Context, tx bun.Tx, moved []*Site) error {
	for _, s := range moved {
		if _, err := tx.NewDelete().Model((*domainRow)(nil)).Where("site_id = ?", s.ID).Exec(ctx); err != nil {
			return err
		}
	}
	for _, s := range moved {
		for _, host := range s.Domains {
			_, err := tx.NewInsert().Model(&domainRow{Host: host, SiteID: s.ID}).Exec(ctx)
			if store.UniqueViolation(err) {
				return fault.Wrap(fault.Conflict, err, "域名 %s 刚被另一个站点登记，请重新查看计划", host)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Desk) writeSite(ctx context.Context, tx bun.Tx, t target) error {
	t.site.Revision++
	t.site.UpdatedAt = d.now().UnixMilli()
	if _, err := tx.NewInsert().Model(rowOfSite(t.site)).On("CONFLICT (id) DO UPDATE").Exec(ctx); err != nil {
		return err
	}
	if t.isNew {
		first := stateRow{
			ID:          store.NewID(),
			SiteID:      t.site.ID,
			To:          t.site.State,
			Reason:      "首次登记",
			AppliedBy:   "apply",
			EffectiveAt: t.site.UpdatedAt,
		}
		if _, err := tx.NewInsert().Model(&first).Exec(ctx); err != nil {
			return err
		}
	}
	return writeColumns(ctx, tx, t)
}

func writeColumns(ctx context.Context, tx bun.Tx, t target) error {
	byPath := map[string]*Column{}
	for _, c := range t.columns {
		byPath[c.Path] = c
		if c.ID == 0 {
			c.ID, c.SiteID = store.NewID(), t.site.ID
		}
	}
	var rows []columnRow
	for _, c := range t.columns {
		if up := path.Dir(c.Path); up != "." && byPath[up] != nil {
			c.ParentID = byPath[up].ID
		}
		if t.touched[c.Path] != "" {
			rows = append(rows, *rowOfColumn(c))
		}
	}
	for chunk := range slices.Chunk(rows, chunkSize) {
		q := tx.NewInsert().Model(&chunk).On("CONFLICT (id) DO UPDATE")
		for _, column := range []string{"name", "description", "keywords", "types", "update_class", "kind", "url",
			"nav", "fixed", "rank", "retired", "version"} {
			q = q.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
		}
		if _, err := q.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// takeEmblem stores the masthead picture of a declaration in the blob store.
func (d *Desk) takeEmblem(ctx context.Context, decl *Declaration, dir fs.FS) error {
	name := decl.Dossier.Emblem
	if name == "" || dir == nil {
		return nil
	}
	types := map[string]string{".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
	mediaType := types[strings.ToLower(path.Ext(name))]
	if mediaType == "" {
		return fault.New(fault.Unsupported, "%s 的标志图片 %s 应为 svg、png 或 jpg", decl.Site, name)
	}
	f, err := dir.Open(path.Clean(name))
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "%s 的标志图片 %s 不存在，或不是文件夹里的普通文件", decl.Site, name)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return fault.Wrap(fault.Unsupported, err, "%s 的标志图片 %s 不是普通文件", decl.Site, name)
	}
	ref, err := d.blobs.Put(ctx, f, maxEmblemBytes)
	if err != nil {
		return err
	}
	decl.Dossier.EmblemHash, decl.Dossier.EmblemType = ref.Hash, mediaType
	return nil
}

// ChangeState changes the state of a site and writes an entry into its log.
func (d *Desk) ChangeState(ctx context.Context, code string, want StateChange) (err error) {
	defer fault.Annotate(&err, "site.ChangeState(%s)", code)
	by, err := actor.Allowed(ctx, StateWrite)
	if err != nil {
		return err
	}
	rules, err := NewRegister(d.db).Rules(ctx)
	if err != nil {
		return err
	}
	return d.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		s, err := d.lock(ctx, tx, code)
		if err != nil {
			return err
		}
		if !by.Scope.Allows(s.ID) {
			return fault.New(fault.Forbidden, "您没有站点 %s 的权限", code)
		}
		if err := by.Check(StateWrite, actor.At(s.ID)); err != nil {
			return err
		}
		log, err := stateLog(ctx, tx, s.ID)
		if err != nil {
			return err
		}
		want.AppliedBy = cmp.Or(want.AppliedBy, by.String())
		c, err := s.Change(want, log, rules, d.now())
		if err != nil {
			return err
		}
		return d.writeChange(ctx, tx, s, c)
	})
}

// lock reads a site and locks its row until the end of the transaction. Whoever writes the columns or the log of a site
// first locks or writes this row. So others cannot change them while this transaction runs, and read committed
// isolation is enough.
func (d *Desk) lock(ctx context.Context, tx bun.Tx, code string) (*Site, error) {
	return one(ctx, func(row *siteRow) *bun.SelectQuery { return d.db.ForUpdate(tx.NewSelect().Model(row)) },
		"code = ?", code)
}

func (d *Desk) writeChange(ctx context.Context, tx bun.Tx, s *Site, c StateChange) error {
	row := stateRow{
		ID:               store.NewID(),
		SiteID:           s.ID,
		From:             c.From,
		To:               c.To,
		Reason:           c.Reason,
		AppliedBy:        c.AppliedBy,
		Approval:         c.Approval,
		NoticeURL:        c.NoticeURL,
		EffectiveAt:      c.EffectiveAt,
		PlannedRestoreAt: c.PlannedRestoreAt,
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return err
	}
	s.State, s.Revision, s.UpdatedAt = c.To, s.Revision+1, d.now().UnixMilli()
	if _, err := tx.NewUpdate().Model(rowOfSite(s)).WherePK().Exec(ctx); err != nil {
		return err
	}
	if err := audit.Append(ctx, tx, audit.Entry{
		Action: StateWrite,
		Object: "site",
		ID:     s.ID,
		Owner:  s.ID,
		Detail: fmt.Sprintf("状态 %s → %s：%s", c.From, c.To, c.Reason),
	}); err != nil {
		return err
	}
	return d.board.Emit(ctx, tx, jobs.Event{Name: Changed, Key: s.Code, Revision: s.Revision,
		Payload: ChangedEvent{Site: s.ID, Revision: s.Revision}})
}

// OverrideRules stores rule rows that override the defaults. A row replaces a stored row with the same code, scope and
// first day.
func (d *Desk) OverrideRules(ctx context.Context, rows []rule.Row) (err error) {
	defer fault.Annotate(&err, "site.OverrideRules")
	by, err := actor.From(ctx)
	if err != nil {
		return err
	}
	if err := by.CheckAll(RuleWrite); err != nil {
		return err
	}
	defaults, err := rule.Parse(defaultRules)
	if err != nil {
		return err
	}
	if err := checkOverrides(rows, defaults); err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, r := range rows {
			if err := audit.Append(ctx, tx, audit.Entry{Action: RuleWrite, Object: "rule",
				Detail: fmt.Sprintf("%s（%s）自 %s 为 %v：%s", r.Code, r.Scope, r.From, r.Value, r.Source)}); err != nil {
				return err
			}
			row := ruleRow{
				Code:   r.Code,
				Scope:  r.Scope,
				From:   r.From,
				Value:  r.Value,
				Source: r.Source,
				To:     r.To,
				Note:   r.Note,
			}
			if _, err := tx.NewInsert().Model(&row).On("CONFLICT (code, scope, valid_from) DO UPDATE").Exec(
				ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkOverrides refuses unknown rules, and values that must be integers but are not.
func checkOverrides(rows, defaults []rule.Row) error {
	book := rule.NewBook(defaults)
	for _, r := range rows {
		known, err := book.Find(r.Code, time.Time{})
		if err != nil {
			return fault.New(fault.Invalid, "没有名为 %s 的规则", r.Code)
		}
		_, wantNumber := strconv.Atoi(known.Value)
		if _, err := strconv.Atoi(r.Value); wantNumber == nil && err != nil {
			return fault.New(fault.Invalid, "规则 %s 的值应是整数，得到 %q", r.Code, r.Value)
		}
	}
	return nil
}
