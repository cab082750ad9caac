package app

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/app/config"
	"guiyi/internal/exchange/importjob"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/lease"
	"guiyi/internal/publish/manifest"
)

// TestSweepOrphans: of a city with pictures, attachments and raw bytes exactly the content goes that nothing names.
func TestSweepOrphans(t *testing.T) {
	ctx := actor.With(t.Context(), actor.Unlimited("test"))
	cfg, err := config.Load(config.Sources{Env: []string{"GUIYI_DATA_DIR=" + t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(ctx, cfg.Config, false, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(p.installDemo(ctx))
	before := p.content(ctx, t)
	orphan, err := p.Blobs.Put(ctx, strings.NewReader("of an import that was killed"), 0)
	must(err)

	sweep := func(age time.Duration, dry bool, want Swept) {
		t.Helper()
		if got, err := p.SweepOrphans(ctx, age, dry); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	all, one := len(before)+1, int64(len("of an import that was killed"))
	sweep(OrphanAge, false, Swept{Objects: all}) // it is young
	sweep(-time.Hour, true, Swept{Objects: all, Orphans: 1, Size: one})
	h, err := lease.Acquire(ctx, p.DB, "备份", time.Now)
	must(err)
	sweep(-time.Hour, false, Swept{Objects: all, Held: "备份"})
	must(h.Release(ctx))
	if has, err := p.Blobs.Has(ctx, orphan.Hash); !has || err != nil {
		t.Errorf("it went too early: %v", err)
	}
	sweep(-time.Hour, false, Swept{Objects: all, Orphans: 1, Size: one})
	if after := p.content(ctx, t); !slices.Equal(after, before) {
		t.Errorf("%d objects of %d are left", len(after), len(before))
	}
	sites, err := p.Sites.Sites(ctx)
	must(err)
	// An upload keeps its bytes for as long as it may be ordered from.
	_, err = p.Imports.Upload(ctx, sites[0].ID, "left.csv", strings.NewReader("a,b\n1,2\n"))
	must(err)
	sweep(-time.Hour, false, Swept{Objects: all})
	p.Imports.Now = func() time.Time { return time.Now().Add(cfg.Retention.Uploads + time.Hour) }
	must(p.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return p.Board.Enqueue(ctx, tx, jobs.Job{Kind: importjob.JobExpire})
	}))
	must(p.Board.Drain(ctx, importjob.JobExpire))
	sweep(-time.Hour, false, Swept{Objects: all, Orphans: 1, Size: 8})
	for _, s := range sites {
		if proof, err := p.Publisher.Verify(ctx, s.ID); err != nil || !proof.OK() {
			t.Errorf("%s: %+v, %v", s.Code, proof, err)
		}
	}
}

func (p *Platform) content(ctx context.Context, t *testing.T) (names []string) {
	t.Helper()
	for info, err := range p.Blobs.List(ctx, "cas/") {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, info.Name)
	}
	slices.Sort(names)
	if len(names) < 10 {
		t.Fatalf("only %d objects: the demo city has more", len(names))
	}
	return names
}

func TestEachHash(t *testing.T) {
	a, b := manifest.Sum([]byte("a")), manifest.Sum([]byte("b"))
	for text, want := range map[string][]manifest.Hash{
		"":                                   nil,
		a.String():                           {a},
		`{"hash":"` + a.String() + `"}`:      {a},
		a.String() + "\n" + b.String():       {a, b},
		a.String()[1:]:                       nil,
		strings.ToUpper(a.String()):          nil,
		"/_m/" + a.String()[:32] + ".png 正文": nil,
		"正文" + b.String() + "。" + a.String()[:63]: {b},
	} {
		var got []manifest.Hash
		eachHash([]byte(text), func(h manifest.Hash) { got = append(got, h) })
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	joined := 0
	eachHash([]byte(a.String()+b.String()), func(h manifest.Hash) {
		if h == a || h == b {
			joined++
		}
	})
	if joined != 2 {
		t.Errorf("%d of two joined hashes found", joined)
	}
}
