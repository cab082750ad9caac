package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/address"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/publish/render"
)

// Problem is a difference between the public site and what it must be.
type Problem struct {
	Site string `json:"site"`
	Path string `json:"path"`
	Kind string `json:"kind"` // missing, differs, unexpected, tampered, failed, ledger
	Text string `json:"text"`
}

// Proof is the result of verifying one site.
type Proof struct {
	Site     string    `json:"site"`
	Revision int64     `json:"revision"`
	Pinned   int64     `json:"pinned,omitempty"` // revision that the site is pinned to
	Pages    int       `json:"pages"`            // number of pages rendered and compared
	Files    int       `json:"files"`            // number of addresses whose stored bytes were hashed
	Waiting  int       `json:"waiting"`          // number of marked pages, which are not compared
	Problems []Problem `json:"problems"`
}

// OK reports whether no problem was found.
func (p *Proof) OK() bool { return len(p.Problems) == 0 }

// maxProblems is the maximum number of problems in a Proof; a broken theme affects every page.
const maxProblems = 1000

// maxRounds is how often Verify checks a site that is published meanwhile.
const maxRounds = 3

// Verify checks that the public site is what its content requires: each page is rendered and compared with the
// manifest, the manifest has no other entries, the stored bytes match their hashes, and the ledger is valid. Marked
// pages are counted, not compared. For a pinned site only bytes and ledger are checked. If there are problems and the
// site was published meanwhile, the check is repeated, because the content may have changed during the check.
func (p *Publisher) Verify(ctx context.Context, id int64) (proof *Proof, err error) {
	defer fault.Annotate(&err, "publish.Verify(%d)", id)
	for range maxRounds {
		if proof, err = p.verify(ctx, id); err != nil || proof.OK() {
			return proof, err
		}
		now, err := ledger.Of(ctx, p.DB.Read(), id)
		if err != nil || now.Revision == proof.Revision {
			return proof, err
		}
	}
	return proof, nil
}

func (p *Publisher) verify(ctx context.Context, id int64) (*Proof, error) {
	state, err := ledger.Of(ctx, p.DB.Read(), id)
	if err != nil {
		return nil, err
	}
	f, err := p.frame(ctx, id)
	if err != nil {
		return nil, err
	}
	v := &verifier{p: p, frame: f, proof: &Proof{Site: f.Site.Code, Revision: state.Revision,
		Pinned: max(state.Pinned, 0)}, wanted: map[string]bool{}}
	if state.Revision == 0 {
		v.problem("", "missing", "站点还没有发布过")
		return v.proof, nil
	}
	if v.head, err = state.Newest(); err != nil {
		v.problem("", "ledger", "当前版本读不出来："+fault.Text(err))
		return v.proof, nil
	}
	v.ledger(ctx, id)
	if !headMatchesSite(v.head, f) {
		v.problem("", "differs", "公开的网站状态或域名与登记不一致")
	}
	if state.Pinned <= 0 {
		v.published, err = newPublishedEntries(ctx, p.nodes, v.head.Root, v.head.Count, int(v.head.Count))
		if err != nil {
			v.problem("", "tampered", "发布清单读不出来："+fault.Text(err))
			return v.proof, ctx.Err()
		}
		if err := v.content(ctx, id); err != nil {
			return nil, err
		}
	}
	return v.proof, v.bytes(ctx, state.Pinned <= 0)
}

type verifier struct {
	p         *Publisher
	frame     *render.Frame
	head      manifest.Head
	published publishedEntries
	proof     *Proof
	wanted    map[string]bool
}

func (v *verifier) problem(path, kind, text string) {
	if len(v.proof.Problems) < maxProblems {
		v.proof.Problems = append(v.proof.Problems, Problem{Site: v.proof.Site, Path: path, Kind: kind, Text: text})
	}
}

// content renders every page that the content requires and compares it.
func (v *verifier) content(ctx context.Context, id int64) error {
	waiting := map[string]bool{}
	marks, err := deps.DirtyMarks(id).Load(ctx, v.p.DB.Read())
	if err != nil {
		return err
	}
	for _, pg := range marks.Pages {
		waiting[pg.Path] = true
	}
	for _, f := range marks.Failed {
		v.problem(f.Path, "failed", "页面生成失败，仍是以前的内容："+f.Reason)
	}
	v.proof.Waiting = len(marks.Pages)
	pages, err := v.pages(ctx, id)
	if err != nil {
		return err
	}
	for _, a := range v.frame.Set.Assets() {
		v.requireFile(a.Path)
	}
	listedItems := map[int64]int64{}
	err = v.frame.RenderAll(ctx, pages, func(context.Context, *render.Rendered) error { return nil },
		func(r render.Rendered) error {
			v.proof.Pages++
			v.wanted[r.Page.Path] = true
			if r.Page.Kind == page.Column || r.Page.Kind == page.Older {
				listedItems[r.Page.Ref] += r.Members
			}
			if waiting[r.Page.Path] {
				for path := range r.Media {
					v.wanted[path] = true
				}
				return nil
			}
			for path := range r.Media {
				v.requireFile(path)
			}
			v.compare(r)
			return nil
		})
	if err != nil {
		return err
	}
	return v.checkLists(ctx, listedItems)
}

// requireFile records that pages need a file, and reports it if the manifest lacks it.
func (v *verifier) requireFile(path string) {
	if v.wanted[path] {
		return
	}
	v.wanted[path] = true
	if _, found := v.published.all[path]; !found {
		v.problem(path, "missing", "页面用到的文件不在发布清单里")
	}
}

// checkLists checks that the pages of each list together show all of its items; got is the number shown by column.
func (v *verifier) checkLists(ctx context.Context, got map[int64]int64) error {
	for _, c := range v.frame.Tree.All() {
		if !page.HasPage(c) || !page.IsList(c) {
			continue
		}
		want, err := v.p.Published.Count(ctx, c.ID)
		if err != nil {
			return err
		}
		if got[c.ID] != want && v.proof.Waiting == 0 {
			v.problem(page.ColumnPath(c), "differs", fmt.Sprintf("栏目有 %d 条信息，列表页合计列出 %d 条", want, got[c.ID]))
		}
	}
	return nil
}

// pages lists the pages that the content requires, from the content and the page bounds of lists, not from what was
// published. Only the addresses of list pages and columns that no longer exist come from the page rows; such addresses
// can only redirect.
func (v *verifier) pages(ctx context.Context, id int64) ([]page.Page, error) {
	s := &plannedSite{site: v.frame.Site, tree: v.frame.Tree, pages: map[string]page.Page{}}
	var rows []deps.PageRow
	err := v.p.DB.Read().NewSelect().Model(&rows).Column("path", "kind", "ref", "no").
		Where("site_id = ? AND kind IN (?)", id, bun.List([]page.Kind{page.Column, page.Older})).Scan(ctx)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		pg := rows[i].Page()
		if c := v.frame.Tree.ID(pg.Ref); c != nil && (pg == page.OfColumn(c) || pg == page.OfOlder(c, pg.No)) {
			s.add(pg)
		}
	}
	s.add(page.Fixed()...)
	for _, c := range v.frame.Tree.All() {
		s.add(page.AlwaysOf(c)...)
		if page.HasPage(c) && page.IsList(c) {
			last, err := v.frame.Lists.Last(ctx, c.ID)
			if err != nil {
				return nil, err
			}
			for no := int64(1); no < last.No; no++ {
				s.add(page.OfOlder(c, no))
			}
		}
	}
	last, err := v.frame.Lists.Last(ctx, page.SiteWide)
	if err != nil {
		return nil, err
	}
	for no := int64(1); no <= last.No; no++ {
		s.add(page.OfSitemap(no))
	}
	pl := &planner{pub: v.p.Published}
	if err := pl.allItems(ctx, s, map[int64]bool{}); err != nil {
		return nil, err
	}
	return slices.Collect(maps.Values(s.pages)), nil
}

func (v *verifier) compare(r render.Rendered) {
	have, found := v.published.all[r.Page.Path]
	switch {
	case r.Fault != nil:
		v.problem(r.Page.Path, "failed", "页面生成失败："+fault.Text(r.Fault))
	case r.Absent && found:
		v.problem(r.Page.Path, "unexpected", "内容里已没有，公开地址仍在")
	case !r.Absent && !found:
		v.problem(r.Page.Path, "missing", "应当公开，发布清单里没有")
	case !r.Absent && have != responseOf(&r.Entry):
		v.problem(r.Page.Path, "differs", "公开的页面与内容库不一致")
	}
}

// bytes hashes the stored bytes of every entry of the manifest. If strict is set, it also reports addresses that the
// content does not require, except files of earlier themes: they stay, and their names contain the hash of their bytes.
func (v *verifier) bytes(ctx context.Context, strict bool) error {
	err := manifest.Walk(ctx, v.p.nodes, v.head.Root, func(e manifest.Entry) error {
		v.proof.Files++
		if strict && !v.wanted[e.Path] && !strings.HasPrefix(e.Path, address.Assets+e.Hash.String()[:12]+".") {
			v.problem(e.Path, "unexpected", "发布清单里有，内容库里没有")
		}
		if !e.HasBody() {
			return nil
		}
		v.stored(ctx, e.Path, e.Hash, e.Loc)
		if !e.Chunks.IsZero() {
			v.stored(ctx, e.Path+" (chunks)", e.Chunks, manifest.Loc{})
		}
		for _, form := range e.Variants {
			v.stored(ctx, e.Path+" ("+form.Encoding+")", form.Hash, form.Loc)
		}
		return ctx.Err()
	})
	if err != nil && ctx.Err() == nil {
		v.problem("", "tampered", "发布清单读不出来："+fault.Text(err))
		err = nil
	}
	slices.SortFunc(v.proof.Problems, func(a, b Problem) int { return cmp.Compare(a.Path, b.Path) })
	return err
}

func (v *verifier) stored(ctx context.Context, path string, want manifest.Hash, loc manifest.Loc) {
	where := cmp.Or(loc.Pack, blob.CASName(want.String()))
	var err error
	if loc.Pack == "" {
		err = v.readThrough(ctx, want)
	} else {
		var body []byte
		if body, err = v.p.Blobs.ReadRange(ctx, loc.Pack, loc.Off, loc.Len); err == nil && manifest.Sum(body) != want {
			err = fault.New(fault.Internal, "hash differs")
		}
	}
	if err != nil && ctx.Err() == nil {
		v.problem(path, "tampered", "存储的内容与散列不符或缺失："+where)
	}
}

// readThrough reads a file to its end; the blob store verifies its hash.
func (v *verifier) readThrough(ctx context.Context, hash manifest.Hash) error {
	f, err := v.p.Blobs.Get(ctx, hash.String())
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, f)
	return errors.Join(err, f.Close())
}

// ledger checks the hash chain of the heads of a site, and that the published head is the newest one.
func (v *verifier) ledger(ctx context.Context, id int64) {
	report, err := v.p.VerifyLedger(ctx, id)
	if err != nil {
		v.problem("", "ledger", fault.Text(err))
		return
	}
	if report.Tip != v.head.Hash() || report.Site != v.frame.Site.Code || v.head.Verify(v.p.Ring) != nil {
		v.problem("", "ledger", "当前版本不是账本的最后一版")
	}
}

// VerifyLedger checks the signature of every head of a site and that each head follows the previous one.
func (p *Publisher) VerifyLedger(ctx context.Context, id int64) (manifest.LedgerReport, error) {
	return manifest.VerifyLedger(p.Ring, ledger.All(ctx, p.DB.Read(), id))
}
