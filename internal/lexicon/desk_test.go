package lexicon_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/lexicon"
	"guiyi/internal/lexicon/check"
)

const city, county = 10, 20

// secret is what the tests hash with.
func secret() ([]string, error) { return []string{"a secret of the tests, 32 bytes or more"}, nil }

// world is a desk with an empty database.
type world struct {
	*lexicon.Desk
	t  *testing.T
	db *store.DB
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.UnixMilli(1_700_000_000_000)
		fn(t, &world{lexicon.NewDesk(db, func() time.Time { now = now.Add(time.Second); return now }, secret), t, db})
	}, audit.Migrations(), lexicon.Migrations())
}

func (w *world) as(owner int64, ps ...actor.Permission) context.Context {
	return actor.With(w.t.Context(), actor.Actor{Kind: actor.Officer, ID: "7", Permissions: ps,
		Scope: actor.Scope{Owners: []int64{owner}}})
}

func (w *world) all() context.Context {
	return actor.With(w.t.Context(), actor.Unlimited("test"))
}

func (w *world) editor(owner int64) context.Context {
	return w.as(owner, lexicon.Read, lexicon.Ignore, lexicon.Write)
}

// put imports a dictionary and returns it.
func (w *world) put(ctx context.Context, owner int64, code, kind, content string, version int64) *lexicon.Dictionary {
	w.t.Helper()
	d, _, err := w.Import(ctx, lexicon.Import{Owner: owner, Code: code, Kind: kind, Name: "词库",
		Content: []byte(content),
		Version: version}, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// finds returns the codes and texts that a site finds in a text.
func (w *world) finds(owner, item int64, text string) string {
	w.t.Helper()
	r, err := w.Check(w.as(owner, lexicon.Read), owner, item, check.ParseText(text))
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, f := range r.Findings {
		out = append(out, string(f.Level)+" "+f.Text)
	}
	return strings.Join(out, ", ")
}

func wants(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("got %v, want %v", err, kind)
	}
}

// TestImport: a dictionary counts with the next check, on its site only; the platform's counts on all sites.
func TestImport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const text = "清河新区项目，大麻，会议布署"
		if got := w.finds(city, 0, text); got != "warn 布署" {
			t.Errorf("the program finds %s", got)
		}
		d := w.put(w.editor(city), city, "local", "word.wrong", "清河新区\t清河区", 0)
		w.put(w.all(), 0, "drugs", "word.sensitive", "大麻\t\t毒品\tblock", 0)
		if got := w.finds(city, 0, text); got != "warn 清河新区, block 大麻, warn 布署" {
			t.Errorf("the city finds %s", got)
		}
		if got := w.finds(county, 0, text); got != "block 大麻, warn 布署" {
			t.Errorf("the county finds %s", got)
		}
		other := lexicon.NewDesk(w.db, time.Now, secret) // another process
		for _, version := range []string{"清河新区\t清河区\n旧称\t新称", "旧称\t新城"} {
			d = w.put(w.editor(city), city, "local", "", version, d.Version)
			r, err := other.Check(w.all(), city, 0, check.ParseText("旧称"))
			if err != nil || len(r.Findings) != 1 {
				t.Errorf("another process finds %+v, %v", r, err)
			}
		}
		vs, err := w.Versions(w.editor(city), d.ID)
		if err != nil || len(vs) != 3 || vs[0].Removed != 1 || vs[0].Changed != 1 || vs[1].Added != 1 ||
			vs[0].Content != "" {
			t.Errorf("versions %+v, %v", vs, err)
		}
		if _, c, err := w.Restore(w.editor(city), d.ID, 3, 1); err != nil || c.Added != 1 || c.Removed != 1 {
			t.Errorf("restored %+v, %v", c, err)
		}
		if got := w.finds(city, 0, "清河新区，旧称"); got != "warn 清河新区" {
			t.Errorf("after restoring: %s", got)
		}
		_, found, err := w.Entries(w.editor(city), d.ID, "新区")
		if err != nil || len(found) != 1 || found[0].Suggest != "清河区" {
			t.Errorf("entries %+v, %v", found, err)
		}
		rows, err := audit.List(w.all(), w.db.Read(), audit.Filter{})
		if err != nil || len(rows) != 5 {
			t.Errorf("%d audit rows, %v", len(rows), err)
		}
	})
}

func TestPreview(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := lexicon.Import{Owner: city, Code: "local", Kind: "word.wrong", Name: "本站", Content: []byte("旧称\t新称")}
		if _, c, err := w.Import(w.editor(city), in, true); err != nil || c.Added != 1 || c.Samples[0].Is.Word != "旧称" {
			t.Errorf("%+v, %v", c, err)
		}
		if got := w.finds(city, 0, "旧称"); got != "" {
			t.Errorf("a preview changed something: %s", got)
		}
	})
}

func TestImportRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put(w.editor(city), city, "local", "word.wrong", "旧称\t新称", 0)
		for name, c := range map[string]struct {
			in   lexicon.Import
			kind fault.Kind
		}{
			"seen before": {lexicon.Import{Owner: city, Code: "local", Content: []byte("甲乙")}, fault.Conflict},
			"not there":   {lexicon.Import{Owner: city, Code: "none", Version: 2}, fault.NotFound},
			"other site":  {lexicon.Import{Owner: county, Code: "x", Kind: "word.wrong", Name: "x"}, fault.Forbidden},
			"platform":    {lexicon.Import{Code: "x", Kind: "word.wrong", Name: "x"}, fault.Forbidden},
			"code":        {lexicon.Import{Owner: city, Code: "a.b", Kind: "word.wrong", Name: "x"}, fault.Invalid},
			"kind":        {lexicon.Import{Owner: city, Code: "x", Kind: "personal.id", Name: "x"}, fault.Invalid},
			"statistics":  {lexicon.Import{Owner: city, Code: "x", Kind: "word.likely", Name: "x"}, fault.Invalid},
			"name":        {lexicon.Import{Owner: city, Code: "x", Kind: "word.wrong"}, fault.Invalid},
			"level": {lexicon.Import{Owner: city, Code: "x", Kind: "word.wrong", Name: "x",
				Level: "red"}, fault.Invalid},
			"broken lines": {lexicon.Import{Owner: city, Code: "x", Kind: "word.wrong", Name: "x",
				Content: []byte("中")}, fault.Invalid},
		} {
			_, _, err := w.Import(w.editor(city), c.in, false)
			if !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, _, err := w.Import(w.as(city, lexicon.Read, lexicon.Ignore), lexicon.Import{Owner: city, Code: "y",
			Kind: "word.wrong",
			Name: "x"}, false)
		wants(t, err, fault.Forbidden)
		_, _, err = w.Restore(w.all(), 1, 1, 1) // of the program
		wants(t, err, fault.Invalid)
	})
}

// TestOtherSites: an officer of one site sees, counts and changes nothing of another.
func TestOtherSites(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.put(w.editor(county), county, "local", "word.wrong", "旧称\t新称", 0)
		i, err := w.Ignore(w.editor(county), county, 5, "word.wrong", "布署", "引文")
		if err != nil {
			t.Fatal(err)
		}
		ctx := w.editor(city)
		_, _, err = w.Entries(ctx, d.ID, "")
		wants(t, err, fault.NotFound)
		_, err = w.Versions(ctx, d.ID)
		wants(t, err, fault.NotFound)
		_, _, err = w.Restore(ctx, d.ID, 1, 1)
		wants(t, err, fault.NotFound)
		wants(t, w.Unignore(ctx, i.ID), fault.NotFound)
		_, err = w.Dictionaries(ctx, county)
		wants(t, err, fault.Forbidden)
		_, err = w.Ignores(ctx, county, 0, 10)
		wants(t, err, fault.Forbidden)
		_, err = w.Levels(ctx, county)
		wants(t, err, fault.Forbidden)
		_, err = w.Leaders(ctx, county)
		wants(t, err, fault.Forbidden)
		_, err = w.Check(ctx, county, 0, check.Document{})
		wants(t, err, fault.Forbidden)
		wants(t, w.SetLevels(ctx, county, nil), fault.Forbidden)
		wants(t, w.SetLeaders(ctx, county, nil), fault.Forbidden)
		_, err = w.Ignore(ctx, county, 5, "word.wrong", "布署", "引文")
		wants(t, err, fault.Forbidden)
		if all, err := w.Dictionaries(ctx, city); err != nil || len(all) != 3 {
			t.Errorf("%d dictionaries, %v", len(all), err)
		}
		if _, _, err := w.Entries(ctx, 1, "安"); err != nil { // of the program
			t.Error(err)
		}
	})
}

// TestIgnore: an item and a site ignore for themselves, with a reason; what blocks only by an editor.
func TestIgnore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put(w.editor(city), city, "drugs", "word.sensitive", "大麻\t\t毒品\tblock", 0)
		writer := w.as(city, lexicon.Read, lexicon.Ignore)
		const text = "布署查处大麻"
		for _, word := range [][2]string{{"word.wrong", "布署"}, {"word.sensitive", "大麻"}} {
			if _, err := w.Ignore(writer, city, 5, word[0], word[1], "案件名称"); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.finds(city, 5, text); got != "block 大麻" {
			t.Errorf("the item finds %s", got)
		}
		if got := w.finds(city, 6, text); got != "warn 布署, block 大麻" {
			t.Errorf("another item finds %s", got)
		}
		_, err := w.Ignore(writer, city, 0, "word.wrong", "布署", "全站")
		wants(t, err, fault.Forbidden)
		_, err = w.Ignore(w.as(city, lexicon.Read), city, 5, "word.wrong", "布署", "x")
		wants(t, err, fault.Forbidden)
		_, err = w.Ignore(writer, city, 5, "word.wrong", "布署", "  ")
		wants(t, err, fault.Invalid)
		_, err = w.Ignore(writer, city, 5, "no.such", "布署", "x")
		wants(t, err, fault.Invalid)
		i, err := w.Ignore(w.editor(city), city, 5, "word.sensitive", "大麻", "禁毒宣传")
		if err != nil || w.finds(city, 5, text) != "" {
			t.Errorf("after the editor: %s, %v", w.finds(city, 5, text), err)
		}
		if _, err := w.Ignore(writer, city, 5, "word.sensitive", "大麻", "再说一次"); err != nil ||
			w.finds(city, 5, text) != "" {
			t.Errorf("after the writer again: %s, %v", w.finds(city, 5, text), err)
		}
		wants(t, w.Unignore(writer, i.ID), fault.Forbidden)
		if err := w.Unignore(w.editor(city), i.ID); err != nil || w.finds(city, 5, text) != "block 大麻" {
			t.Errorf("after taking back: %s, %v", w.finds(city, 5, text), err)
		}
		if rows, err := w.Ignores(writer, city, 0, 10); err != nil || len(rows) != 1 || rows[0].Text != "布署" {
			t.Errorf("%+v, %v", rows, err)
		}
	})
}

// TestIgnoredNumbers: an ID number that is ignored is not stored.
func TestIgnoredNumbers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const id = "11010519491231002X" // the sample of GB 11643
		if got := w.finds(city, 0, id); got != "block "+id {
			t.Fatalf("found %s", got)
		}
		i, err := w.Ignore(w.editor(city), city, 5, "personal.id", id, "国家标准里的样例")
		if err != nil || strings.Contains(i.Text, id[3:10]) || w.finds(city, 5, id) != "" {
			t.Errorf("%+v, %v, finds %s", i, err, w.finds(city, 5, id))
		}
	})
}

func TestLevels(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := w.editor(city)
		set := map[string]check.Level{"word.wrong": check.Block, "personal.phone": check.Off,
			"starter.confusable": check.Warn}
		if err := w.SetLevels(ctx, city, set); err != nil {
			t.Fatal(err)
		}
		if got := w.finds(city, 0, "布署帐号13800138000"); got != "block 布署, warn 帐号" {
			t.Errorf("found %s", got)
		}
		if got := w.finds(county, 0, "布署"); got != "warn 布署" {
			t.Errorf("the county found %s", got)
		}
		if got, err := w.Levels(ctx, city); err != nil || len(got) != 3 {
			t.Errorf("%v, %v", got, err)
		}
		wants(t, w.SetLevels(ctx, city, map[string]check.Level{"word.likely": check.Block}), fault.Invalid)
		wants(t, w.SetLevels(ctx, city, map[string]check.Level{"none": check.Warn}), fault.Invalid)
		wants(t, w.SetLevels(ctx, city, map[string]check.Level{"word.wrong": "red"}), fault.Invalid)
		wants(t, w.SetLevels(w.as(city, lexicon.Read), city, nil), fault.Forbidden)
		if got := w.finds(city, 0, "布署"); got != "block 布署" {
			t.Errorf("a refused change changed %s", got)
		}
		if err := w.SetLevels(ctx, city, nil); err != nil || w.finds(city, 0, "布署") != "warn 布署" {
			t.Errorf("defaults: %v", err)
		}
	})
}

func TestLeaders(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := w.editor(city)
		people := []check.Leader{{Name: "赵一民", Titles: []string{"市委书记"}}, {Name: "钱立新", Titles: []string{"市长", " "}}}
		if err := w.SetLeaders(ctx, city, people); err != nil {
			t.Fatal(err)
		}
		if got := w.finds(city, 0, "市长钱立兴主持"); got != "warn 钱立兴" {
			t.Errorf("found %s", got)
		}
		if got := w.finds(county, 0, "市长钱立兴主持"); got != "" {
			t.Errorf("the county found %s", got)
		}
		got, err := w.Leaders(ctx, city)
		if err != nil || len(got) != 2 || got[1].Name != "钱立新" || len(got[1].Titles) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		wants(t, w.SetLeaders(ctx, city, append(people, people[0])), fault.Invalid)
		wants(t, w.SetLeaders(ctx, city, []check.Leader{{Name: "赵"}}), fault.Invalid)
		wants(t, w.SetLeaders(ctx, city, make([]check.Leader, 201)), fault.Invalid)
		wants(t, w.SetLeaders(w.as(city, lexicon.Read), city, nil), fault.Forbidden)
	})
}

func TestNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.Check(t.Context(), city, 0, check.Document{})
		wants(t, err, fault.Forbidden)
		_, _, err = w.Import(t.Context(), lexicon.Import{Owner: city}, true)
		wants(t, err, fault.Forbidden)
	})
}

// TestIgnoredByAnotherKey: without the key nobody finds an ID number from what is stored; after a rotation of the
// secrets it is still ignored; with other secrets it is not.
func TestIgnoredByAnotherKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const id = "11010519491231002X"
		i, err := w.Ignore(w.editor(city), city, 5, "personal.id", id, "国家标准里的样例")
		if err != nil {
			t.Fatal(err)
		}
		plain := sha256.Sum256([]byte("personal.id\x00" + id))
		if i.Hash == hex.EncodeToString(plain[:]) {
			t.Error("the hash can be made without a key")
		}
		for name, c := range map[string]struct {
			secrets []string
			found   bool
		}{
			"rotated": {[]string{"the new secret of the tests, of 32 bytes",
				"a secret of the tests, 32 bytes or more"}, false},
			"lost":       {[]string{"the new secret of the tests, of 32 bytes"}, true},
			"no secrets": {nil, true},
		} {
			secrets := func() ([]string, error) { return c.secrets, nil }
			other := &world{lexicon.NewDesk(w.db, time.Now, secrets), t, w.db}
			if got := other.finds(city, 5, id); (got != "") != c.found {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

// TestABranchChecks: an officer who writes in one column checks his texts and ignores for his items; he sets nothing
// for the site.
func TestABranchChecks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		limited := actor.With(w.t.Context(), actor.Actor{Kind: actor.Officer, ID: "7",
			Permissions: []actor.Permission{lexicon.Read, lexicon.Ignore, lexicon.Write},
			Scope:       actor.Scope{Owners: []int64{city}, Branches: []int64{77}}})
		if _, err := w.Check(limited, city, 5, check.Document{}); err != nil {
			t.Error(err)
		}
		if _, err := w.Check(limited, county, 5, check.Document{}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("another site: %v", err)
		}
		if _, err := w.Ignore(limited, city, 5, "word.wrong", "布署", "引文"); err != nil {
			t.Error(err)
		}
		for what, err := range map[string]error{
			"for the whole site": second(w.Ignore(limited, city, 0, "word.wrong", "布署", "引文")),
			"another site":       second(w.Ignore(limited, county, 5, "word.wrong", "布署", "引文")),
			"levels":             w.SetLevels(limited, city, nil),
		} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
