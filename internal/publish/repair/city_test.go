package repair_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/demo"
	"guiyi/internal/app"
	"guiyi/internal/app/config"
	"guiyi/internal/edge"
	"guiyi/internal/edge/verified"
	"guiyi/internal/exchange"
	"guiyi/internal/exchange/source/files"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/site"
)

// city is a published demo city whose stored bytes are damaged and repaired.
type city struct {
	t    *testing.T
	ctx  context.Context
	data string
	p    *app.Platform
	env  []string
}

// damaged is the site that the tests damage.
const damaged = "linjiang"

// each runs a test on both engines.
func each(t *testing.T, fn func(t *testing.T, c *city)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		fn(t, newCity(t, "GUIYI_DATABASE="+dsn))
	})
}

func newCity(t *testing.T, env ...string) *city {
	t.Helper()
	c := &city{t: t, ctx: actor.With(t.Context(), actor.Unlimited("test")), data: t.TempDir()}
	c.env = append(env, "GUIYI_DATA_DIR="+c.data)
	c.open()
	sites, err := fs.Sub(demo.Files, "sites")
	c.must(err)
	decls, err := site.ReadDeclarations(sites)
	c.must(err)
	_, err = c.p.SiteDesk.Apply(c.ctx, decls, sites)
	c.must(err)
	for _, d := range decls {
		content, err := fs.Sub(demo.Files, "content/"+d.Site)
		c.must(err)
		_, err = c.p.Exchange.Run(c.ctx, exchange.Request{Source: files.OpenContent("demo-"+d.Site, content),
			Site: d.Site})
		c.must(err)
	}
	c.must(c.p.Drain(c.ctx))
	return c
}

// open opens the platform over the folder, as a command does.
func (c *city) open() {
	c.t.Helper()
	cfg, err := config.Load(config.Sources{Env: c.env})
	c.must(err)
	c.p, err = app.Open(c.ctx, cfg.Config, false, io.Discard)
	c.must(err)
	p := c.p
	c.t.Cleanup(func() { _ = p.Close() })
}

func (c *city) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *city) site() *site.Site {
	c.t.Helper()
	s, err := c.p.Sites.ByCode(c.ctx, damaged)
	c.must(err)
	return s
}

func (c *city) head() manifest.Head {
	c.t.Helper()
	state, err := ledger.Of(c.ctx, c.p.DB.Read(), c.site().ID)
	c.must(err)
	h, err := state.Newest()
	c.must(err)
	return h
}

// tree returns nodes and entries of the newest revision.
func (c *city) tree() (nodes []manifest.Ref, leaves []manifest.Ref, entries []manifest.Entry) {
	c.t.Helper()
	load := func(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
		b, err := c.p.Blobs.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
		if err != nil {
			return nil, err
		}
		return manifest.DecodeNode(b, ref.Hash)
	}
	c.must(manifest.WalkNodes(c.ctx, load, c.head().Root,
		func(ref manifest.Ref, n *manifest.Node, failed error) error {
			if failed != nil {
				return failed
			}
			nodes = append(nodes, ref)
			if n.Children == nil {
				leaves = append(leaves, ref)
			}
			entries = append(entries, n.Entries...)
			return nil
		}))
	return nodes, leaves, entries
}

func (c *city) entry(path string) manifest.Entry {
	c.t.Helper()
	_, _, all := c.tree()
	i := slices.IndexFunc(all, func(e manifest.Entry) bool { return e.Path == path })
	if i < 0 {
		c.t.Fatalf("nothing at %s", path)
	}
	return all[i]
}

// media returns an entry of a file outside packs.
func (c *city) media() manifest.Entry {
	c.t.Helper()
	_, _, all := c.tree()
	i := slices.IndexFunc(all, func(e manifest.Entry) bool { return e.HasBody() && e.Loc.Pack == "" })
	if i < 0 {
		c.t.Fatal("the city has no picture")
	}
	return all[i]
}

func (c *city) file(name string) string {
	return filepath.Join(c.data, "blob", filepath.FromSlash(name))
}

// flip changes bytes of a stored object in place.
func (c *city) flip(name string, off, n int64) {
	c.t.Helper()
	b, err := os.ReadFile(c.file(name))
	c.must(err)
	if n == 0 {
		n = int64(len(b))
	}
	for i := off; i < off+n; i++ {
		b[i] ^= 0x55
	}
	c.must(os.Chmod(c.file(name), 0o600))
	c.must(os.WriteFile(c.file(name), b, 0o600))
}

func (c *city) flipAt(at manifest.Loc) { c.flip(at.Pack, at.Off, at.Len) }

// view is what an edge that starts now gives the public at every address.
func (c *city) view(paths []string) map[string]string {
	c.t.Helper()
	fresh, err := blob.Open(c.ctx, "dir:"+filepath.Join(c.data, "blob")) // no file is open from before
	c.must(err)
	defer fresh.Close()
	e, err := edge.New(edge.Options{Stores: []verified.Blobs{fresh}, Ring: c.p.Ring})
	c.must(err)
	c.must(e.SetHead(c.head()))
	out := map[string]string{}
	for _, path := range paths {
		r := httptest.NewRequest(http.MethodGet, "http://"+damaged+".localhost"+path, nil)
		w := httptest.NewRecorder()
		func() {
			defer func() { // a file that turns out wrong in the middle cuts the connection
				if recover() != nil {
					out[path] = "cut"
				}
			}()
			e.ServeHTTP(w, r)
			out[path] = fmt.Sprint(w.Code, " ", w.Header().Get("Location"), " ",
				manifest.Sum(w.Body.Bytes()).String()[:16])
		}()
	}
	return out
}

func (c *city) paths() (all []string) {
	_, _, entries := c.tree()
	for i := range entries {
		all = append(all, entries[i].Path)
	}
	slices.Sort(all)
	return all
}

func differing(a, b map[string]string) (out []string) {
	for _, path := range slices.Sorted(maps.Keys(a)) {
		if a[path] != b[path] {
			out = append(out, path+" "+b[path])
		}
	}
	return out
}

// proven verifies the site: pages, bytes and ledger.
func (c *city) proven() {
	c.t.Helper()
	proof, err := c.p.Publisher.Verify(c.ctx, c.site().ID)
	if err != nil || !proof.OK() {
		c.t.Errorf("verify: %+v, %v", proof, err)
	}
}

// evidence reads what was kept of a repair.
func (c *city) evidence(folder string) string {
	c.t.Helper()
	var all bytes.Buffer
	c.must(filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		fmt.Fprintln(&all, filepath.ToSlash(rel))
		return err
	}))
	list, err := os.ReadFile(filepath.Join(folder, "list.txt"))
	c.must(err)
	return all.String() + string(list)
}

func (c *city) exec(query string, args ...any) {
	c.t.Helper()
	c.must(exec(c.ctx, c.p.DB, query, args...))
}

// article is the page of an item, with compressed forms.
func (c *city) article() manifest.Entry {
	c.t.Helper()
	_, _, all := c.tree()
	for i := range all {
		if e := all[i]; strings.Contains(e.Path, "/t2") && e.Status == http.StatusOK && len(e.Variants) > 0 &&
			e.Loc.Pack != "" {
			return e
		}
	}
	c.t.Fatal("no article")
	return manifest.Entry{}
}

func exec(ctx context.Context, db *store.DB, query string, args ...any) error {
	return db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}
