package actor_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

func TestFromIsForbiddenWithoutScope(t *testing.T) {
	if _, err := actor.From(t.Context()); !fault.Is(err, fault.Forbidden) {
		t.Fatalf("err = %v, want forbidden", err)
	}
}

func TestWithCarriesACopy(t *testing.T) {
	owners := []int64{1, 2}
	ctx := actor.With(t.Context(), actor.Unlimited("王明").In(owners...))
	owners[0] = 99
	got, err := actor.From(ctx)
	if err != nil || got.String() != "system:王明" || got.Scope.Allows(99) || !got.Scope.Allows(1) {
		t.Fatalf("got %+v, %v", got, err)
	}
	inner, _ := actor.From(actor.With(ctx, actor.Actor{}))
	if inner.Scope.Allows(1) {
		t.Error("an inner empty scope must not keep the rights of the outer one")
	}
}

func TestAllows(t *testing.T) {
	for _, tc := range []struct {
		name  string
		scope actor.Scope
		owner int64
		want  bool
	}{
		{"zero scope", actor.Scope{}, 1, false},
		{"zero scope, zero owner", actor.Scope{}, 0, false},
		{"listed", actor.Scope{Owners: []int64{3, 1}}, 1, true},
		{"not listed", actor.Scope{Owners: []int64{3}}, 1, false},
		{"system", actor.Scope{All: true}, 12345, true},
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
		if _, err := tx.ExecContext(ctx,
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
			scope actor.Scope
			want  []int64
		}{
			{"zero scope matches nothing", actor.Scope{}, nil},
			{"empty owners match nothing", actor.Scope{Owners: []int64{}}, nil},
			{"unknown owner", actor.Scope{Owners: []int64{77}}, nil},
			{"one owner", actor.Scope{Owners: []int64{20}}, []int64{2, 3}},
			{"two owners", actor.Scope{Owners: []int64{10, 20}}, []int64{1, 2, 3}},
			{"system", actor.Scope{All: true}, []int64{1, 2, 3, 4}},
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
		err := (actor.Scope{Owners: []int64{1}}).Where(q, `owner" = 10 OR "owner`).Scan(t.Context(), &got)
		if err == nil || len(got) != 0 {
			t.Errorf("a column name must not become SQL, got %v, %v", got, err)
		}
	})
}

func TestCheck(t *testing.T) {
	const write, read = actor.Permission("x.write"), actor.Permission("x.read")
	editor := actor.Actor{Kind: actor.Officer, ID: "7", Permissions: []actor.Permission{write},
		Scope: actor.Scope{Owners: []int64{1}}}
	branch, unit, both := editor, editor, editor
	branch.Scope.Branches = []int64{50}
	unit.Scope.Units = []string{"rsj"}
	both.Scope = actor.Scope{All: true, Branches: []int64{50}, Units: []string{"rsj"}}
	nowhere := editor
	nowhere.Scope = actor.Scope{}
	in := actor.Place{Owner: 1, Path: []int64{51, 50}, Unit: "rsj"}
	for name, c := range map[string]struct {
		by   actor.Actor
		p    actor.Permission
		at   actor.Place
		says string // "" allowed
	}{
		"own row":                     {editor, write, actor.At(1), ""},
		"foreign row":                 {editor, write, actor.At(2), "站点"},
		"other permission":            {editor, read, actor.At(1), "x.read"},
		"no permission asked for":     {editor, "", actor.At(1), "权限"},
		"nobody":                      {actor.Actor{}, write, actor.At(1), "x.write"},
		"nobody, owner 0":             {actor.Actor{}, "", actor.At(0), "权限"},
		"permission without a place":  {nowhere, write, actor.At(1), "站点"},
		"below the branch":            {branch, write, in, ""},
		"other branch":                {branch, write, actor.Place{Owner: 1, Path: []int64{60}}, "栏目"},
		"owner as a whole, by branch": {branch, write, actor.At(1), "栏目"},
		"branch of a foreign owner":   {branch, write, actor.Place{Owner: 2, Path: []int64{50}}, "站点"},
		"own unit":                    {unit, write, in, ""},
		"other unit":                  {unit, write, actor.Place{Owner: 1, Unit: "jyj"}, "部门"},
		"no unit":                     {unit, write, actor.At(1), "部门"},
		"both":                        {both, write, in, ""},
		"branch without unit":         {both, write, actor.Place{Owner: 1, Path: []int64{50}}, "部门"},
		"unlimited":                   {actor.Unlimited("t"), read, actor.At(9), ""},
		"unlimited at one owner":      {actor.Unlimited("t").In(9), read, actor.At(8), "站点"},
		"unlimited, no permission":    {actor.Unlimited("t"), "", actor.At(9), "权限"},
	} {
		err := c.by.Check(c.p, c.at)
		if (err == nil) != (c.says == "") || c.by.May(c.p, c.at) != (err == nil) ||
			err != nil && (!fault.Is(err, fault.Forbidden) || !strings.Contains(fault.Text(err), c.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Rows without an owner need a scope without limits.
func TestCheckAll(t *testing.T) {
	city := actor.Actor{Permissions: []actor.Permission{"x"}, Scope: actor.Scope{All: true}}
	if err := city.CheckAll("x"); err != nil {
		t.Error(err)
	}
	own, branch, unit, without := city, city, city, city
	own.Scope = actor.Scope{Owners: []int64{1}}
	branch.Scope.Branches = []int64{1}
	unit.Scope.Units = []string{"a"}
	without.Permissions = nil
	for name, a := range map[string]actor.Actor{"owner": own, "branch": branch, "unit": unit,
		"no permission": without} {
		if err := a.CheckAll("x"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScopeWithin(t *testing.T) {
	all, one := actor.Scope{All: true}, actor.Scope{Owners: []int64{1}}
	branch := actor.Scope{Owners: []int64{1}, Branches: []int64{5}}
	unit := actor.Scope{Owners: []int64{1}, Units: []string{"a"}}
	for name, c := range map[string]struct {
		inner, outer actor.Scope
		want         bool
	}{
		"one in all":               {one, all, true},
		"all in one":               {all, one, false},
		"other owner":              {actor.Scope{Owners: []int64{1, 2}}, one, false},
		"nothing in one":           {actor.Scope{}, one, true},
		"one in nothing":           {one, actor.Scope{}, false},
		"branch in one":            {branch, one, true},
		"one in branch":            {one, branch, false},
		"wider branches":           {actor.Scope{Owners: []int64{1}, Branches: []int64{5, 6}}, branch, false},
		"unit in one":              {unit, one, true},
		"one in unit":              {one, unit, false},
		"branch is not unit":       {branch, unit, false},
		"all but by branch in one": {actor.Scope{All: true, Branches: []int64{5}}, branch, false},
	} {
		if got := c.inner.Within(c.outer); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// An actor with two roles has each permission where its own role is valid, and nowhere else.
func TestSeveralGrants(t *testing.T) {
	const write, release, read = actor.Permission("x.write"), actor.Permission("x.release"), actor.Permission("x.read")
	a := actor.Actor{Kind: actor.Officer, ID: "7", Permissions: []actor.Permission{write, read},
		Scope: actor.Scope{Owners: []int64{1}},
		Also: []actor.Grant{
			{Permissions: []actor.Permission{release}, Scope: actor.Scope{Owners: []int64{2}}},
			{Permissions: []actor.Permission{write}, Scope: actor.Scope{Owners: []int64{3}, Branches: []int64{30}}},
		}}
	in3 := actor.Place{Owner: 3, Path: []int64{31, 30}}
	ctx := actor.With(t.Context(), a)
	a.Also[0].Scope.Owners[0] = 1 // a later change of the caller's slice does not widen it
	from, err := actor.From(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p    actor.Permission
		at   actor.Place
		want bool
	}{
		{write, actor.At(1), true}, {write, actor.At(2), false}, {write, actor.At(3), false}, {write, in3, true},
		{release, actor.At(2), true}, {release, actor.At(1), false}, {release, in3, false},
		{read, actor.At(1), true}, {read, in3, false}, {"", actor.At(1), false},
	} {
		err := from.Check(c.p, c.at)
		if from.May(c.p, c.at) != c.want || (err == nil) != c.want {
			t.Errorf("%s at %v: %v, %v", c.p, c.at, from.May(c.p, c.at), err)
		}
	}
	writer, err := actor.Allowed(ctx, write)
	if s := writer.Scope; err != nil || !s.Allows(1) || s.Allows(2) || !s.Allows(3) || len(s.Branches) == 0 {
		t.Errorf("scope of write: %+v, %v", s, err)
	}
	if !from.Scope.Allows(2) || !writer.May(release, actor.At(2)) {
		t.Error("other permissions are lost")
	}
	step := writer.WithPermissions("x.step")
	if !step.May("x.step", actor.At(1)) || !step.May("x.step", in3) || step.May("x.step", actor.At(2)) ||
		step.May("x.step", actor.At(3)) || step.Can(write) {
		t.Error("a step is valid where the permission that was asked for is")
	}
	one, three := actor.Scope{Owners: []int64{1}}, actor.Scope{Owners: []int64{3}}
	if !from.Covers(write, one) || from.Covers(write, three) || from.Covers(release, one) ||
		from.Covers(write, actor.Scope{All: true}) || from.CheckAll(write) == nil {
		t.Error("covers more than it has")
	}
	if from.Can("") || actor.Unlimited("t").Can("") {
		t.Error("the empty permission is held")
	}
	if in := from.In(9); in.May(write, actor.At(1)) || !in.May(write, actor.At(9)) || from.May(write, actor.At(9)) {
		t.Error("In must replace the owners of every grant, of a copy")
	}
	if _, err := actor.Allowed(ctx, "x.other"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("err = %v", err)
	}
}
