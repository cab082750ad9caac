package damage

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/app"
	"guiyi/internal/app/config"
	"guiyi/internal/kernel/actor"
)

// TestClock: a clock that was a year ahead, or is a year behind, makes revisions that follow each other all the same:
// the ledger holds, an edge takes every one of them, and the pages do not know what the clock said.
func TestClock(t *testing.T) {
	t.Parallel()
	data, _ := city(t, "")
	all := addresses(t, data)
	p := at(t, data)
	p.serve()
	before := p.look(all)
	for _, shift := range []time.Duration{365 * 24 * time.Hour, 0, -365 * 24 * time.Hour, 0} {
		name := "name || '。'"
		if shift == 0 {
			name = "replace(name, '。', '')"
		}
		publishAt(t, p, shift, name)
	}
	p.await("the newest revision is served", func() error {
		for _, h := range heads(t, data) {
			if h.Site == hurt && h.Revision == 5 {
				return nil
			}
		}
		return context.DeadlineExceeded
	})
	var equal int
	var different []string
	p.await("the same bytes everywhere", func() error { // a head is on disk a moment before it is served
		if equal, different = same(before, p.look(all)); equal != len(all) {
			return fmt.Errorf("%d of %d: %.300v", equal, len(all), different)
		}
		return nil
	})
	for _, args := range [][]string{{"ledger", "verify"}, {"verify"}} {
		if code, out := p.run(args...); code != 0 {
			t.Errorf("%v: %s", args, out)
		}
	}
	p.stop()
	if !p.serve() {
		t.Fatal(p.out)
	}
	p.ready()
	if equal, different = same(before, p.look(all)); equal != len(all) {
		t.Errorf("after a start: %d of %d: %.300v", equal, len(all), different)
	}
	p.stop()
	t.Logf("| clock a year ahead, right, a year behind, right | ready | %d of %d addresses |", equal, len(all))
}

// publishAt makes a revision of a site by a clock that is wrong.
func publishAt(t *testing.T, p *platform, shift time.Duration, name string) {
	t.Helper()
	ctx := actor.With(t.Context(), actor.Unlimited("test"))
	cfg, err := config.Load(config.Sources{Env: p.env})
	must(t, err)
	in, err := app.Open(ctx, cfg.Config, false, io.Discard)
	must(t, err)
	defer in.Close()
	s, err := in.Sites.ByCode(ctx, hurt)
	must(t, err)
	must(t, in.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE site_site SET name = "+name+" WHERE code = ?", hurt)
		return err
	}))
	in.Publisher.Now = func() time.Time { return time.Now().Add(shift) }
	res, err := in.Publisher.BuildAll(ctx, s.ID)
	if err != nil || res.Revision == 0 {
		t.Fatalf("%+v, %v", res, err)
	}
}
