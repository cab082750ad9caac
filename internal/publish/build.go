package publish

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/manifest"
)

// Result says what one build did.
type Result struct {
	Site      string        `json:"site"`
	Revision  int64         `json:"revision"` // 0 when nothing changed
	Rendered  int           `json:"rendered"` // pages rendered
	Changed   int           `json:"changed"`  // addresses whose answer changed
	Unchanged int           `json:"unchanged"`
	Took      time.Duration `json:"took"`
	Waiting   int           `json:"waiting,omitempty"` // pages kept back because the site is pinned
}

// attempts bounds how often a build starts again because another process was faster.
const attempts = 5

// Build renders the marked pages of a site and makes a revision of them. Without marks
// it does nothing. Several processes may call it at once: one wins, the others build
// what is left.
func (p *Publisher) Build(ctx context.Context, id int64) (res Result, err error) {
	defer fault.Annotate(&err, "publish.Build(%d)", id)
	defer p.lock(id)()
	for range attempts {
		res, err = p.buildMarked(ctx, id)
		if !fault.Is(err, fault.Conflict) {
			return res, err
		}
	}
	return res, err
}

func (p *Publisher) buildMarked(ctx context.Context, id int64) (Result, error) {
	state, err := stateOf(ctx, p.DB.Read(), id)
	if err != nil {
		return Result{}, err
	}
	var marks []dirtyRow
	if err := p.DB.Read().NewSelect().Model(&marks).Where("site_id = ?", id).Scan(ctx); err != nil {
		return Result{}, err
	}
	if len(marks) == 0 || state.Pinned != 0 {
		return Result{Waiting: len(marks)}, nil
	}
	b := &build{p: p, state: state, note: "更新"}
	for i := range marks {
		b.seq = max(b.seq, marks[i].Seq)
		if err := manifest.CheckPath(marks[i].Path); err != nil { // one bad address must not hold up a site
			p.Log.WarnContext(ctx, "address cannot be published", "site_id", id, "path", marks[i].Path, "err", err)
			continue
		}
		b.pages = append(b.pages, marks[i].page())
	}
	return b.run(ctx)
}

// build is one revision in the making.
type build struct {
	p     *Publisher
	state *siteRow
	pages []page
	seq   int64 // marks up to this one are done with; 0 leaves all marks
	note  string
	// root, when set, is the tree to start from instead of the newest one.
	root *manifest.Head
	pin  int64

	frame   *frame
	head    manifest.Head // newest before this build
	base    manifest.Ref
	pack    *pack
	changes []manifest.Change
	done    []rendered
	absent  []string
	result  Result
}

func (b *build) run(ctx context.Context) (_ Result, err error) {
	began := time.Now()
	p := b.p
	if b.head, err = b.state.head(); err != nil {
		return b.result, err
	}
	b.base = b.head.Root
	if b.root != nil {
		b.base = b.root.Root
	}
	if b.frame, err = newFrame(ctx, p.DB, p.Sites, p.Published, p.Themes, b.state.SiteID); err != nil {
		return b.result, err
	}
	b.result.Site = b.frame.site.Code
	b.pack = newPack(ctx, p.Blobs, b.frame.site.Code, b.state.Revision+1)
	defer b.pack.abort()
	if err := b.assets(ctx); err != nil {
		return b.result, err
	}
	if err := b.frame.renderAll(ctx, b.pages, b.finish, b.take); err != nil {
		return b.result, err
	}
	if err := b.media(ctx); err != nil {
		return b.result, err
	}
	if err := b.commit(ctx); err != nil {
		return b.result, err
	}
	b.result.Took = time.Since(began)
	p.Log.InfoContext(ctx, "published", "site", b.result.Site, "revision", b.result.Revision, "rendered", b.result.Rendered,
		"changed", b.result.Changed, "ms", b.result.Took.Milliseconds())
	return b.result, nil
}

// finish runs in the rendering workers: it compares with what is published and
// compresses what is new.
func (b *build) finish(ctx context.Context, r *rendered) error {
	if r.absent {
		return nil
	}
	old, found, err := manifest.Get(ctx, b.p.nodes, b.base, r.page.path)
	if err != nil {
		return err
	}
	if found && sameAnswer(&old, &r.entry) {
		r.same = true
		r.body = nil
		return nil
	}
	r.entry.Modified = b.p.Now().UnixMilli()
	r.variants, err = b.p.press.variants(r.entry.Type, r.body)
	return err
}

// sameAnswer reports whether two entries give a visitor the same, whenever they were
// made and wherever their bytes lie.
func sameAnswer(a, b *manifest.Entry) bool {
	return a.Status == b.Status && a.Type == b.Type && a.Cache == b.Cache && a.Hash == b.Hash && a.Size == b.Size && a.Location == b.Location
}

// take runs in one goroutine: it writes bytes and collects changes.
func (b *build) take(r rendered) error {
	b.result.Rendered++
	switch {
	case r.absent:
		b.absent = append(b.absent, r.page.path)
		b.changes = append(b.changes, manifest.Remove(r.page.path))
		return nil
	case r.same:
		b.result.Unchanged++
	default:
		e, err := b.place(r.entry, r.body, r.variants)
		if err != nil {
			return err
		}
		b.changes = append(b.changes, manifest.Put(e))
	}
	r.body, r.variants = nil, nil
	b.done = append(b.done, r)
	return nil
}

// place writes a body and its compressed forms into the pack.
func (b *build) place(e manifest.Entry, body []byte, forms []variant) (_ manifest.Entry, err error) {
	if !e.HasBody() {
		return e, nil
	}
	if e.Loc, err = b.pack.add(body); err != nil {
		return e, err
	}
	for _, v := range forms {
		loc, err := b.pack.add(v.body)
		if err != nil {
			return e, err
		}
		e.Variants = append(e.Variants, manifest.Variant{Encoding: v.encoding, Hash: manifest.Sum(v.body), Loc: loc})
	}
	return e, nil
}

// assets adds the theme's files when the theme is another than at the last revision.
// Those of older themes stay: pages of an older revision may still be open somewhere.
func (b *build) assets(ctx context.Context) error {
	if b.state.ThemeHash == b.frame.set.Hash() && b.root == nil {
		return nil
	}
	for _, a := range b.frame.set.Assets() {
		if _, found, err := manifest.Get(ctx, b.p.nodes, b.base, a.Path); err != nil || found {
			if err != nil {
				return err
			}
			continue
		}
		forms, err := b.p.press.variants(a.Type, a.Bytes)
		if err != nil {
			return err
		}
		e := manifest.Entry{Path: a.Path, Status: http.StatusOK, Type: a.Type, Cache: manifest.CacheAsset, Hash: manifest.Sum(a.Bytes),
			Size: int64(len(a.Bytes)), Modified: b.p.Now().UnixMilli()}
		if e, err = b.place(e, a.Bytes, forms); err != nil {
			return err
		}
		b.changes = append(b.changes, manifest.Put(e))
	}
	return nil
}

// commit writes tree, pack, ledger and page rows, and announces the revision.
func (b *build) commit(ctx context.Context) error {
	p := b.p
	root, stats, err := manifest.Apply(ctx, p.nodes, b.pack, b.base, b.changes)
	if err != nil {
		return err
	}
	b.result.Changed = stats.Added + stats.Changed + stats.Removed
	next := manifest.Head{Site: b.frame.site.Code, Hosts: slices.Sorted(slices.Values(b.frame.site.Domains)), State: string(b.frame.site.State),
		Default: b.isDefault(), Revision: b.state.Revision + 1, Root: root, Count: stats.Count, Prev: b.head.Hash(), At: max(p.Now().UnixMilli(), b.head.At), Note: b.note}
	if b.state.Revision == 0 {
		next.Prev = manifest.Hash{}
	}
	isNew := b.state.Revision == 0 || root.Hash != b.head.Root.Hash || !slices.Equal(next.Hosts, b.head.Hosts) ||
		next.State != b.head.State || next.Default != b.head.Default || b.pin != b.state.Pinned
	if isNew {
		if err := next.Sign(p.Signer); err != nil {
			return err
		}
		if err := b.pack.commit(); err != nil {
			return err
		}
	}
	err = p.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return b.save(ctx, tx, next, isNew) })
	if err != nil || !isNew {
		return err
	}
	b.result.Revision = next.Revision
	if err := p.Announcer.Announce(ctx, next); err != nil {
		p.Log.WarnContext(ctx, "revision is published but not announced; edges will find it themselves", "site", next.Site, "revision", next.Revision, "err", err)
	}
	return nil
}

// isDefault: the top of the network answers for a bare address. Of several tops it is
// the oldest.
func (b *build) isDefault() bool {
	for _, o := range sortedSites(b.frame.others) {
		if o.ParentID == 0 {
			return o.ID == b.frame.site.ID
		}
	}
	return false
}

func (b *build) save(ctx context.Context, tx bun.Tx, next manifest.Head, isNew bool) error {
	now, err := stateOf(ctx, tx, b.state.SiteID)
	if err != nil {
		return err
	}
	if now.Revision != b.state.Revision || now.Pinned != b.state.Pinned {
		return fault.New(fault.Conflict, "站点刚被另一个进程发布，正在重试")
	}
	if isNew {
		row := ledgerRow{SiteID: b.state.SiteID, Revision: next.Revision, Head: string(next.Encode()), Hash: next.Hash().String(), At: next.At}
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		if store.UniqueViolation(err) {
			return fault.Wrap(fault.Conflict, err, "站点刚被另一个进程发布，正在重试")
		}
		if err != nil {
			return err
		}
		state := siteRow{SiteID: b.state.SiteID, Revision: next.Revision, Head: row.Head, Pinned: b.pin, ThemeHash: b.frame.set.Hash()}
		if _, err := tx.NewInsert().Model(&state).On("CONFLICT (site_id) DO UPDATE").Exec(ctx); err != nil {
			return err
		}
	}
	if b.seq == 0 {
		return nil // an overlay on a pinned site: what is recorded describes the content, not the pinned tree
	}
	if err := saveReads(ctx, tx, b.state.SiteID, b.done, next.Revision); err != nil {
		return err
	}
	if err := forgetPages(ctx, tx, b.state.SiteID, b.absent); err != nil {
		return err
	}
	_, err = tx.NewDelete().Model((*dirtyRow)(nil)).Where("site_id = ? AND seq <= ?", b.state.SiteID, b.seq).Exec(ctx)
	return err
}

// mediaPaths returns the addresses among deps that name media.
func mediaPaths(deps []string) []string {
	var out []string
	for _, d := range deps {
		if path, ok := strings.CutPrefix(d, "media:"); ok {
			out = append(out, path)
		}
	}
	return out
}
