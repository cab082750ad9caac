package publish

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/lease"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
	"guiyi/internal/theme"
	"guiyi/web"
)

// city is a whole platform below the web: real rows, real blobs, the real theme.
type city struct {
	t        testing.TB
	ctx      context.Context
	dir      string
	db       *store.DB
	blobs    *blob.Store
	board    *jobs.Board
	reg      *site.Register
	siteDesk *site.Desk
	desk     *resource.Desk
	pub      *Publisher
	themes   *testThemes
	spy      *spy

	mu      sync.Mutex
	now     time.Time
	heads   []manifest.Head // announced
	results []Result
	seq     int
	places  map[string]resource.Place // by "site:column"
}

// testThemes is the default theme, with what a test lays over it.
type testThemes struct {
	t       testing.TB
	overlay fs.FS
	set     *theme.Set
}

// tables are those that the tests need.
func tables() []store.Migrations {
	return []store.Migrations{jobs.Migrations(), audit.Migrations(), lease.Migrations(), site.Migrations(),
		resource.Migrations(),
		Migrations()}
}

func (th *testThemes) find(*site.Site) (*theme.Set, error) {
	if th.set != nil {
		return th.set, nil
	}
	base, err := web.Theme("default")
	if err != nil {
		return nil, err
	}
	var overlays []fs.FS
	if th.overlay != nil {
		overlays = append(overlays, th.overlay)
	}
	th.set, err = theme.Load(base, overlays...)
	return th.set, err
}

// Announce implements Announcer.
func (c *city) Announce(_ context.Context, h manifest.Head) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heads = append(c.heads, h)
	return nil
}

func (c *city) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *city) tick(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("Asia/Shanghai", 8*3600))

// each runs a test on both engines.
func each(t *testing.T, fn func(t *testing.T, c *city)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, newCity(t, db, t.TempDir())) }, tables()...)
}

func newCity(t testing.TB, db *store.DB, dir string) *city {
	t.Helper()
	ctx := actor.With(context.Background(), actor.Unlimited("test"))
	c := &city{t: t, ctx: ctx, dir: dir, db: db, now: start, themes: &testThemes{t: t},
		places: map[string]resource.Place{}}
	c.must(db.Migrate(ctx, tables()...))
	var err error
	c.blobs, err = blob.Open(ctx, "dir:"+dir)
	c.must(err)
	t.Cleanup(func() { _ = c.blobs.Close() })
	log := slog.New(slog.DiscardHandler)
	c.spy = &spy{pages: map[string][]string{}}
	c.board = jobs.New(db, jobs.Options{Now: c.clock, Log: log})
	c.reg = site.NewRegister(db)
	c.siteDesk = site.NewDesk(db, c.board, c.blobs, c.clock)
	c.desk = resource.NewDesk(db, c.board, nil, c.clock)
	signer, err := crypto.LoadOrCreateSigner(dir+"/keys", crypto.Ed25519)
	c.must(err)
	ring := crypto.NewRing()
	_, err = ring.Add(signer.Suite(), signer.Public())
	c.must(err)
	c.pub = New(Options{DB: db, Blobs: c.blobs, Board: c.board, Sites: c.reg, Published: published.New(db),
		Themes: c.themes.find,
		Signer: signer, Ring: ring, Announcer: c, Now: c.clock, Log: slog.New(c.spy),
		Observe: func(r Result) { c.results = append(c.results, r) }})
	return c
}

func (c *city) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// apply declares sites.
func (c *city) apply(dir fs.FS, texts ...string) {
	c.t.Helper()
	var decls []site.Declaration
	for i, text := range texts {
		d, err := site.ParseDeclaration([]byte(text))
		c.must(err)
		d.File = fmt.Sprint(i)
		decls = append(decls, d)
	}
	if dir == nil {
		dir = fstest.MapFS{}
	}
	_, err := c.siteDesk.Apply(c.ctx, decls, dir)
	c.must(err)
}

// portal declares the city's portal; extra lines go below it.
func portal(extra string) string {
	return `site: qinghe
name: 清河市人民政府
title: 清河市人民政府门户网站
kind: portal
state: running
domains: [www.qinghe.gov.cn]
dossier: { idcode: "2301990001", sponsor: 清河市人民政府, organizer: 清河市人民政府办公室, icp: 黑ICP备00000000号-1, police: 黑公网安备 23019900000001号, phone: 0450-00000001, address: 政通路1号, postcode: "150000", conac: "https://bszs.conac.cn/", finderror: "https://zfwzgl.www.gov.cn/", home: "https://www.qinghe.gov.cn/", opened: 2026-01-01 }
columns:
  - { slug: xwdt, name: 新闻动态, kind: channel, types: [工作动态], description: 新闻, children: [ { slug: szyw, name: 时政要闻, types: [工作动态], description: 要闻, keywords: [要闻] }, { slug: bmdt, name: 部门动态, types: [工作动态], description: 部门 } ] }
  - { slug: zcwj, name: 政策文件, types: [政策文件], description: 文件 }
  - { slug: zcjd, name: 政策解读, types: [政策解读], description: 解读 }
  - { slug: tzgg, name: 通知公告, types: [工作动态], description: 公告 }
  - { slug: gywz, name: 关于本站, kind: page, nav: false, types: [概况信息], description: 关于 }
` + extra
}

const home = `home:
  - { block: list, column: xwdt/szyw, count: 3 }
  - { block: documents, column: zcwj, count: 3, interpretations: zcjd }
`

func county(extra string) string {
	return `site: linjiang
parent: qinghe
name: 临江县人民政府
title: 临江县人民政府门户网站
kind: portal
state: running
domains: [linjiang.qinghe.gov.cn]
dossier: { idcode: "2301990002", sponsor: 临江县人民政府, organizer: 临江县人民政府办公室, icp: 黑ICP备00000000号-2, police: 黑公网安备 23019900000002号, phone: 0450-00000002, address: 临江路1号, postcode: "150000", conac: "https://bszs.conac.cn/", finderror: "https://zfwzgl.www.gov.cn/", home: "https://linjiang.qinghe.gov.cn/", opened: 2026-01-01 }
columns:
  - { slug: xwdt, name: 新闻动态, types: [工作动态], description: 新闻 }
  - { slug: zcwj, name: 政策文件, types: [政策文件], description: 文件 }
` + extra
}

func (c *city) site(code string) *site.Site {
	c.t.Helper()
	s, err := c.reg.ByCode(c.ctx, code)
	c.must(err)
	return s
}

func (c *city) column(at string) (*site.Site, *site.Column) {
	c.t.Helper()
	code, path, _ := strings.Cut(at, ":")
	s := c.site(code)
	tree, err := c.reg.Columns(c.ctx, s.ID)
	c.must(err)
	col := tree.Path(path)
	if col == nil {
		c.t.Fatalf("no column %s", at)
	}
	return s, col
}

func (c *city) place(at string, when time.Time) resource.Place {
	if p, ok := c.places[at]; ok {
		p.At = when.UnixMilli()
		return p
	}
	s, col := c.column(at)
	p := resource.Place{SiteID: s.ID, ColumnID: col.ID, ColumnPath: col.Path, OwnPage: col.Kind != site.KindPage,
		At: when.UnixMilli()}
	c.places[at] = p
	return p
}

// draft is an item to be received: its title, and where it goes ("site:column").
type draft struct {
	title  string
	at     time.Time
	places []string
	change func(*resource.Incoming)
}

// receive takes items into the library and returns their ids.
func (c *city) receive(drafts ...draft) []int64 {
	c.t.Helper()
	batch := make([]resource.Incoming, len(drafts))
	for i, d := range drafts {
		c.seq++
		if d.at.IsZero() {
			d.at = start.Add(time.Duration(c.seq) * time.Minute)
		}
		in := resource.Incoming{Class: resource.Article,
			Edition: resource.Edition{Title: d.title, Source: "市政府办公室", PublishedAt: d.at.UnixMilli(),
				Body: fmt.Sprintf("<p>%s的正文第%d段。</p>", d.title, c.seq),
				Text: fmt.Sprintf("%s的正文第%d段。", d.title, c.seq)},
			Provenance: resource.Provenance{Source: "test", ExternalID: fmt.Sprint("x", c.seq)}}
		for _, at := range d.places {
			p := c.place(at, d.at)
			in.Places = append(in.Places, p)
			if in.Owner == 0 {
				in.Owner = p.SiteID
			}
		}
		if d.change != nil {
			d.change(&in)
		}
		batch[i] = in
	}
	out, err := c.desk.Receive(c.ctx, batch)
	c.must(err)
	ids := make([]int64, len(out))
	for i, o := range out {
		ids[i] = o.ItemID
	}
	return ids
}

// many receives n items of a column, the newest last.
func (c *city) many(at string, n int) []int64 {
	c.t.Helper()
	drafts := make([]draft, n)
	for i := range drafts {
		drafts[i] = draft{title: fmt.Sprintf("%s 第%d条", at, i+1), places: []string{at}}
	}
	return c.receive(drafts...)
}

// drain carries out all that waits.
func (c *city) drain() {
	c.t.Helper()
	c.must(c.board.Drain(c.ctx))
}

// spy is a log handler that notes which pages were rendered, by site.
type spy struct {
	off   bool
	on    func(path string) // called for every page, in the middle of the build; may be nil
	mu    sync.Mutex
	pages map[string][]string
}

func (s *spy) Enabled(context.Context, slog.Level) bool { return !s.off }
func (s *spy) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s *spy) WithGroup(string) slog.Handler            { return s }
func (s *spy) Handle(_ context.Context, r slog.Record) error {
	if r.Message != "page rendered" {
		return nil
	}
	var at, path string
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "site":
			at = a.Value.String()
		case "path":
			path = a.Value.String()
		}
		return true
	})
	s.mu.Lock()
	s.pages[at] = append(s.pages[at], path)
	s.mu.Unlock()
	if s.on != nil {
		s.on(path)
	}
	return nil
}

// rendered carries out all that waits and returns the pages rendered, by site, sorted.
func (c *city) rendered() map[string][]string {
	c.t.Helper()
	c.spy.pages = map[string][]string{}
	c.drain()
	for _, paths := range c.spy.pages {
		slices.Sort(paths)
	}
	return c.spy.pages
}

// renders fails unless exactly these pages of a site are rendered by what waits.
func (c *city) renders(want map[string][]string) {
	c.t.Helper()
	got := c.rendered()
	for code, paths := range want {
		slices.Sort(paths)
		if !slices.Equal(got[code], slices.Compact(paths)) {
			c.t.Errorf("%s rendered\n  %s\nwant\n  %s", code, strings.Join(got[code], "\n  "),
				strings.Join(paths, "\n  "))
		}
	}
	for code := range got {
		if want[code] == nil {
			c.t.Errorf("%s rendered %v, want nothing", code, got[code])
		}
	}
}

// get returns what answers at an address.
func (c *city) get(code, path string) (manifest.Entry, string) {
	c.t.Helper()
	e, found, err := manifest.Get(c.ctx, c.pub.nodes, c.head(code).Root, path)
	c.must(err)
	if !found {
		return e, ""
	}
	if !e.HasBody() {
		return e, ""
	}
	if e.Loc.Pack == "" {
		b, err := c.blobs.Bytes(c.ctx, e.Hash.String(), e.Size)
		c.must(err)
		return e, string(b)
	}
	b, err := c.blobs.ReadRange(c.ctx, e.Loc.Pack, e.Loc.Off, e.Loc.Len)
	c.must(err)
	return e, string(b)
}

func (c *city) status(code, path string) int { e, _ := c.get(code, path); return e.Status }

// addresses returns everything public on a site.
func (c *city) addresses(code string) []string {
	c.t.Helper()
	var out []string
	c.must(manifest.Walk(c.ctx, c.pub.nodes, c.head(code).Root, func(e manifest.Entry) error {
		out = append(out, e.Path)
		return nil
	}))
	slices.Sort(out)
	return out
}

// path is an item's address on a site.
func (c *city) path(code string, id int64) string {
	c.t.Helper()
	at, err := c.pub.Addresses(c.ctx, c.site(code).ID, id)
	c.must(err)
	return at[id]
}

// clean fails unless every site is proven.
func (c *city) clean() {
	c.t.Helper()
	sites, err := c.reg.Sites(c.ctx)
	c.must(err)
	for _, s := range sites {
		proof, err := c.pub.Verify(c.ctx, s.ID)
		c.must(err)
		for i, p := range proof.Problems {
			if i == 10 {
				break
			}
			c.t.Errorf("%s %s %s: %s", p.Site, p.Kind, p.Path, p.Text)
		}
		if proof.Waiting != 0 {
			c.t.Errorf("%s: %d pages wait", s.Code, proof.Waiting)
		}
		if _, err := c.pub.VerifyLedger(c.ctx, s.ID); err != nil {
			c.t.Error(err)
		}
	}
	if c.t.Failed() {
		c.t.FailNow()
	}
}

func (c *city) head(code string) manifest.Head {
	c.t.Helper()
	st, err := c.pub.Status(c.ctx, c.site(code).ID)
	c.must(err)
	return st.Head
}

// exec changes rows behind the platform's back.
func (c *city) exec(query string, args ...any) error {
	return c.db.InTx(c.ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(ctx)
		return err
	})
}

// reopen opens storage again, as a process that starts does.
func (c *city) reopen() {
	c.t.Helper()
	c.must(c.blobs.Close())
	var err error
	c.blobs, err = blob.Open(c.ctx, "dir:"+c.dir)
	c.must(err)
	c.pub.Blobs, c.pub.nodes = c.blobs, newNodeCache(c.blobs)
}
