package publish

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/pack"
	"guiyi/internal/resource"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// problems verifies the portal and returns what was found as "kind path".
func (c *city) problems() []string {
	c.t.Helper()
	proof, err := c.pub.Verify(c.ctx, c.site("qinghe").ID)
	c.must(err)
	var out []string
	for _, p := range proof.Problems {
		out = append(out, p.Kind+" "+p.Path)
	}
	return out
}

func (c *city) finds(want string) {
	c.t.Helper()
	if got := c.problems(); !slices.Contains(got, want) {
		c.t.Errorf("found %q, want %q among it", got, want)
	}
}

// craft replaces the tree of the portal behind the platform's back, well signed.
func (c *city) craft(changes ...manifest.Change) {
	c.t.Helper()
	id := c.site("qinghe").ID
	state, err := ledger.Of(c.ctx, c.db.Read(), id)
	c.must(err)
	head, err := state.Newest()
	c.must(err)
	p := pack.NewWriter(c.ctx, c.blobs, "qinghe", head.Revision+1)
	root, stats, err := manifest.Apply(c.ctx, c.pub.nodes, p, head.Root, changes)
	c.must(err)
	c.must(p.Commit())
	next := head
	next.Revision, next.Prev, next.Root, next.Count = head.Revision+1, head.Hash(), root, stats.Count
	c.must(next.Sign(c.pub.Signer))
	c.must(c.exec("INSERT INTO publish_ledger (site_id, revision, head, hash, at) VALUES (?, ?, ?, ?, ?)", id,
		next.Revision, string(next.Encode()), next.Hash().String(), next.At))
	c.must(c.exec("UPDATE publish_site SET revision = ?, head = ? WHERE site_id = ?", next.Revision,
		string(next.Encode()), id))
}

func TestVerifyFindsCrafted(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		page, _ := c.get("qinghe", c.path("qinghe", news[0]))
		c.craft(manifest.Remove(c.path("qinghe", news[1])))
		c.finds("missing " + c.path("qinghe", news[1]))
		planted := page
		planted.Path = "/planted.html"
		c.craft(manifest.Put(planted))
		c.finds("unexpected /planted.html")
		c.craft(manifest.Put(manifest.Entry{Path: "/away", Status: 301, Location: "https://example.com/"}))
		c.finds("unexpected /away")
		planted.Path = "/_a/planted.js"
		c.craft(manifest.Put(planted))
		c.finds("unexpected /_a/planted.js")
		planted.Path = c.path("qinghe", news[2]) // another page's text
		c.craft(manifest.Put(planted))
		c.finds("differs " + planted.Path)
	})
}

func TestVerifyFindsEditedContent(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		open := "DROP TRIGGER resource_edition_fixed" // as the owner of the database can
		if c.db.Postgres() {
			open += " ON resource_edition"
		}
		c.must(c.exec(open))
		c.must(c.exec("UPDATE resource_edition SET title = 'changed' WHERE item_id = ?", news[9]))
		c.finds("differs " + c.path("qinghe", news[9]))
		c.finds("differs /xwdt/szyw/")
		c.must(c.exec("DELETE FROM resource_placement WHERE item_id = ?", news[8]))
		c.finds("differs " + c.path("qinghe", news[8]))
		c.must(c.exec("UPDATE publish_list SET low_at = 0 WHERE site_id = ? AND column_id <> 0", c.site("qinghe").ID))
		if got := c.problems(); len(got) < 3 {
			t.Errorf("found %q", got)
		}
	})
}

func TestVerifyFindsTampering(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		e, _ := c.get("qinghe", c.path("qinghe", news[0]))
		name := filepath.Join(c.dir, filepath.FromSlash(e.Loc.Pack))
		good, err := os.ReadFile(name)
		c.must(err)
		for what, at := range map[string]int64{e.Path: e.Loc.Off + 5, e.Path + " (gzip)": e.Variants[0].Loc.Off + 3} {
			bad := slices.Clone(good)
			bad[at] ^= 1
			c.replaceFile(name, bad)
			c.finds("tampered " + what)
		}
		c.replaceFile(name, nil) // with the pack, parts of the tree are gone too
		c.finds("tampered ")
		c.must(os.WriteFile(name, good, 0o600))
		c.reopen()
		c.clean()
	})
}

// replaceFile writes or removes a file of storage, and forgets open handles of it.
func (c *city) replaceFile(name string, data []byte) {
	c.t.Helper()
	c.must(os.Remove(name))
	if data != nil {
		c.must(os.WriteFile(name, data, 0o600))
	}
	c.reopen()
}

func TestVerifyLedger(t *testing.T) {
	for name, harm := range map[string]string{
		"edited":    "UPDATE publish_ledger SET head = REPLACE(head, '更新', '更新了') WHERE revision = 2",
		"removed":   "DELETE FROM publish_ledger WHERE revision = 2",
		"truncated": "DELETE FROM publish_ledger WHERE revision = 3",
		"emptied":   "DELETE FROM publish_ledger",
		"reordered": "UPDATE publish_ledger SET head = (SELECT head FROM publish_ledger AS o WHERE o.revision = 1 AND o.site_id = publish_ledger.site_id), hash = (SELECT hash FROM publish_ledger AS o WHERE o.revision = 1 AND o.site_id = publish_ledger.site_id) WHERE revision = 2",
		"replaced":  "UPDATE publish_site SET head = (SELECT head FROM publish_ledger AS o WHERE o.revision = 1 AND o.site_id = publish_site.site_id)",
		"unsigned":  `UPDATE publish_site SET head = REPLACE(head, '"sig":"', '"sig":"AAAA')`,
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, c *city) {
				c.apply(nil, portal(""))
				for range 3 {
					c.many("qinghe:tzgg", 1)
					c.drain()
				}
				c.clean()
				c.must(c.exec(harm))
				found := c.problems()
				if !slices.Contains(found, "ledger ") {
					t.Errorf("found %q", found)
				}
			})
		})
	}
}

func TestRollback(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		site := c.site("qinghe").ID
		old := c.head("qinghe").Revision
		asset := c.themes.set.Asset("site.css")
		c.revise(news[5], func(e *resource.Edition) { e.Title = "后来的标题" })
		fresh := c.many("qinghe:xwdt/szyw", 3)
		c.drain()
		c.withdraw(resource.InError, 0, news[9])
		if _, err := c.pub.Rollback(c.ctx, site, old, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if _, err := c.pub.Rollback(c.ctx, site, 99, "试"); !fault.Is(err, fault.NotFound) {
			t.Errorf("to nowhere: %v", err)
		}
		res, err := c.pub.Rollback(c.ctx, site, old, strings.Repeat("版面错乱", 500))
		c.must(err)
		if res.Revision == 0 {
			t.Fatal("no revision")
		}
		if _, body := c.get("qinghe", c.path("qinghe", news[5])); strings.Contains(body, "后来的标题") {
			t.Error("the older text is not back")
		}
		if got := c.status("qinghe", c.path("qinghe", news[9])); got != 410 {
			t.Errorf("what was withdrawn since answers %d", got)
		}
		c.nowhere("qinghe", c.path("qinghe", news[9]))
		for _, id := range fresh { // not in the older tree, and nothing leads there
			if got := c.status("qinghe", c.path("qinghe", id)); got != 0 {
				t.Errorf("a later page answers %d", got)
			}
			c.nowhere("qinghe", c.path("qinghe", id))
		}
		if proof, err := c.pub.Verify(c.ctx, site); err != nil || !proof.OK() || proof.Pinned != old {
			t.Errorf("%+v %v", proof, err)
		}
		if c.status("qinghe", asset) != 200 {
			t.Error("the theme's files are gone")
		}

		c.many("qinghe:tzgg", 1) // waits
		c.drain()
		if st, err := c.pub.Status(c.ctx, site); err != nil || st.Waiting == 0 || st.Pinned != old {
			t.Errorf("%+v %v", st, err)
		}
		c.takeDown(resource.WithdrawRequest{Kind: resource.InError, Reason: "有误"}, news[3])
		c.drain()
		if got := c.status("qinghe", c.path("qinghe", news[3])); got != 410 {
			t.Errorf("withdrawn while pinned answers %d", got)
		}
		c.nowhere("qinghe", c.path("qinghe", news[3]))
		for _, id := range fresh {
			c.nowhere("qinghe", c.path("qinghe", id))
		}

		_, err = c.pub.Resume(c.ctx, site)
		c.must(err)
		c.clean()
		if _, body := c.get("qinghe", c.path("qinghe", news[5])); !strings.Contains(body, "后来的标题") {
			t.Error("content is not back")
		}
	})
}

// TestRollbackMedia: the files of what is withdrawn while the site shows an older tree go too.
func TestRollbackMedia(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		pic := c.media("图", "picture")
		id := c.receive(draft{title: "有图", places: []string{"qinghe:tzgg"},
			change: func(in *resource.Incoming) { in.Edition.Media = []resource.Media{pic} }})[0]
		c.drain()
		old := c.head("qinghe").Revision
		c.many("qinghe:tzgg", 1)
		c.drain()
		_, err := c.pub.Rollback(c.ctx, c.site("qinghe").ID, old, "试")
		c.must(err)
		if c.status("qinghe", pic.Path()) != 200 {
			t.Fatal("the picture is gone too early")
		}
		c.takeDown(resource.WithdrawRequest{Kind: resource.InError, Reason: "有误"}, id)
		c.drain()
		if c.status("qinghe", pic.Path()) != 0 {
			t.Error("the picture of a withdrawn item stays public")
		}
	})
}

// What is withdrawn while a rollback is being made stays withdrawn, though the event was handled before the site was
// pinned.
func TestWithdrawnDuringRollback(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		old := c.head("qinghe").Revision
		c.many("qinghe:tzgg", 1)
		c.drain()
		find, times := c.pub.Themes, 0
		c.pub.Themes = func(s *site.Site) (*theme.Set, error) {
			if times++; times == 1 { // after the rollback has looked
				c.takeDown(resource.WithdrawRequest{Kind: resource.InError, Reason: "有误"}, news[4])
				c.must(c.exec("DELETE FROM job_task")) // handled elsewhere, with nothing to do
			}
			return find(s)
		}
		_, err := c.pub.Rollback(c.ctx, c.site("qinghe").ID, old, "试")
		c.must(err)
		if got := c.status("qinghe", c.path("qinghe", news[4])); got != 410 || times != 2 {
			t.Errorf("answers %d after %d attempts", got, times)
		}
		c.nowhere("qinghe", c.path("qinghe", news[4]))
	})
}

// Closing a site takes force before its pages are rendered again, and the revision after it has the new pages.
func TestStateGoesFirst(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		before := c.head("qinghe")
		c.must(c.siteDesk.ChangeState(c.ctx, "qinghe", site.StateChange{To: site.Offline, Reason: "页面被篡改"}))
		c.heads = nil
		early := 0
		c.hook(&statements{on: func(query string) {
			if strings.Contains(query, markSQL) && len(c.heads) == 0 {
				early++
			}
		}})
		c.drain()
		if early != 0 {
			t.Error("pages were marked before the state was public")
		}
		if len(c.heads) < 2 {
			t.Fatalf("%d heads", len(c.heads))
		}
		if h := c.heads[0]; h.State != string(site.Offline) || h.Root.Hash != before.Root.Hash ||
			h.Revision != before.Revision+1 {
			t.Errorf("the first head is of state %s, revision %d", h.State, h.Revision)
		}
		c.clean()
	})
}

// Rendering a site again under a new key signs it anew, though nothing on it has changed.
func TestNewKeySignsAnew(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		before := c.head("qinghe")
		fresh, err := crypto.LoadOrCreateSigner(t.TempDir(), crypto.Ed25519)
		c.must(err)
		_, err = c.pub.Ring.Add(fresh.Suite(), fresh.Public())
		c.must(err)
		c.pub.Signer = fresh
		res, err := c.pub.BuildAll(c.ctx, c.site("qinghe").ID)
		c.must(err)
		if h := c.head("qinghe"); h.Key != fresh.KeyID() || h.Root.Hash != before.Root.Hash || res.Changed != 0 {
			t.Errorf("key %s, %d changes", h.Key, res.Changed)
		}
		if res, err = c.pub.BuildAll(c.ctx, c.site("qinghe").ID); err != nil || res.Revision != 0 {
			t.Errorf("once more: %+v %v", res, err)
		}
		c.clean()
	})
}
