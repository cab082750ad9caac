package publish

import (
	"context"
	"fmt"
	"iter"
	"sort"
	"strings"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
)

// Problem is one way in which what is public differs from what should be.
type Problem struct {
	Site string `json:"site"`
	Path string `json:"path"`
	Kind string `json:"kind"` // missing, differs, unexpected, tampered, ledger
	Text string `json:"text"`
}

// Proof is the result of verifying one site.
type Proof struct {
	Site     string    `json:"site"`
	Revision int64     `json:"revision"`
	Pinned   int64     `json:"pinned,omitempty"` // the site shows this older revision on purpose
	Pages    int       `json:"pages"`            // rendered again and compared
	Files    int       `json:"files"`            // addresses whose stored bytes were hashed
	Waiting  int       `json:"waiting"`          // marked pages that wait for a build
	Problems []Problem `json:"problems"`
}

// OK reports that nothing was found.
func (p *Proof) OK() bool { return len(p.Problems) == 0 }

// maxProblems bounds a report; a broken theme would fill it with every page.
const maxProblems = 1000

// Verify proves that every public address of a site equals content state: each page is
// rendered again and compared with the manifest, the manifest holds nothing else, and
// every stored byte has its hash. Pages that wait for a build are counted, not compared.
// A pinned site is checked for its bytes and ledger only.
func (p *Publisher) Verify(ctx context.Context, id int64) (_ *Proof, err error) {
	defer fault.Annotate(&err, "publish.Verify(%d)", id)
	state, err := stateOf(ctx, p.DB.Read(), id)
	if err != nil {
		return nil, err
	}
	head, err := state.head()
	if err != nil {
		return nil, err
	}
	f, err := newFrame(ctx, p.DB, p.Sites, p.Published, p.Themes, id)
	if err != nil {
		return nil, err
	}
	v := &verifier{p: p, frame: f, head: head, proof: &Proof{Site: f.site.Code, Revision: state.Revision, Pinned: state.Pinned}, wanted: map[string]bool{}}
	if state.Revision == 0 {
		v.problem("", "missing", "站点还没有发布过")
		return v.proof, nil
	}
	if err := v.ledger(ctx, id); err != nil {
		return nil, err
	}
	if state.Pinned == 0 {
		if err := v.content(ctx, id); err != nil {
			return nil, err
		}
	}
	return v.proof, v.bytes(ctx, state.Pinned == 0)
}

type verifier struct {
	p      *Publisher
	frame  *frame
	head   manifest.Head
	proof  *Proof
	wanted map[string]bool
}

func (v *verifier) problem(path, kind, text string) {
	if len(v.proof.Problems) < maxProblems {
		v.proof.Problems = append(v.proof.Problems, Problem{Site: v.proof.Site, Path: path, Kind: kind, Text: text})
	}
}

// content renders every page that content state asks for and compares.
func (v *verifier) content(ctx context.Context, id int64) error {
	waiting := map[string]bool{}
	var marks []dirtyRow
	if err := v.p.DB.Read().NewSelect().Model(&marks).Where("site_id = ?", id).Scan(ctx); err != nil {
		return err
	}
	for _, m := range marks {
		waiting[m.Path] = true
	}
	v.proof.Waiting = len(marks)
	pages, err := v.pages(ctx, id)
	if err != nil {
		return err
	}
	for _, a := range v.frame.set.Assets() {
		v.wanted[a.Path] = true
	}
	listedItems := map[int64]int64{}
	err = v.frame.renderAll(ctx, pages, func(context.Context, *rendered) error { return nil }, func(r rendered) error {
		v.proof.Pages++
		v.wanted[r.page.path] = true
		for path := range r.media {
			v.wanted[path] = true
		}
		if r.page.kind == kindColumn || r.page.kind == kindOlder {
			listedItems[r.page.ref] += r.members
		}
		if waiting[r.page.path] {
			return nil
		}
		return v.compare(ctx, r)
	})
	if err != nil {
		return err
	}
	return v.complete(ctx, listedItems)
}

// complete checks that the pages of each list together show all its items.
func (v *verifier) complete(ctx context.Context, got map[int64]int64) error {
	for _, c := range v.frame.tree.All() {
		if !hasPage(c) || !listed(c) {
			continue
		}
		want, err := v.p.Published.Count(ctx, c.ID)
		if err != nil {
			return err
		}
		if got[c.ID] != want && v.proof.Waiting == 0 {
			v.problem(columnPath(c), "differs", fmt.Sprintf("栏目有 %d 条信息，列表页合计列出 %d 条", want, got[c.ID]))
		}
	}
	return nil
}

// pages enumerates what content state asks for, from the content itself and the cuts
// of the lists, not from what was published.
func (v *verifier) pages(ctx context.Context, id int64) ([]page, error) {
	s := &plannedSite{site: v.frame.site, tree: v.frame.tree, pages: map[string]page{}}
	s.add(fixedPages()...)
	for _, c := range v.frame.tree.All() {
		if !hasPage(c) {
			continue
		}
		s.add(columnPage(c))
		if listed(c) {
			s.add(feedPages(c)...)
			last, err := v.frame.lists.last(ctx, c.ID)
			if err != nil {
				return nil, err
			}
			for no := int64(1); no < last.No; no++ {
				s.add(olderPage(c, no))
			}
		}
	}
	last, err := v.frame.lists.last(ctx, siteWide)
	if err != nil {
		return nil, err
	}
	for no := int64(1); no <= last.No; no++ {
		s.add(sitemapPage(no))
	}
	pl := &planner{pub: v.p.Published}
	if err := v.p.Published.ItemsOnSite(ctx, id, func(ids []int64) error { return pl.itemPages(ctx, s, ids, true) }); err != nil {
		return nil, err
	}
	var out []page
	for _, pg := range s.pages {
		out = append(out, pg)
	}
	return out, nil
}

func (v *verifier) compare(ctx context.Context, r rendered) error {
	have, found, err := manifest.Get(ctx, v.p.nodes, v.head.Root, r.page.path)
	switch {
	case err != nil:
		v.problem(r.page.path, "tampered", "发布清单读不出来："+fault.Text(err))
	case r.absent && found:
		v.problem(r.page.path, "unexpected", "内容里已没有，公开地址仍在")
	case !r.absent && !found:
		v.problem(r.page.path, "missing", "应当公开，发布清单里没有")
	case !r.absent && !sameAnswer(&have, &r.entry):
		v.problem(r.page.path, "differs", "公开的页面与内容库不一致")
	}
	return nil
}

// bytes walks the manifest, hashes what is stored, and with strict finds addresses that
// content does not ask for. List pages that were cut away answer with redirects: those
// are content's own doing.
func (v *verifier) bytes(ctx context.Context, strict bool) error {
	err := manifest.Walk(ctx, v.p.nodes, v.head.Root, func(e manifest.Entry) error {
		v.proof.Files++
		if strict && !v.wanted[e.Path] && !strings.HasPrefix(e.Path, "/_a/") && e.Status != 301 {
			v.problem(e.Path, "unexpected", "发布清单里有，内容库里没有")
		}
		if !e.HasBody() {
			return nil
		}
		v.stored(ctx, e.Path, e.Hash, e.Loc, e.Size)
		for _, form := range e.Variants {
			v.stored(ctx, e.Path+" ("+form.Encoding+")", form.Hash, form.Loc, form.Loc.Len)
		}
		return ctx.Err()
	})
	if err != nil && ctx.Err() == nil {
		v.problem("", "tampered", "发布清单读不出来："+fault.Text(err))
		err = nil
	}
	sort.Slice(v.proof.Problems, func(i, j int) bool { return v.proof.Problems[i].Path < v.proof.Problems[j].Path })
	return err
}

func (v *verifier) stored(ctx context.Context, path string, want manifest.Hash, loc manifest.Loc, size int64) {
	var body []byte
	var err error
	if loc.Pack == "" {
		body, err = v.p.Blobs.Bytes(ctx, want.String(), size)
	} else {
		body, err = v.p.Blobs.ReadRange(ctx, loc.Pack, loc.Off, loc.Len)
	}
	if err != nil || manifest.Sum(body) != want {
		where := loc.Pack
		if where == "" {
			where = blob.CASName(want.String())
		}
		v.problem(path, "tampered", "存储的内容与散列不符或缺失："+where)
	}
}

// ledger checks the chain of heads of a site and that the newest one is in force.
func (v *verifier) ledger(ctx context.Context, id int64) error {
	report, err := v.p.VerifyLedger(ctx, id)
	if err != nil {
		v.problem("", "ledger", fault.Text(err))
		return nil
	}
	if report.Tip != v.head.Hash() {
		v.problem("", "ledger", "当前版本不是账本的最后一版")
	}
	return nil
}

// VerifyLedger checks every head of a site from the first on: signatures, and that each
// follows the one before.
func (p *Publisher) VerifyLedger(ctx context.Context, id int64) (manifest.LedgerReport, error) {
	return manifest.VerifyLedger(p.Ring, p.Ledger(ctx, id))
}

// Ledger returns the heads of a site, oldest first.
func (p *Publisher) Ledger(ctx context.Context, id int64) iter.Seq2[manifest.Head, error] {
	return func(yield func(manifest.Head, error) bool) {
		for last := int64(0); ; {
			var rows []ledgerRow
			err := p.DB.Read().NewSelect().Model(&rows).Where("site_id = ? AND revision > ?", id, last).Order("revision").Limit(500).Scan(ctx)
			if err != nil {
				yield(manifest.Head{}, err)
				return
			}
			if len(rows) == 0 {
				return
			}
			for i := range rows {
				h, err := manifest.ParseHead([]byte(rows[i].Head))
				if err == nil && h.Hash().String() != rows[i].Hash {
					err = fault.New(fault.Conflict, "账本第 %d 版的散列与内容不符", rows[i].Revision)
				}
				if !yield(h, err) {
					return
				}
				last = rows[i].Revision
			}
		}
	}
}

// Status is where a site stands.
type Status struct {
	Head    manifest.Head
	Pinned  int64
	Waiting int64
}

// Status returns the newest head of a site and how many pages wait for a build.
func (p *Publisher) Status(ctx context.Context, id int64) (Status, error) {
	state, err := stateOf(ctx, p.DB.Read(), id)
	if err != nil {
		return Status{}, err
	}
	head, err := state.head()
	if err != nil {
		return Status{}, err
	}
	n, err := p.DB.Read().NewSelect().Model((*dirtyRow)(nil)).Where("site_id = ?", id).Count(ctx)
	return Status{Head: head, Pinned: state.Pinned, Waiting: n}, err
}

// Addresses returns the public addresses of items, by item and site.
func (p *Publisher) Addresses(ctx context.Context, site int64, items ...int64) (map[int64]string, error) {
	shown, err := p.Published.OnSite(ctx, site, items)
	out := map[int64]string{}
	for id, it := range shown {
		out[id] = it.Path
	}
	return out, err
}
