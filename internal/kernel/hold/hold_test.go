package hold

import (
	"context"
	"testing"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func active(t *testing.T, db *store.DB, c *clock) string {
	t.Helper()
	reason, err := Active(t.Context(), db.Read(), c.now())
	if err != nil {
		t.Fatal(err)
	}
	return reason
}

func TestHold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, c := t.Context(), &clock{time.UnixMilli(1_700_000_000_000)}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(db.Migrate(ctx, Migrations()))
		if r := active(t, db, c); r != "" {
			t.Errorf("a hold that nobody took: %q", r)
		}
		h, err := Take(ctx, db, "backup", c.now)
		must(err)
		second, err := Take(ctx, db, "copy", c.now)
		must(err)
		must(second.Release(ctx))
		must(second.Release(ctx))
		if r := active(t, db, c); r != "backup" {
			t.Errorf("held for %q after another hold ended", r)
		}
		c.at = c.at.Add(TTL - time.Millisecond)
		must(h.Renew(ctx))
		c.at = c.at.Add(TTL - time.Millisecond)
		if r := active(t, db, c); r != "backup" {
			t.Errorf("held for %q after a renewal", r)
		}
		c.at = c.at.Add(time.Millisecond)
		if r := active(t, db, c); r != "" {
			t.Errorf("held for %q after its end", r)
		}
		if err := h.Renew(ctx); !fault.Is(err, fault.Conflict) {
			t.Errorf("an ended hold was renewed: %v", err)
		}
	})
}

// Release works for a caller whose context has ended, and old rows go with the next hold.
func TestHoldLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{time.UnixMilli(1_700_000_000_000)}
		if err := db.Migrate(t.Context(), Migrations()); err != nil {
			t.Fatal(err)
		}
		if _, err := Take(t.Context(), db, "killed", c.now); err != nil {
			t.Fatal(err)
		}
		c.at = c.at.Add(TTL)
		h, err := Take(t.Context(), db, "next", c.now)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := h.Release(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := db.Read().NewSelect().Model((*row)(nil)).Count(t.Context()); n != 0 || err != nil {
			t.Errorf("%d rows left, %v", n, err)
		}
	})
}
