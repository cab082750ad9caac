package exchange

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/tenant"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations are the tables of this slice.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "exchange", FS: sub}
}

// receiveBatch is how many items go into the library in one transaction.
const receiveBatch = 100

// Desk runs imports.
type Desk struct {
	DB    *store.DB
	Blobs *blob.Store
	Items *resource.Desk
	Sites *site.Register
	Now   func() time.Time
	Log   *slog.Logger
}

// Order says what to import where.
type Order struct {
	Source   Source
	Name     string // source name in provenance; default: the mapping's, else the source's label
	Site     string // code
	Column   string // path; default: what mapping or page say, else see defaultColumn
	Mapping  *Mapping
	DryRun   bool
	Progress func(done int) // after every input; may be nil
}

// Run imports everything a source yields. It can be killed at any moment and run again:
// inputs that are in the library already end as unchanged.
func (d *Desk) Run(ctx context.Context, o Order) (_ *Report, err error) {
	defer fault.Annotate(&err, "exchange.Run(%s → %s)", o.Name, o.Site)
	r, err := d.prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	for ready, err := range r.readAll(ctx) {
		if err != nil {
			return r.report, err
		}
		if err := r.one(ctx, ready); err != nil {
			return r.report, err
		}
	}
	if err := errors.Join(r.flush(ctx), r.hold(ctx)); err != nil {
		return r.report, err
	}
	return r.report, r.finish(ctx)
}

// run is one import under way.
type run struct {
	*Desk
	o       Order
	id      int64
	scope   tenant.Scope
	site    *site.Site
	tree    *site.Tree
	others  map[string]*site.Site
	trees   map[string]*site.Tree
	mapping *Mapping
	report  *Report
	seen    map[string]int
	batch   []resource.Incoming
	names   []Line
	held    []quarantineRow
}

func (d *Desk) prepare(ctx context.Context, o Order) (*run, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	s, err := d.Sites.ByCode(ctx, o.Site)
	if err != nil {
		return nil, err
	}
	if err := scope.Check(s.ID); err != nil {
		return nil, err
	}
	r := &run{Desk: d, o: o, id: store.NewID(), scope: scope, site: s, mapping: o.Mapping, seen: map[string]int{},
		others: map[string]*site.Site{}, trees: map[string]*site.Tree{}}
	if r.mapping == nil {
		r.mapping = &Mapping{}
	}
	r.o.Name = cmp.Or(o.Name, r.mapping.Name, o.Source.Label())
	if r.tree, err = d.Sites.Columns(ctx, s.ID); err != nil {
		return nil, err
	}
	all, err := d.Sites.Sites(ctx)
	if err != nil {
		return nil, err
	}
	for _, other := range all {
		r.others[other.Code] = other
	}
	if o.Column != "" && r.tree.Path(o.Column) == nil {
		return nil, fault.New(fault.NotFound, "站点 %s 没有栏目 %s，用 guiyi site show %s 看有哪些栏目", o.Site, o.Column, o.Site)
	}
	r.report = &Report{Run: r.id, Site: o.Site, Source: r.o.Name, DryRun: o.DryRun, Started: d.Now()}
	return r, nil
}

// one takes one read input: into the batch, or into quarantine.
func (r *run) one(ctx context.Context, in ready) error {
	if r.o.Progress != nil {
		r.o.Progress(r.report.Inputs + 1)
	}
	r.report.Inputs++
	err := in.err
	var item *resource.Incoming
	if err == nil {
		item, err = r.incoming(ctx, in)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return r.quarantine(ctx, in, err)
	}
	r.report.note(item.Findings)
	r.batch = append(r.batch, *item)
	r.names = append(r.names, Line{ID: item.Provenance.ExternalID, Name: in.Name})
	if len(r.batch) >= receiveBatch {
		return r.flush(ctx)
	}
	return nil
}

// uniqueID numbers repeats of an id within one run, so that two records with one id do
// not overwrite each other on every run.
func (r *run) uniqueID(id string) string {
	r.seen[id]++
	if n := r.seen[id]; n > 1 {
		return fmt.Sprintf("%s#%d", id, n)
	}
	return id
}

// incoming completes a draft: media, column, provenance.
func (r *run) incoming(ctx context.Context, in ready) (*resource.Incoming, error) {
	d := in.draft
	if !r.o.DryRun {
		t := &intake{blobs: r.Blobs, assets: in.Assets}
		if err := t.take(ctx, d); err != nil {
			return nil, err
		}
	} else {
		d.edition.Body, d.edition.Text = d.body.HTML, d.body.Text
	}
	if strings.TrimSpace(d.edition.Text) == "" && len(d.edition.Media) == 0 && len(d.edition.Files) == 0 && d.edition.Cover == nil && !r.o.DryRun {
		return nil, refuse(ReasonBody, "正文只有取不到的图片或附件")
	}
	if d.edition.PublishedAt == 0 {
		d.edition.PublishedAt = in.Modified.UnixMilli()
		d.findings = append(d.findings, noTime)
	}
	raw, err := r.keepRaw(ctx, in)
	if err != nil {
		return nil, err
	}
	item := &resource.Incoming{Owner: r.site.ID, Class: d.class, Edition: d.edition, LinksTo: d.links, Findings: d.findings,
		Provenance: resource.Provenance{Source: r.o.Name, ExternalID: in.ID, OriginURL: d.url, FetchedAt: r.Now().UnixMilli(), RawHash: raw, Extractor: extractorVersion(in)}}
	if c := in.Content; c != nil {
		item.Tags = c.Tags
	}
	if item.Places, err = r.places(ctx, d); err != nil {
		return nil, err
	}
	if old := oldPath(d.url); old != "" {
		item.OldPaths = []resource.OldPath{{SiteID: r.site.ID, Path: old}}
	}
	return item, nil
}

// oldPath is the path of an original address that must redirect to the new one.
func oldPath(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Path == "" {
		return ""
	}
	old := path.Clean(u.Path)
	if strings.HasSuffix(u.Path, "/") && old != "/" {
		old += "/"
	}
	if old == "/" || strings.HasPrefix(old, "/_") || slices.Contains(ownPaths, old) {
		return "" // answers with a page of the new site
	}
	if u.RawQuery != "" {
		old += "?" + u.RawQuery
	}
	return old
}

// ownPaths are addresses that every published site uses itself.
var ownPaths = []string{"/index.html", "/404.html", "/closed.html", "/robots.txt", "/sitemap.xml", "/rss.xml", "/atom.xml", "/wzdt/", "/search"}

func (r *run) keepRaw(ctx context.Context, in ready) (string, error) {
	if in.Raw == nil || r.o.DryRun {
		return in.RawHash, nil
	}
	ref, err := r.Blobs.Put(ctx, bytes.NewReader(in.Raw), maxPageBytes)
	return ref.Hash, err
}

func (r *run) flush(ctx context.Context) error {
	if len(r.batch) == 0 {
		return nil
	}
	defer func() { r.batch, r.names = nil, nil }()
	if r.o.DryRun {
		r.report.Imported += len(r.batch)
		return nil
	}
	outcomes, err := r.Items.Receive(ctx, r.batch)
	if err != nil {
		return err
	}
	released := make([]string, 0, len(outcomes))
	for i, o := range outcomes {
		line := r.names[i]
		line.Status, line.Item = string(o.Status), o.ItemID
		r.report.add(line)
		r.report.note(o.Findings)
		released = append(released, r.batch[i].Provenance.ExternalID)
	}
	return r.release(ctx, released)
}

// release takes inputs out of quarantine that have come right.
func (r *run) release(ctx context.Context, ids []string) error {
	return r.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*quarantineRow)(nil)).Where("owner = ? AND source = ? AND external_id IN (?)", r.site.ID, r.o.Name, bun.List(ids)).Exec(ctx)
		return err
	})
}

func (r *run) quarantine(ctx context.Context, in ready, problem error) error {
	line := Line{ID: in.ID, Name: in.Name, Status: Quarantined, Reason: reasonOf(problem), Detail: fault.Text(problem)}
	r.report.add(line)
	if r.o.DryRun {
		return nil
	}
	raw, err := r.keepRaw(ctx, in)
	if err != nil && !fault.Is(err, fault.TooLarge) {
		return err
	}
	r.held = append(r.held, quarantineRow{Owner: r.site.ID, Source: r.o.Name, ExternalID: in.ID, RunID: r.id, Name: in.Name, Reason: line.Reason,
		Detail: line.Detail, RawHash: raw, At: r.Now().UnixMilli()})
	if len(r.held) >= receiveBatch {
		return r.hold(ctx)
	}
	return nil
}

// hold writes the quarantined inputs of the batch.
func (r *run) hold(ctx context.Context) error {
	if len(r.held) == 0 {
		return nil
	}
	rows := r.held
	r.held = nil
	return r.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (owner, source, external_id) DO UPDATE").
			Set("run_id = EXCLUDED.run_id, name = EXCLUDED.name, reason = EXCLUDED.reason, detail = EXCLUDED.detail, raw_hash = EXCLUDED.raw_hash, at = EXCLUDED.at").Exec(ctx)
		return err
	})
}

type runRow struct {
	bun.BaseModel `bun:"table:exchange_run"`

	ID         int64  `bun:"id,pk"`
	Owner      int64  `bun:"owner"`
	Source     string `bun:"source"`
	Origin     string `bun:"origin"`
	StartedAt  int64  `bun:"started_at"`
	FinishedAt int64  `bun:"finished_at"`
	Totals     string `bun:"totals"`
}

type quarantineRow struct {
	bun.BaseModel `bun:"table:exchange_quarantine"`

	Owner      int64  `bun:"owner,pk"`
	Source     string `bun:"source,pk"`
	ExternalID string `bun:"external_id,pk"`
	RunID      int64  `bun:"run_id"`
	Name       string `bun:"name"`
	Reason     string `bun:"reason"`
	Detail     string `bun:"detail"`
	RawHash    string `bun:"raw_hash"`
	At         int64  `bun:"at"`
}

func (r *run) begin(ctx context.Context) error {
	if r.o.DryRun {
		return nil
	}
	row := runRow{ID: r.id, Owner: r.site.ID, Source: r.o.Name, Origin: r.o.Source.Label(), StartedAt: r.report.Started.UnixMilli(), Totals: "{}"}
	return r.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
}

func (r *run) finish(ctx context.Context) error {
	r.report.Finished = r.Now()
	if r.o.DryRun {
		return nil
	}
	totals, err := json.Marshal(r.report.Totals)
	if err != nil {
		return err
	}
	return r.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*runRow)(nil)).Set("finished_at = ?, totals = ?", r.report.Finished.UnixMilli(), string(totals)).Where("id = ?", r.id).Exec(ctx)
		return err
	})
}

// Held is an input in quarantine.
type Held struct {
	Source, ExternalID, Name, Reason, Detail, RawHash string
	At                                                int64 // unix milliseconds
}

// Quarantine lists what is held back, of one site or of all that the scope covers,
// newest first.
func (d *Desk) Quarantine(ctx context.Context, code string) ([]Held, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	var rows []quarantineRow
	q := scope.Where(d.DB.Read().NewSelect().Model(&rows), "owner").OrderExpr("at DESC, external_id").Limit(1000)
	if code != "" {
		s, err := d.Sites.ByCode(ctx, code)
		if err != nil {
			return nil, err
		}
		q = q.Where("owner = ?", s.ID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Held, len(rows))
	for i, r := range rows {
		out[i] = Held{Source: r.Source, ExternalID: r.ExternalID, Name: r.Name, Reason: r.Reason, Detail: r.Detail, RawHash: r.RawHash, At: r.At}
	}
	return out, nil
}
