package repair_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/bus"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/repair"
)

// harm is a kind of damage and what a repair must make of it.
type harm struct {
	name     string
	do       func(c *city)
	replaced bool     // a new revision is signed
	evidence []string // in the list of what was kept
}

func harms() []harm {
	return []harm{
		{"page", func(c *city) { c.flipAt(c.article().Loc) }, false, []string{"damaged pack/" + damaged}},
		{"form", func(c *city) { c.flipAt(c.article().Variants[0].Loc) }, false, []string{"damaged pack/"}},
		{"page and forms", func(c *city) {
			e := c.article()
			c.flipAt(e.Loc)
			for _, v := range e.Variants {
				c.flipAt(v.Loc)
			}
		}, false, []string{"damaged pack/"}},
		{"home page, list, feed, map, theme file", func(c *city) {
			for _, path := range []string{"/", "/sitemap.xml", "/rss.xml", "/wzdt/", "/404.html", "/closed.html"} {
				e := c.entry(path)
				c.flipAt(e.Loc)
				for _, v := range e.Variants {
					c.flipAt(v.Loc)
				}
			}
			_, _, all := c.tree()
			i := slices.IndexFunc(all, func(e manifest.Entry) bool { return strings.HasSuffix(e.Path, ".css") })
			c.flipAt(all[i].Loc)
			for _, v := range all[i].Variants {
				c.flipAt(v.Loc)
			}
		}, false, []string{"damaged pack/"}},
		{"one byte of a page", func(c *city) { c.flip(c.article().Loc.Pack, c.article().Loc.Off, 1) }, false, nil},
		{"leaf node", func(c *city) { _, leaves, _ := c.tree(); c.flipAt(leaves[len(leaves)/2].Loc) }, true, nil},
		{"root", func(c *city) { c.flipAt(c.head().Root.Loc) }, true, nil},
		{"all of the pack", func(c *city) { c.flip(c.head().Root.Loc.Pack, 0, 0) }, true, nil},
		{"pack missing", func(c *city) { c.must(os.Remove(c.file(c.head().Root.Loc.Pack))) }, true, nil},
		{"pack cut short", func(c *city) {
			c.must(os.Chmod(c.file(c.head().Root.Loc.Pack), 0o600))
			c.must(os.Truncate(c.file(c.head().Root.Loc.Pack), 5000))
		}, true, nil},
	}
}

// TestEveryHarm: each kind of damage takes something from the public; a dry repair says so and changes nothing; a
// repair gives back the same bytes at every address, keeps what was damaged, and finds nothing the second time.
func TestEveryHarm(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		paths := c.paths()
		before := c.view(paths)
		for _, h := range harms() {
			head := c.head()
			pack := c.file(head.Root.Loc.Pack)
			h.do(c)
			broken, _ := os.ReadFile(pack)
			lost := len(differing(before, c.view(paths)))
			dry, err := c.p.Repairer.Site(c.ctx, c.site().ID, true)
			c.must(err)
			if now, _ := os.ReadFile(pack); dry.Damaged == 0 || dry.OK() || dry.Evidence != "" ||
				string(now) != string(broken) || c.head().Hash() != head.Hash() {
				t.Errorf("%s: a dry repair: %+v", h.name, dry)
			}
			rep, err := c.p.Repairer.Site(c.ctx, c.site().ID, false)
			c.must(err)
			if !rep.OK() || rep.Damaged == 0 || (rep.Replaced != 0) != h.replaced ||
				(c.head().Hash() != head.Hash()) != h.replaced {
				t.Errorf("%s: %+v", h.name, rep)
			}
			if !h.replaced {
				kept := c.evidence(rep.Evidence)
				for _, text := range h.evidence {
					if !strings.Contains(kept, text) {
						t.Errorf("%s: %q is not in the evidence:\n%s", h.name, text, kept)
					}
				}
			}
			back := differing(before, c.view(paths))
			if len(back) != 0 {
				t.Errorf("%s: %d of %d addresses differ after the repair: %.500v", h.name, len(back), len(paths), back)
			}
			t.Logf("| %s | %d of %d addresses away or wrong | damaged %d, by hash %d, new revision %v | %d of %d as before |",
				h.name, lost, len(paths), rep.Damaged, rep.Repaired, h.replaced, len(paths)-len(back), len(paths))
			c.proven()
			again, err := c.p.Repairer.Site(c.ctx, c.site().ID, false)
			c.must(err)
			// what older revisions have lost stays lost, and is told each time
			if again.Repaired != 0 || again.Replaced != 0 || !h.replaced && again.Damaged != 0 {
				t.Errorf("%s: the second time: %+v", h.name, again)
			}
			if h.replaced { // the damaged revision is still kept for a rollback: begin the next case without it
				c.forgetOld()
			}
		}
	})
}

// forgetOld says that only the newest revision is kept.
func (c *city) forgetOld() {
	c.t.Helper()
	c.exec("DELETE FROM publish_keep WHERE site_id = ?", c.site().ID)
	c.exec("INSERT INTO publish_keep (site_id, oldest) VALUES (?, ?)", c.site().ID, c.head().Revision)
}

// TestOldRevisionsAreNamed: pages that only an older revision has cannot be made again; the revision is named, and the
// newest one is not touched.
func TestOldRevisionsAreNamed(t *testing.T) {
	c := newCity(t)
	first := c.head()
	c.publishAnew()
	if c.head().Revision != first.Revision+1 {
		t.Fatalf("revision %d", c.head().Revision)
	}
	c.flipAt(first.Root.Loc)
	rep, err := c.p.Repairer.Site(c.ctx, c.site().ID, false)
	c.must(err)
	if len(rep.Lost) != 1 || rep.Lost[0].Kind != "revision" || !strings.Contains(rep.Lost[0].Advice, "第 1 版") ||
		rep.Replaced != 0 || rep.OK() {
		t.Errorf("%+v", rep)
	}
	c.proven()
}

// publishAnew makes a revision with another time on its pages.
func (c *city) publishAnew() {
	c.t.Helper()
	c.exec("UPDATE site_site SET name = name || '。' WHERE code = ?", damaged)
	_, err := c.p.Publisher.BuildAll(c.ctx, c.site().ID)
	c.must(err)
}

// TestPageThatComesOutOtherwise: what is rendered from changed content has another hash; only a new revision helps.
func TestPageThatComesOutOtherwise(t *testing.T) {
	c := newCity(t)
	paths := c.paths()
	e := c.article()
	c.exec("UPDATE site_site SET name = name || '。' WHERE code = ?", damaged) // behind the platform's back
	c.flipAt(e.Loc)
	for _, v := range e.Variants {
		c.flipAt(v.Loc)
	}
	rep, err := c.p.Repairer.Site(c.ctx, c.site().ID, false)
	c.must(err)
	if rep.Replaced != 2 || rep.Repaired != 0 || !rep.OK() {
		t.Errorf("%+v", rep)
	}
	for path, answer := range c.view(paths) {
		if strings.HasPrefix(answer, "503") && path != "/closed.html" {
			t.Errorf("%s: %s", path, answer)
		}
	}
	c.proven()
}

// TestPinnedSite: a site that was rolled back is repaired by hash; what is not possible so is left to people.
func TestPinnedSite(t *testing.T) {
	c := newCity(t)
	c.publishAnew()
	_, err := c.p.Control.Rollback(c.ctx, c.site().ID, 1, "演练")
	c.must(err)
	before := c.view(c.paths())
	e := c.article()
	c.flipAt(e.Variants[0].Loc)
	rep, err := c.p.Repairer.Site(c.ctx, c.site().ID, false)
	c.must(err)
	if !rep.OK() || rep.Repaired != 1 || len(differing(before, c.view(c.paths()))) != 0 {
		t.Errorf("by hash: %+v", rep)
	}
	c.flipAt(c.head().Root.Loc)
	rep, err = c.p.Repairer.Site(c.ctx, c.site().ID, false)
	c.must(err)
	if rep.Replaced != 0 || rep.OK() || !slices.ContainsFunc(rep.Lost, func(l repair.Loss) bool {
		return l.Kind == "pinned" && strings.Contains(l.Advice, "结束回退")
	}) {
		t.Errorf("the root: %+v", rep)
	}
	// as the advice says, in a process that has not read the root before
	c.open()
	if _, err := c.p.Control.Resume(c.ctx, c.site().ID); err == nil {
		t.Error("a build over a lost root succeeds")
	}
	rep, err = c.p.Repairer.Site(c.ctx, c.site().ID, false)
	c.must(err)
	if rep.Replaced == 0 {
		t.Errorf("after the end of the rollback: %+v", rep)
	}
	c.proven()
}

// TestDamagedLedgerIsRefused: what proves everything else is not repaired.
func TestDamagedLedgerIsRefused(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.publishAnew()
		pack := c.file(c.article().Loc.Pack)
		c.flipAt(c.article().Loc)
		broken, err := os.ReadFile(pack)
		c.must(err)
		for _, harm := range []string{
			"UPDATE publish_ledger SET head = replace(head, 'running', 'closed') WHERE site_id = ? AND revision = 1",
			"DELETE FROM publish_ledger WHERE site_id = ? AND revision = 1",
			"UPDATE publish_site SET head = replace(head, 'running', 'closed') WHERE site_id = ?",
		} {
			c.exec(harm, c.site().ID)
			rep, err := c.p.Repairer.Site(c.ctx, c.site().ID, false)
			c.must(err)
			if rep.OK() || !strings.Contains(rep.Refused, "从备份恢复") || rep.Repaired != 0 {
				t.Errorf("%s: %+v", harm, rep)
			}
		}
		if now, err := os.ReadFile(pack); err != nil || string(now) != string(broken) {
			t.Errorf("something was written: %v", err)
		}
	})
}

// TestFiles: a damaged picture is taken from a mirror; without one it is named with the items that use it. Lists of
// chunks are computed again; originals are named.
func TestFiles(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		e := c.media()
		name := blob.CASName(e.Hash.String())
		right, err := os.ReadFile(c.file(name))
		c.must(err)
		c.flip(name, 0, 3)
		rep, err := c.p.Repairer.Site(c.ctx, c.site().ID, false)
		c.must(err)
		if len(rep.Lost) != 1 || rep.Lost[0].Kind != "media" || rep.Lost[0].Object != name ||
			len(rep.Lost[0].Items) == 0 || !strings.Contains(rep.Lost[0].Advice, "备份") || rep.Replaced != 0 {
			t.Fatalf("without a copy: %+v", rep)
		}
		all, err := c.p.Repairer.Files(c.ctx, true)
		c.must(err)
		if all.Damaged != 1 || len(all.Lost) != 1 || all.Lost[0].Object != name || all.Checked < 10 {
			t.Errorf("files: %+v", all)
		}
		mirror, err := blob.Open(c.ctx, "dir:"+t.TempDir())
		c.must(err)
		defer mirror.Close()
		_, err = mirror.Put(c.ctx, strings.NewReader("something else"), 0)
		c.must(err)
		_, err = mirror.Put(c.ctx, strings.NewReader(string(right)), 0)
		c.must(err)
		c.p.Repairer.Sources = []repair.Source{mirror}
		rep, err = c.p.Repairer.Site(c.ctx, c.site().ID, false)
		c.must(err)
		if !rep.OK() || rep.Repaired != 1 || !strings.Contains(c.evidence(rep.Evidence), "damaged "+name) {
			t.Errorf("with a copy: %+v", rep)
		}
		c.must(os.Remove(c.file(name)))
		if rep, err = c.p.Repairer.Files(c.ctx, false); err != nil || !rep.OK() || rep.Repaired != 1 {
			t.Errorf("a missing file: %+v, %v", rep, err)
		}
		c.proven()
		c.p.Repairer.Sources = nil
		c.original()
	})
}

// original damages what a page was imported from.
func (c *city) original() {
	c.t.Helper()
	_, _, entries := c.tree()
	for info, err := range c.p.Blobs.List(c.ctx, "cas/") {
		c.must(err)
		hash := blob.CASHash(info.Name)
		if slices.ContainsFunc(entries, func(e manifest.Entry) bool { return e.Hash.String() == hash }) {
			continue
		}
		if items, err := c.p.Published.ItemsWithFile(c.ctx, hash); err != nil || len(items) == 0 {
			continue
		}
		c.flip(info.Name, 1, 2)
		rep, err := c.p.Repairer.Files(c.ctx, false)
		c.must(err)
		if len(rep.Lost) != 1 || rep.Lost[0].Kind != "original" || len(rep.Lost[0].Items) == 0 {
			c.t.Errorf("an original: %+v", rep)
		}
		return
	}
	c.t.Error("the city has no originals")
}

// TestMirrorGivesNodes: a node cannot be made again, but an edge on this machine may have it: no new revision.
func TestMirrorGivesNodes(t *testing.T) {
	c := newCity(t)
	before, head := c.view(c.paths()), c.head()
	dir := t.TempDir()
	c.must(os.CopyFS(filepath.Join(dir, "pack"), os.DirFS(c.file("pack"))))
	mirror, err := blob.Open(c.ctx, "dir:"+dir)
	c.must(err)
	defer mirror.Close()
	c.p.Repairer.Sources = []repair.Source{mirror}
	for _, harm := range []func(){
		func() { c.flip(head.Root.Loc.Pack, 0, 0) },
		func() { c.must(os.Remove(c.file(head.Root.Loc.Pack))) },
	} {
		paths := c.paths()
		harm()
		rep, err := c.p.Repairer.Site(c.ctx, c.site().ID, false)
		c.must(err)
		if !rep.OK() || rep.Replaced != 0 || c.head().Hash() != head.Hash() {
			t.Errorf("%+v", rep)
		}
		if d := differing(before, c.view(paths)); len(d) != 0 {
			t.Errorf("%.300v", d)
		}
		c.proven()
	}
}

// TestRepairsAtOnce: many repairs of one site, also by a second process, end with everything right and one evidence of
// each damage.
func TestRepairsAtOnce(t *testing.T) {
	c := newCity(t)
	before := c.view(c.paths())
	_, _, all := c.tree()
	for i := range all {
		if all[i].HasBody() && all[i].Loc.Pack != "" && i%3 == 0 {
			c.flipAt(all[i].Loc)
		}
	}
	first := c.p.Repairer
	c.open()
	var group sync.WaitGroup
	mended := make([]int, 6)
	for i := range mended {
		group.Go(func() {
			by := []*repair.Repairer{first, c.p.Repairer}[i%2]
			rep, err := by.Site(c.ctx, c.site().ID, false)
			if err != nil || !rep.OK() || rep.Replaced != 0 {
				t.Errorf("%+v, %v", rep, err)
			}
			mended[i] = rep.Repaired
		})
	}
	group.Wait()
	sum := 0
	for _, n := range mended {
		sum = max(sum, n)
	}
	if i := slices.IndexFunc(mended, func(n int) bool { return n != 0 && n != sum }); i >= 0 || sum == 0 {
		t.Errorf("mended %v: one repair has to find all, the others nothing", mended)
	}
	if d := differing(before, c.view(c.paths())); len(d) != 0 {
		t.Errorf("%.300v", d)
	}
	c.proven()
}

// TestRunningPlatformSeesTheRepair: nodes that were read while they were damaged are not remembered.
func TestRunningPlatformSeesTheRepair(t *testing.T) {
	c := newCity(t)
	running := c.p
	_, leaves, _ := c.tree()
	pack := leaves[0].Loc.Pack
	right, err := os.ReadFile(c.file(pack))
	c.must(err)
	c.open() // nothing is remembered in this one
	reader := c.p
	c.flipAt(leaves[0].Loc)
	if _, err := reader.Publisher.BuildAll(c.ctx, c.site().ID); err == nil {
		t.Error("a build over a damaged node succeeds")
	}
	other, err := blob.Open(c.ctx, "dir:"+filepath.Join(c.data, "blob"))
	c.must(err)
	defer other.Close()
	c.must(other.Patch(c.ctx, pack, []blob.Piece{{Off: leaves[0].Loc.Off,
		Bytes: right[leaves[0].Loc.Off : leaves[0].Loc.Off+leaves[0].Loc.Len]}}))
	if _, err := reader.Publisher.BuildAll(c.ctx, c.site().ID); err != nil {
		t.Errorf("after the repair by another process: %v", err)
	}
	_ = running
	c.proven()
}

// wishes is a bus on which one request lies.
type wishes struct{ value string }

func (wishes) Put(context.Context, string, string, []byte) (uint64, error) { return 0, nil }

func (w wishes) Watch(context.Context, string) (<-chan bus.Entry, error) {
	in := make(chan bus.Entry, 1)
	in <- bus.Entry{Key: damaged, Value: []byte(w.value)}
	close(in)
	return in, nil
}

// TestWatchLeavesAnEmptyStore: a store that was lost, or is not mounted, is not taken for damaged pages: nothing is
// signed without its pictures. With one object in it the pages are made again.
func TestWatchLeavesAnEmptyStore(t *testing.T) {
	c := newCity(t)
	asked := wishes{fmt.Sprintf(`{"paths":["/"],"at":%d}`, time.Now().UnixMilli())}
	store := filepath.Join(c.data, "blob")
	for _, part := range []string{"pack", "cas"} {
		c.must(os.Rename(filepath.Join(store, part), filepath.Join(c.data, part+".away")))
	}
	before := c.head().Revision
	c.must(c.p.Repairer.Watch(c.ctx, asked))
	if now := c.head().Revision; now != before {
		t.Errorf("revision %d was signed over an empty store", now)
	}
	c.must(os.Rename(filepath.Join(c.data, "cas.away"), filepath.Join(store, "cas")))
	c.must(c.p.Repairer.Watch(c.ctx, asked))
	if now := c.head().Revision; now != before+1 {
		t.Errorf("with the pictures back: revision %d after %d", now, before)
	}
	c.proven()
}
