package publish

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/compress"
	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/pack"
	"guiyi/internal/publish/page"
	"guiyi/internal/publish/render"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// Result is the result of one build.
type Result struct {
	Site      string        `json:"site"`
	Revision  int64         `json:"revision"` // 0 when nothing changed
	Rendered  int           `json:"rendered"` // pages rendered
	Changed   int           `json:"changed"`  // addresses whose answer changed
	Unchanged int           `json:"unchanged"`
	Failed    int           `json:"failed,omitempty"` // pages that could not be rendered; their published versions stay
	Took      time.Duration `json:"took"`
	Waiting   int           `json:"waiting,omitempty"` // marked pages that were not built because the site is pinned
}

// attempts is how often a build is tried when another process publishes the site meanwhile.
const attempts = 5

// Build renders the marked pages of a site and makes a revision of them. If the site was never published, or its theme
// has changed since the last revision, all pages are rendered. Otherwise, without marks, it does nothing. Several
// processes may call it at once: one succeeds, and the others retry with the remaining marks.
func (p *Publisher) Build(ctx context.Context, id int64) (Result, error) { return p.build(ctx, id, 0) }

// build is Build for a caller that may just have marked every page of the site: whole is the sequence number of those
// marks, or 0.
func (p *Publisher) build(ctx context.Context, id, whole int64) (res Result, err error) {
	defer fault.Annotate(&err, "publish.Build(%d)", id)
	defer p.lock(id)()
	return retryConflict(func() (Result, error) { return p.buildMarked(ctx, id, whole) })
}

// retryConflict repeats a build while it fails with fault.Conflict, at most attempts times.
func retryConflict(build func() (Result, error)) (res Result, err error) {
	for range attempts {
		if res, err = build(); !fault.Is(err, fault.Conflict) {
			break
		}
	}
	return res, err
}

func (p *Publisher) buildMarked(ctx context.Context, id, whole int64) (Result, error) {
	state, err := ledger.Of(ctx, p.DB.Read(), id)
	if err != nil {
		return Result{}, err
	}
	f, err := p.frame(ctx, id)
	if err != nil {
		return Result{}, err
	}
	renewed, err := p.renewHead(ctx, &state, f)
	if err != nil {
		return Result{}, err
	}
	b := &build{p: p, state: state, frame: f, note: "更新"}
	waiting, err := b.loadMarks(ctx)
	if err != nil {
		return Result{}, err
	}
	if state.Pinned > 0 {
		renewed.Waiting = waiting
		return renewed, nil
	}
	// Of the marks of a whole site either all are present or, after a build, none.
	if state.ThemeHash != f.Set.Hash() && !b.marks.Has(whole) {
		if _, err := p.markAll(ctx, id); err != nil {
			return Result{}, err
		}
		if waiting, err = b.loadMarks(ctx); err != nil {
			return Result{}, err
		}
	}
	if waiting == 0 {
		return renewed, nil
	}
	return b.run(ctx)
}

// loadMarks reads the marked pages of the site into the build and returns the number of marks.
func (b *build) loadMarks(ctx context.Context) (n int, err error) {
	if b.marks, err = deps.DirtyMarks(b.state.SiteID).Load(ctx, b.p.DB.Read()); err != nil {
		return 0, err
	}
	b.pages = make([]page.Page, 0, len(b.marks.Pages))
	for _, pg := range b.marks.Pages {
		if err := manifest.CheckPath(pg.Path); err != nil { // an invalid path must not block the site
			b.p.Log.WarnContext(ctx, "address cannot be published", "site_id", b.state.SiteID, "path", pg.Path,
				"err", err)
			continue
		}
		b.pages = append(b.pages, pg)
	}
	return len(b.marks.Pages), nil
}

// publishState publishes the current state and hosts of a site before any page is planned or rendered, so that closing
// a site takes seconds, whatever its size.
func (p *Publisher) publishState(ctx context.Context, id int64) (err error) {
	defer fault.Annotate(&err, "publish.publishState(%d)", id)
	defer p.lock(id)()
	_, err = retryConflict(func() (Result, error) {
		state, err := ledger.Of(ctx, p.DB.Read(), id)
		if err != nil || state.Revision == 0 {
			return Result{}, err
		}
		f, err := p.frame(ctx, id)
		if err != nil {
			return Result{}, err
		}
		return p.renewHead(ctx, &state, f)
	})
	return err
}

// renewHead makes a revision with the current tree if the state or the hosts of a published site have changed. It
// updates state.
func (p *Publisher) renewHead(ctx context.Context, state *ledger.Site, f *render.Frame) (Result, error) {
	none := Result{Site: f.Site.Code}
	head, err := state.Newest()
	if err != nil || head.Revision == 0 || headMatchesSite(head, f) {
		return none, err
	}
	res, err := p.buildOnto(ctx, &build{state: *state, root: &head, pin: state.Pinned, note: "网站状态或域名变更"}, nil)
	if err != nil {
		return none, err
	}
	*state, err = ledger.Of(ctx, p.DB.Read(), state.SiteID)
	return res, err
}

// headMatchesSite reports whether state, hosts and default of a head are those in the site register.
func headMatchesSite(h manifest.Head, f *render.Frame) bool {
	return h.State == string(f.Site.State) && slices.Equal(h.Hosts, hostsOf(f.Site)) && h.Default == f.Relatives.Default
}

func hostsOf(s *site.Site) []string { return slices.Sorted(slices.Values(s.Domains)) }

// build is the state of one build.
type build struct {
	p         *Publisher
	state     ledger.Site
	frame     *render.Frame
	pages     []page.Page
	marks     *deps.Batch // marks to clear at commit; nil in a build on an older tree
	note      string
	recovered *recoveredTree // tree that a repair recovered; nil otherwise
	// root is the head whose tree the build starts from; nil: the newest one.
	root *manifest.Head
	pin  int64 // value of ledger.Site.Pinned after the build
	// withdrawn are the items that were withdrawn when a rollback was prepared.
	withdrawn []resource.Change

	head      manifest.Head // newest head before this build
	base      manifest.Ref  // root of the tree that the build starts from
	published publishedEntries
	pack      *pack.Writer
	changes   manifest.Changes
	linked    map[string]page.Page // pages that changed pages link to, by path
	done      []deps.Record
	absent    []string
	failed    []deps.Failed
	hidden    []resource.Media // files of items withdrawn while the site is pinned
	result    Result
}

// onOlderTree reports whether the build changes single pages of an older tree. The dependencies of such pages are not
// recorded, because the recorded dependencies describe the current content, not the older tree.
func (b *build) onOlderTree() bool { return b.marks == nil }

func (b *build) run(ctx context.Context) (_ Result, err error) {
	began := time.Now()
	p := b.p
	if b.head, err = b.state.Newest(); err != nil {
		return b.result, err
	}
	b.base = b.head.Root
	if b.root != nil {
		b.base = b.root.Root
	}
	count := b.head.Count
	if b.recovered != nil {
		b.base, count = b.recovered.root, b.recovered.count
	}
	if b.onOlderTree() {
		b.frame.Base = &render.OlderTree{Nodes: p.nodes, Root: b.base}
	}
	b.result.Site = b.frame.Site.Code
	b.pack = pack.NewWriter(ctx, p.Blobs, b.frame.Site.Code, b.state.Revision+1)
	defer b.pack.Abort()
	if err := b.assets(ctx); err != nil {
		return b.result, err
	}
	if b.published, err = newPublishedEntries(ctx, p.nodes, b.base, count, len(b.pages)); err != nil {
		return b.result, err
	}
	if err := b.renderAll(ctx); err != nil {
		return b.result, err
	}
	if err := b.media(ctx); err != nil {
		return b.result, err
	}
	if err := b.commit(ctx); err != nil {
		return b.result, err
	}
	b.result.Took = time.Since(began)
	p.Log.InfoContext(ctx, "published", "site", b.result.Site, "revision", b.result.Revision, "rendered",
		b.result.Rendered,
		"changed", b.result.Changed, "failed", b.result.Failed, "ms", b.result.Took.Milliseconds())
	if p.Observe != nil {
		p.Observe(b.result)
	}
	return b.result, nil
}

// finish runs in the rendering goroutines. It compares a page with its published version and compresses changed pages.
func (b *build) finish(ctx context.Context, r *render.Rendered) error {
	if r.Absent {
		return nil
	}
	same, err := b.published.equal(ctx, &r.Entry)
	if err != nil {
		return err
	}
	if same {
		r.Same, r.Body = true, nil
		return nil
	}
	r.Entry.Modified = b.p.Now().UnixMilli()
	if len(r.Body) > maxWhole { // the edge verifies it in chunks, without compressed forms
		r.Entry.Chunks, _, err = b.p.chunkList(ctx, bytes.NewReader(r.Body))
		return err
	}
	r.Forms, err = b.p.compress(r.Page.Kind)(r.Entry.Type, r.Body)
	return err
}

// collect runs in one goroutine. It writes the bytes of a page to the pack and adds the page to the changes.
func (b *build) collect(ctx context.Context, r render.Rendered) error {
	b.result.Rendered++
	b.p.Log.DebugContext(ctx, "page rendered", "site", b.result.Site, "path", r.Page.Path, "same", r.Same)
	if r.Fault == nil && !r.Absent && !r.Same {
		e, err := b.store(r.Entry, r.Body, r.Forms)
		if err != nil {
			return err
		}
		r.Fault = b.changes.Put(e)
	}
	switch {
	case r.Fault != nil:
		b.result.Failed++
		b.failed = append(b.failed, deps.Failed{Page: r.Page, Reason: r.Fault.Error()})
		b.p.Log.ErrorContext(ctx, "page is not rendered; what was published stays", "site", b.result.Site, "path",
			r.Page.Path, "err", r.Fault)
		return nil
	case r.Absent:
		b.absent = append(b.absent, r.Page.Path)
		b.changes.Remove(r.Page.Path)
		return nil
	case r.Same:
		b.result.Unchanged++
	default:
		for p := range r.Links(b.state.SiteID) {
			b.linked[p.Path] = p
		}
	}
	b.done = append(b.done, deps.Record{
		Page:     r.Page,
		Same:     r.Same,
		Deps:     r.Deps,
		ListedAt: r.ListedAt,
		Windows:  r.Windows,
		Media:    r.Media,
	})
	return nil
}

// store writes a body and its compressed forms to the pack and returns the entry with their locations.
func (b *build) store(e manifest.Entry, body []byte, forms []compress.Form) (_ manifest.Entry, err error) {
	if !e.HasBody() {
		return e, nil
	}
	if e.Loc, err = b.pack.Add(body); err != nil {
		return e, err
	}
	for _, v := range forms {
		loc, err := b.pack.Add(v.Body)
		if err != nil {
			return e, err
		}
		e.Variants = append(e.Variants, manifest.Variant{Encoding: v.Encoding, Hash: manifest.Sum(v.Body), Loc: loc})
	}
	return e, nil
}

// assets adds the files of the theme if the theme has changed since the last revision. Files of older themes stay,
// because browsers may still show pages that use them.
func (b *build) assets(ctx context.Context) error {
	if b.state.ThemeHash == b.frame.Set.Hash() && b.root == nil && b.recovered == nil {
		return nil
	}
	for _, a := range b.frame.Set.Assets() {
		if _, found, err := manifest.Get(ctx, b.p.nodes, b.base, a.Path); err != nil || found {
			if err != nil {
				return err
			}
			continue
		}
		forms, err := b.p.compressor.Small(a.Type, a.Bytes)
		if err != nil {
			return err
		}
		e := manifest.Entry{
			Path:     a.Path,
			Status:   http.StatusOK,
			Type:     a.Type,
			Cache:    manifest.CacheAsset,
			Hash:     manifest.Sum(a.Bytes),
			Size:     int64(len(a.Bytes)),
			Modified: b.p.Now().UnixMilli(),
		}
		if e, err = b.store(e, a.Bytes, forms); err != nil {
			return err
		}
		if err := b.changes.Put(e); err != nil {
			return err
		}
	}
	return nil
}
