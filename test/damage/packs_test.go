package damage

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/repair"
)

// flip changes stored bytes of an object in place, all of them when n is 0.
func flip(t *testing.T, data, name string, off, n int64) {
	t.Helper()
	file := filepath.Join(data, "blob", filepath.FromSlash(name))
	b, err := os.ReadFile(file)
	must(t, err)
	if n == 0 {
		n = int64(len(b))
	}
	for i := off; i < off+n; i++ {
		b[i] ^= 0x55
	}
	must(t, os.Chmod(file, 0o600))
	must(t, os.WriteFile(file, b, 0o600))
}

// pieces are the places of one site's bytes, by what lies there.
type pieces struct {
	root, leaf manifest.Loc
	page       manifest.Entry // an article with all its forms
	media      manifest.Entry // a file outside packs
}

func find(t *testing.T, data, site string) (p pieces) {
	t.Helper()
	each(t, data, func(h manifest.Head, ref manifest.Ref, n *manifest.Node) {
		if h.Site != site {
			return
		}
		p.root = h.Root.Loc
		if n.Children == nil {
			p.leaf = ref.Loc
		}
		for _, e := range n.Entries {
			switch {
			case e.HasBody() && e.Loc.Pack == "":
				p.media = e
			case strings.Contains(e.Path, "/t2") && len(e.Variants) > 0:
				p.page = e
			}
		}
	})
	return p
}

const hurt = "linjiang"

// packDamages are done to a running platform, which is to notice and mend them by itself.
var packDamages = []struct {
	name string
	do   func(t *testing.T, data string, p pieces)
}{
	{"a page with all its forms", func(t *testing.T, data string, p pieces) {
		flip(t, data, p.page.Loc.Pack, p.page.Loc.Off, p.page.Loc.Len)
		for _, v := range p.page.Variants {
			flip(t, data, v.Loc.Pack, v.Loc.Off, v.Loc.Len)
		}
	}},
	{"a node", func(t *testing.T, data string, p pieces) { flip(t, data, p.leaf.Pack, p.leaf.Off, p.leaf.Len) }},
	{"the root", func(t *testing.T, data string, p pieces) { flip(t, data, p.root.Pack, p.root.Off, p.root.Len) }},
	{"the whole pack", func(t *testing.T, data string, p pieces) { flip(t, data, p.root.Pack, 0, 0) }},
	{"the pack is gone", func(t *testing.T, data string, p pieces) {
		must(t, os.Remove(filepath.Join(data, "blob", filepath.FromSlash(p.root.Pack))))
	}},
}

// TestRunningPlatformMendsItself: pages come back by themselves, with the same bytes, within seconds of being asked
// for.
func TestRunningPlatformMendsItself(t *testing.T) {
	t.Parallel()
	for _, d := range packDamages {
		t.Run(d.name, func(t *testing.T) {
			data, _ := city(t, "")
			all := addresses(t, data)
			place := find(t, data, hurt)
			p := at(t, data)
			p.serve()
			p.ready()
			before := p.look(all)
			p.stop() // nothing in memory, no file open
			d.do(t, data, place)
			p.serve()
			began := time.Now()
			first, _ := same(before, p.look(all))
			p.await("all pages are back", func() error {
				if n, different := same(before, p.look(all)); n != len(all) {
					return fmt.Errorf("%d of %d: %.300v", n, len(all), different)
				}
				return nil
			})
			took := time.Since(began)
			if took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if out := p.out.String(); !strings.Contains(out, "damaged pages repaired") {
				t.Error(out)
			}
			kept, err := filepath.Glob(filepath.Join(data, "damaged", "*-"+hurt))
			must(t, err)
			if d.name == packDamages[0].name && len(kept) == 0 {
				t.Error("no evidence")
			}
			if code, out := p.run("verify"); code != 0 {
				t.Errorf("verify: %s", out)
			}
			n := strings.Count(p.out.String(), "damaged pages repaired")
			time.Sleep(time.Second) // nothing goes on by itself
			if again := strings.Count(p.out.String(), "damaged pages repaired"); again != n || n > 4 {
				t.Errorf("repaired %d and %d times", n, again)
			}
			p.stop()
			t.Logf("| running, %s | first look: %d of %d addresses | all as before after %.1f s, by itself |", d.name, first,
				len(all), took.Seconds())
		})
	}
}

// TestRepairCommand: everything at once on a stopped platform, in several sites; what is lost is named; the second time
// there is nothing to do but to name it again.
func TestRepairCommand(t *testing.T) {
	t.Parallel()
	data, _ := city(t, "")
	all := addresses(t, data)
	p := at(t, data)
	p.serve()
	before := p.look(all)
	p.stop()
	place := find(t, data, hurt)
	sites := []string{"qinghe", "rsj", "jtj"}
	places := make([]pieces, len(sites))
	for i, site := range sites {
		places[i] = find(t, data, site)
	}
	for i := range sites {
		packDamages[i].do(t, data, places[i])
	}
	flip(t, data, casName(place.media), 0, 4)

	code, out := p.run("verify")
	if code != 1 || !strings.Contains(out, "guiyi repair") {
		t.Errorf("verify does not offer the repair: %d %s", code, out)
	}
	code, out = p.run("repair", "--dry-run")
	if code != 1 || !strings.Contains(out, "没有改动") {
		t.Errorf("dry: %d %s", code, out)
	}
	if _, err := os.Stat(filepath.Join(data, "damaged")); err == nil {
		t.Error("a dry repair writes")
	}
	code, out = p.run("repair")
	for _, text := range []string{"qinghe 第 1 版", "成为第 2 版", "按原散列修复", place.media.Path, "重新上传", "用到它的信息", "damaged"} {
		if !strings.Contains(out, text) {
			t.Errorf("%q is missing in\n%s", text, out)
		}
	}
	if code != 1 {
		t.Errorf("with something lost: status %d", code)
	}
	reports := p.repairJSON(t)
	mended := 0
	for _, r := range reports {
		mended += r.Repaired + int(r.Replaced)
	}
	if mended != 0 || len(reports) != 5 {
		t.Errorf("the second time: %+v", reports)
	}
	p.serve()
	p.ready()
	equal, different := same(before, p.look(all))
	if equal != len(all)-1 || !strings.HasPrefix(different[0], hurt+" "+place.media.Path) {
		t.Errorf("%d of %d addresses as before: %.500v", equal, len(all), different)
	}
	t.Logf("| stopped, three sites and a picture | guiyi repair | %d of %d addresses; the picture is named |", equal, len(all))
	p.stop()
	if code, out := p.run("repair", "--site", "rsj"); code != 1 && code != 0 || strings.Contains(out, "qinghe") {
		t.Errorf("one site: %s", out)
	}
}

func casName(e manifest.Entry) string {
	return "cas/" + e.Hash.String()[:2] + "/" + e.Hash.String()[2:]
}

func (p *platform) repairJSON(t *testing.T) (all []repair.Report) {
	t.Helper()
	_, out := p.run("repair", "--json")
	for line := range strings.Lines(out) {
		var r repair.Report
		if strings.HasPrefix(line, "{") {
			must(t, json.Unmarshal([]byte(line), &r))
			all = append(all, r)
		}
	}
	return all
}

// TestKilledRepairs kills repairs at random moments, two at a time and beside a running platform, and lets one finish.
func TestKilledRepairs(t *testing.T) {
	t.Parallel()
	data, _ := city(t, "")
	all := addresses(t, data)
	p := at(t, data)
	p.serve()
	before := p.look(all)
	names, err := filepath.Glob(filepath.Join(data, "blob", "pack", "*", "*"))
	must(t, err)
	for round := range 4 {
		for _, name := range names {
			rel, err := filepath.Rel(filepath.Join(data, "blob"), name)
			must(t, err)
			info, err := os.Stat(name)
			must(t, err)
			if info.Size() < 4000 {
				continue
			}
			for range 20 {
				flip(t, data, filepath.ToSlash(rel), rand.Int64N(info.Size()-100), 90)
			}
		}
		for range 2 {
			cmd := exec.Command(p.exe, "repair")
			cmd.Env = p.env
			must(t, cmd.Start())
			go func() { _ = cmd.Wait() }()
			time.AfterFunc(rand.N(400*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
		time.Sleep(500 * time.Millisecond)
		if _, out := p.run("repair"); strings.Contains(out, "没有修复") {
			t.Fatalf("round %d: %s", round, out)
		}
	}
	p.await("all pages are back", func() error {
		if n, different := same(before, p.look(all)); n != len(all) {
			return fmt.Errorf("%d of %d: %.300v", n, len(all), different)
		}
		return nil
	})
	if code, out := p.run("verify"); code != 0 {
		t.Errorf("verify: %s", out)
	}
	if code, out := p.run("ledger", "verify"); code != 0 {
		t.Errorf("ledger: %s", out)
	}
	p.stop()
	left := 0
	must(t, filepath.WalkDir(filepath.Join(data, "blob", ".tmp"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left++
		}
		return err
	}))
	t.Logf("%d unfinished files are left for the sweep", left)
}

// TestIndexHeadsAndKeys: what is made again without a word, and what is not.
func TestIndexHeadsAndKeys(t *testing.T) {
	t.Parallel()
	data, _ := city(t, "")
	all := addresses(t, data)
	p := at(t, data)
	p.serve()
	before := p.look(all)
	const query = "qinghe /search?q=%E5%81%9C%E6%B0%B4"
	found := p.look([]string{query})
	p.stop()
	check := func(what string) {
		t.Helper()
		if !p.serve() {
			t.Fatalf("%s: %s", what, p.out)
		}
		p.ready()
		p.await(what, func() error {
			if n, different := same(before, p.look(all)); n != len(all) {
				return fmt.Errorf("%d of %d: %.300v", n, len(all), different)
			}
			return nil
		})
		t.Logf("| %s | ready | %d of %d addresses, by itself |", what, len(all), len(all))
	}
	must(t, os.RemoveAll(filepath.Join(data, "search")))
	check("index gone")
	p.await("the index is back", func() error {
		if now := p.look([]string{query}); now[query][:3] != found[query][:3] || len(p.troubles()) != 0 {
			return os.ErrNotExist
		}
		return nil
	})
	p.stop()
	for _, name := range []string{"qinghe.json", "rsj.mark"} {
		must(t, os.WriteFile(filepath.Join(data, "heads", name), []byte("rubbish"), 0o600))
	}
	must(t, os.Remove(filepath.Join(data, "heads", "jtj.json")))
	check("heads on disk damaged")
	if n := strings.Count(p.out.String(), "edge: head-file"); n < 3 {
		t.Errorf("%d damaged heads are told of", n)
	}
	p.await("heads are written anew", func() error {
		if len(goodHeads(data)) != 4 {
			return fmt.Errorf("%v", goodHeads(data))
		}
		return nil
	})
	p.stop()
	must(t, os.Remove(filepath.Join(data, "keys", "ed25519.key")))
	check("private key gone")
	if code, out := p.run("publish", "--full"); code != 0 {
		t.Errorf("with a new key: %s", out)
	}
	if code, out := p.run("ledger", "verify"); code != 0 {
		t.Errorf("with a new key: %s", out)
	}
	p.await("revisions of the new key are served", func() error {
		for _, h := range heads(t, data) {
			if h.Revision < 2 {
				return fmt.Errorf("%s is at %d", h.Site, h.Revision)
			}
		}
		return nil
	})
	p.stop()
	keys := filepath.Join(data, "keys")
	must(t, os.Rename(keys, keys+".away"))
	if p.serve() {
		t.Error("a platform without any key starts")
	}
	out := p.out.String()
	if !strings.Contains(out, "没有这把密钥") || !strings.Contains(out, "备份") || p.cmd.ProcessState.ExitCode() != 1 {
		t.Error(out)
	}
	t.Log("| all keys gone | refused, status 1 | nothing: heads cannot be verified | until the public keys are back |")
	pubs, err := filepath.Glob(filepath.Join(keys+".away", "*.pub"))
	must(t, err)
	for _, name := range pubs { // as from a backup: public halves only
		b, err := os.ReadFile(name)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(keys, filepath.Base(name)), b, 0o600))
	}
	if !p.serve() {
		t.Fatal(p.out)
	}
	p.ready()
	p.stop()
}

func goodHeads(data string) (names []string) {
	all, _ := filepath.Glob(filepath.Join(data, "heads", "*.json"))
	for _, name := range all {
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if _, err := manifest.ParseHead(b); err == nil {
			names = append(names, filepath.Base(name))
		}
	}
	return slices.Sorted(slices.Values(names))
}
