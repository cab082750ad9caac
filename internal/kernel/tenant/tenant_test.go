package tenant_test

import (
	"context"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/kernel/tenant"
)

func TestFromIsForbiddenWithoutScope(t *testing.T) {
	if _, err := tenant.From(t.Context()); !fault.Is(err, fault.Forbidden) {
		t.Fatalf("err = %v, want forbidden", err)
	}
}

func TestWithCarriesACopy(t *testing.T) {
	owners := []int64{1, 2}
	ctx := tenant.With(t.Context(), tenant.Scope{Actor: "王明", Owners: owners})
	owners[0] = 99
	got, err := tenant.From(ctx)
	if err != nil || got.Actor != "王明" || got.Allows(99) || !got.Allows(1) {
		t.Fatalf("got %+v, %v", got, err)
	}
	inner, _ := tenant.From(tenant.With(ctx, tenant.Scope{}))
	if inner.Allows(1) {
		t.Error("an inner empty scope must not keep the rights of the outer one")
	}
}

func TestAllows(t *testing.T) {
	for _, tc := range []struct {
		name  string
		scope tenant.Scope
		owner int64
		want  bool
	}{
		{"zero scope", tenant.Scope{}, 1, false},
		{"zero scope, zero owner", tenant.Scope{}, 0, false},
		{"listed", tenant.Scope{Owners: []int64{3, 1}}, 1, true},
		{"not listed", tenant.Scope{Owners: []int64{3}}, 1, false},
		{"system", tenant.System("worker"), 12345, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.scope.Allows(tc.owner); got != tc.want {
				t.Errorf("Allows = %v", got)
			}
			if err := tc.scope.Check(tc.owner); fault.Is(err, fault.Forbidden) == tc.want {
				t.Errorf("Check = %v", err)
			}
		})
	}
}

type row struct {
	bun.BaseModel `bun:"table:test_row,alias:r"`
	ID            int64 `bun:"id,pk"`
	Owner         int64 `bun:"owner"`
}

// fill makes the table with owners 10, 20, 20 and 0.
func fill(t *testing.T, db *store.DB) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _,
			err := tx.ExecContext(ctx,
			"CREATE TABLE test_row (id BIGINT PRIMARY KEY, owner BIGINT NOT NULL)"); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&[]row{{ID: 1, Owner: 10}, {ID: 2, Owner: 20}, {ID: 3, Owner: 20},
			{ID: 4, Owner: 0}}).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		fill(t, db)
		for _, tc := range []struct {
			name  string
			scope tenant.Scope
			want  []int64
		}{
			{"zero scope matches nothing", tenant.Scope{}, nil},
			{"empty owners match nothing", tenant.Scope{Actor: "x", Owners: []int64{}}, nil},
			{"unknown owner", tenant.Scope{Owners: []int64{77}}, nil},
			{"one owner", tenant.Scope{Owners: []int64{20}}, []int64{2, 3}},
			{"two owners", tenant.Scope{Owners: []int64{10, 20}}, []int64{1, 2, 3}},
			{"system", tenant.System("x"), []int64{1, 2, 3, 4}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				var got []int64
				q := db.Read().NewSelect().Model((*row)(nil)).Column("id").Order("id")
				if err := tc.scope.Where(q, "r.owner").Scan(ctx, &got); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, tc.want) {
					t.Errorf("ids = %v, want %v", got, tc.want)
				}
			})
		}
	})
}

func TestWhereColumnIsQuoted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db)
		q := db.Read().NewSelect().Model((*row)(nil)).Column("id")
		var got []int64
		err := (tenant.Scope{Owners: []int64{1}}).Where(q, `owner" = 10 OR "owner`).Scan(t.Context(), &got)
		if err == nil || len(got) != 0 {
			t.Errorf("a column name must not become SQL, got %v, %v", got, err)
		}
	})
}
