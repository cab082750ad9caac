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

// receiveBatch is the number of items that enter the library in one transaction.
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

// Request describes an import.
type Request struct {
	Source   source.Source
	Name     string // name of the source in provenance; default: the name in Mapping, or else the label of the source
	Site     string // code
	Column   string // path; default: the column that mapping or page name, or else defaultColumn
	Mapping  *Mapping
	DryRun   bool           // read and check all inputs, but write nothing
	Progress func(done int) // called for every input; may be nil
}

// Run imports all inputs of a source. A run that was killed can run again: inputs that are already in the library end
// as unchanged. When the source fails, the inputs read before are imported. Run then returns the error together with
// the report so far.
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
	if r.read != r.report.Inputs || !r.report.AddUp() {
		return r.report, fmt.Errorf("exchange: %d inputs read, but counted %+v", r.read, r.report.Totals)
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
		if err := r.process(ctx, in); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(broken, r.flush(ctx), r.saveQuarantine(ctx))
}

// pending is what a run needs later about an item that waits in the batch.
type pending struct {
	line     Line
	undated  bool  // the original has no usable time
	modified int64 // time of the file or response in unix milliseconds, 0 when unknown
}

// run is the state of one import.
type run struct {
	*Desk
	o              Request
	id             int64
	by             actor.Actor
	site           *site.Site
	tree           *site.Tree
	others         map[string]*site.Site // other sites that inputs name, by code; nil when the code is unknown
	trees          map[string]*site.Tree // columns of the other sites, by code
	mapping        *Mapping
	versions       versions
	document       document
	report         *Report
	read           int  // number of inputs read
	seen           seen // external IDs used in this run
	hadQuarantined bool // inputs of this source were in quarantine before the run
	batch          []resource.Incoming
	notes          []pending       // one per item of the batch
	quarantined    []quarantineRow // not yet written
}

func (d *Desk) prepare(ctx context.Context, o Request) (*run, error) {
	by, err := actor.Allowed(ctx, Write)
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
		s.SetKnown(r.mapping.usesColumn)
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

// checkColumns refuses a request or mapping that names an unknown column, before any input is read.
func (r *run) checkColumns() error {
	wanted := append(slices.Sorted(maps.Values(r.mapping.Column.Map)), r.mapping.Column.Default, r.o.Column)
	for _, path := range wanted {
		if path != "" && r.tree.Path(path) == nil {
			return fault.New(fault.NotFound, "站点 %s 没有栏目 %s", r.o.Site, path)
		}
	}
	return nil
}

// process puts one input into the batch or into quarantine.
func (r *run) process(ctx context.Context, in ready) error {
	if in.Leftover != "" {
		r.report.addLeftover(in.Name, in.Leftover)
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

// incoming completes a draft with its columns, its provenance and its old address.
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

// flush sends the batch to the library.
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
			r.report.addFindings(batch[i].Findings)
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
		r.report.addFindings(o.Findings)
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
	r.quarantined = append(r.quarantined, quarantineRow{
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
	if len(r.quarantined) >= receiveBatch {
		return r.saveQuarantine(ctx)
	}
	return nil
}
