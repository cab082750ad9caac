package lease

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

func TestLease(t *testing.T) {
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
			t.Errorf("active without a lease: %q", r)
		}
		l, err := Acquire(ctx, db, "backup", c.now)
		must(err)
		second, err := Acquire(ctx, db, "copy", c.now)
		must(err)
		must(second.Release(ctx))
		must(second.Release(ctx))
		if r := active(t, db, c); r != "backup" {
			t.Errorf("active lease %q after another one was released", r)
		}
		c.at = c.at.Add(TTL - time.Millisecond)
		must(l.Renew(ctx))
		c.at = c.at.Add(TTL - time.Millisecond)
		if r := active(t, db, c); r != "backup" {
			t.Errorf("active lease %q after a renewal", r)
		}
		c.at = c.at.Add(time.Millisecond)
		if r := active(t, db, c); r != "" {
			t.Errorf("active lease %q after its expiry", r)
		}
		if err := l.Renew(ctx); !fault.Is(err, fault.Conflict) {
			t.Errorf("an expired lease was renewed: %v", err)
		}
	})
}

// Release works for a caller whose context has ended, and the next Acquire deletes expired rows.
func TestExpiredLeasesAreDeleted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{time.UnixMilli(1_700_000_000_000)}
		if err := db.Migrate(t.Context(), Migrations()); err != nil {
			t.Fatal(err)
		}
		if _, err := Acquire(t.Context(), db, "killed", c.now); err != nil {
			t.Fatal(err)
		}
		c.at = c.at.Add(TTL)
		l, err := Acquire(t.Context(), db, "next", c.now)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := l.Release(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := db.Read().NewSelect().Model((*row)(nil)).Count(t.Context()); n != 0 || err != nil {
			t.Errorf("%d rows left, %v", n, err)
		}
	})
}
