package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

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

// Request says what to import where.
type Request struct {
	Source   source.Source
	Name     string // source name in provenance; default: the mapping's, else the source's label
	Site     string // code
	Column   string // path; default: what mapping or page say, else see defaultColumn
	Mapping  *Mapping
	DryRun   bool           // read and check everything, write nothing
	Progress func(done int) // after every input; may be nil
}

// Run imports everything a source yields. It can be killed at any moment and run again:
// inputs that are in the library already end as unchanged. When the source breaks off,
// what was read before is imported, and the error is returned together with the report so far.
func (d *Desk) Run(ctx context.Context, o Request) (_ *Report, err error) {
	defer fault.Annotate(&err, "exchange.Run(%s → %s)", o.Name, o.Site)
	r, err := d.prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	if err := r.all(ctx); err != nil {
		return r.report, err
	}
	if s, ok := o.Source.(interface{ Skipped() int }); ok {
		r.report.Skipped = s.Skipped()
	}
	if r.read != r.report.Inputs || !r.report.Adds() {
		return r.report, fmt.Errorf("exchange: %d inputs read, but accounted %+v", r.read, r.report.Totals)
	}
	return r.report, r.finish(ctx)
}

func (r *run) all(ctx context.Context) error {
	var broken error
	for in, err := range r.readAll(ctx) {
		if err != nil {
			broken = err
			break
		}
		if err := r.one(ctx, in); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(broken, r.flush(ctx), r.saveQuarantine(ctx))
}

// pending is what the runner must remember of an item that waits in the batch.
type pending struct {
	line     Line
	undated  bool  // no time of its own
	modified int64 // unix milliseconds of the file or answer, 0 unknown
}

// run is one import under way.
type run struct {
	*Desk
	o              Request
	id             int64
	by             actor.Actor
	site           *site.Site
	tree           *site.Tree
	others         map[string]*site.Site // those that inputs named, by code; nil: there is none of that code
	trees          map[string]*site.Tree
	mapping        *Mapping
	versions       versions
	document       document
	report         *Report
	read           int  // inputs seen
	seen           seen // external ids given in this run
	hadQuarantined bool // something of this source was in quarantine before
	batch          []resource.Incoming
	notes          []pending // one for each item of the batch
	held           []quarantineRow
}

func (d *Desk) prepare(ctx context.Context, o Request) (*run, error) {
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	s, err := d.Sites.ByCode(ctx, o.Site)
	if err != nil {
		return nil, err
	}
	if err := by.Check(Write, actor.At(s.ID)); err != nil {
		return nil, err
	}
	r := &run{
		Desk:    d,
		o:       o,
		id:      store.NewID(),
		by:      by,
		site:    s,
		mapping: o.Mapping,
		seen:    seen{},
		others:  map[string]*site.Site{s.Code: s},
		trees:   map[string]*site.Tree{},
	}
	if r.mapping == nil {
		r.mapping = &Mapping{}
	}
	if s, ok := o.Source.(source.Headed); ok {
		s.Know(r.mapping.knows)
	}
	r.o.Name = cmp.Or(o.Name, r.mapping.Name, o.Source.Label())
	if r.tree, err = d.Sites.Columns(ctx, s.ID); err != nil {
		return nil, err
	}
	if err := r.checkColumns(); err != nil {
		return nil, err
	}
	if r.hadQuarantined, err = d.hasQuarantined(ctx, s.ID, r.o.Name); err != nil {
		return nil, err
	}
	if r.versions, err = r.findVersions(ctx); err != nil {
		return nil, err
	}
	r.report = &Report{
		Run:     r.id,
		Site:    o.Site,
		Source:  r.o.Name,
		DryRun:  o.DryRun,
		Started: d.Now(),
	}
	return r, nil
}

// checkColumns refuses a request or mapping that names columns the site does not have,
// before anything is read.
func (r *run) checkColumns() error {
	wanted := append(slices.Sorted(maps.Values(r.mapping.Column.Map)), r.mapping.Column.Default, r.o.Column)
	for _, path := range wanted {
		if path != "" && r.tree.Path(path) == nil {
			return fault.New(fault.NotFound, "站点 %s 没有栏目 %s", r.o.Site, path)
		}
	}
	return nil
}

// one takes one read input: into the batch, or into quarantine.
func (r *run) one(ctx context.Context, in ready) error {
	if in.Leftover != "" {
		r.report.leave(in.Name, in.Leftover)
		return nil
	}
	r.read++
	if r.o.Progress != nil {
		r.o.Progress(r.read)
	}
	if in.fatal != nil {
		return in.fatal
	}
	var item *resource.Incoming
	err := in.err
	if err == nil {
		item, err = r.incoming(ctx, in)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return r.quarantine(ctx, in, err)
	}
	r.batch = append(r.batch, *item)
	note := pending{line: Line{ID: in.ID, Name: in.Name}, undated: item.Edition.PublishedAt == 0}
	if !in.Modified.IsZero() {
		note.modified = in.Modified.UnixMilli()
	}
	r.notes = append(r.notes, note)
	if len(r.batch) >= receiveBatch {
		return r.flush(ctx)
	}
	return nil
}

// incoming completes a draft with column and provenance.
func (r *run) incoming(ctx context.Context, in ready) (_ *resource.Incoming, err error) {
	d := in.draft
	d.date(r.Now())
	item := &resource.Incoming{
		Owner:    r.site.ID,
		IndexOrg: r.site.Dossier.SponsorUSCC,
		Class:    d.class,
		Edition:  d.edition,
		LinksTo:  d.links,
		Findings: d.findings,
		Provenance: resource.Provenance{
			Source:     r.o.Name,
			ExternalID: in.ID,
			OriginURL:  d.url,
			FetchedAt:  r.Now().UnixMilli(),
			RawHash:    in.raw,
			Extractor:  extractorVersion(in),
		},
	}
	if c := in.Content; c != nil {
		item.Tags = c.Tags
	}
	if item.Places, err = r.places(ctx, d); err != nil {
		return nil, err
	}
	item.OldPaths, err = r.oldPaths(d.url)
	if err != nil {
		item.Findings = append(item.Findings, rule.Finding{Code: "import.old-address", Level: rule.Warn, Field: "旧地址",
			Text: fault.Text(err)})
	}
	return item, nil
}

// flush hands the batch to the library.
func (r *run) flush(ctx context.Context) error {
	if len(r.batch) == 0 {
		return nil
	}
	batch, notes := r.batch, r.notes
	r.batch, r.notes = nil, nil
	if r.o.DryRun {
		for i, n := range notes {
			n.line.Status = string(resource.Imported)
			r.report.add(n.line)
			r.report.note(batch[i].Findings)
		}
		return nil
	}
	if err := r.dateUndated(ctx, batch, notes); err != nil {
		return err
	}
	outcomes, err := r.Items.Receive(actor.With(ctx, r.by.WithPermissions(resource.ReceiveItems)), batch)
	if err != nil {
		return err
	}
	var released []string
	for i, o := range outcomes {
		line := notes[i].line
		line.Status, line.Item = string(o.Status), o.ItemID
		r.report.add(line)
		r.report.note(o.Findings)
		released = append(released, line.ID)
	}
	if !r.hadQuarantined {
		return nil
	}
	return r.release(ctx, released)
}

func (r *run) quarantine(ctx context.Context, in ready, problem error) error {
	line := Line{
		ID:     in.ID,
		Name:   in.Name,
		Status: Quarantined,
		Reason: source.ReasonOf(problem),
		Detail: source.CleanText(fault.Text(problem)),
	}
	r.report.add(line)
	if r.o.DryRun {
		return nil
	}
	r.held = append(r.held, quarantineRow{
		Owner:      r.site.ID,
		Source:     r.o.Name,
		ExternalID: in.ID,
		RunID:      r.id,
		Name:       in.Name,
		Reason:     line.Reason,
		Detail:     line.Detail,
		RawHash:    in.raw,
		At:         r.Now().UnixMilli(),
	})
	if len(r.held) >= receiveBatch {
		return r.saveQuarantine(ctx)
	}
	return nil
}
