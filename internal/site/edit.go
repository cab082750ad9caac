package site

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
)

// Declare creates a site when version is 0. Otherwise it replaces the declaration of a site whose Revision is version.
// With dry it only returns the plan. It needs a scope over all sites, because domains and parents affect other sites.
func (d *Desk) Declare(ctx context.Context, decl Declaration, version int64, dry bool) (_ *Site, _ *Plan, err error) {
	defer fault.Annotate(&err, "site.Declare(%s)", decl.Site)
	by, err := actor.From(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := by.CheckAll(Write); err != nil {
		return nil, nil, err
	}
	decl.State, decl.Kind, decl.Theme = cmp.Or(decl.State, Applying), cmp.Or(decl.Kind, "department"),
		cmp.Or(decl.Theme, "default")
	var after *Site
	var done *Plan
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		have, err := readKnown(ctx, tx, []Declaration{decl})
		if err != nil {
			return err
		}
		switch old := have[decl.Site].site; {
		case old == nil && version != 0:
			return noSiteInScope(decl.Site)
		case old != nil && version == 0:
			return fault.New(fault.Conflict, "站点 %s 已经存在；修改它要给出您读到的版本号", decl.Site)
		case old != nil && old.Revision != version:
			return fault.New(fault.Conflict, "站点 %s 已被别人修改（现在是版本 %d），请重新读取后再改", decl.Site, old.Revision)
		case old != nil:
			decl.Dossier.Emblem = old.Dossier.Emblem // only files can bring a new picture
		}
		if done, err = planOne(&decl, have); err != nil {
			return err
		}
		after = done.targets[0].site
		if dry {
			return nil
		}
		return d.writePlan(ctx, tx, done, have, Write)
	})
	return after, done, err
}

// planOne checks the declaration of one site with the same rules as a declaration in a file, and returns its plan.
func planOne(decl *Declaration, have map[string]stored) (*Plan, error) {
	var faults []string
	decl.check(func(format string, a ...any) { faults = append(faults, fmt.Sprintf(format, a...)) })
	if len(faults) > 0 {
		return nil, fault.New(fault.Invalid, "站点声明有误：%s", strings.Join(faults, "；"))
	}
	return plan([]Declaration{*decl}, have), nil
}

// writePlan writes a plan. It returns an error when the plan has findings of level error.
func (d *Desk) writePlan(ctx context.Context, tx bun.Tx, p *Plan, have map[string]stored,
	asked actor.Permission) error {
	if p.HasError() {
		return fault.New(fault.Invalid, "站点没有通过检查，未作任何改动：%s", strings.Join(p.refusals(), "；"))
	}
	return d.write(ctx, tx, p, have, asked)
}

// ColumnChange has the new values of a column. Nil fields do not change.
type ColumnChange struct {
	Name, Description, Update, URL *string
	Kind                           *Kind
	Keywords, Types                []string
	Nav                            *bool
	Rank                           *int // position among its siblings, from 1
}

// AddColumn adds a column as the last child of the column at parent. parent "" adds a top column.
func (d *Desk) AddColumn(ctx context.Context, code, parent string, c ColumnDecl) (_ *Column, err error) {
	at := path.Join(parent, c.Slug)
	defer fault.Annotate(&err, "site.AddColumn(%s, %s)", code, at)
	return d.editColumn(ctx, code, func(decl *Declaration, tree *Tree) (string, error) {
		if is := tree.Path(at); is != nil && !is.Retired {
			return at, fault.New(fault.Conflict, "站点 %s 已有栏目 %s", code, at)
		}
		siblings, ok := siblingsAt(decl, parent)
		if !ok {
			return at, fault.New(fault.NotFound, "站点 %s 没有栏目 %s", code, parent)
		}
		*siblings = append(*siblings, c)
		return at, nil
	})
}

// ChangeColumn changes a column. version is the Version of the column that the caller has read.
func (d *Desk) ChangeColumn(ctx context.Context, code string, version, id int64, change ColumnChange) (_ *Column,
	err error) {
	defer fault.Annotate(&err, "site.ChangeColumn(%s, %d)", code, id)
	return d.editColumn(ctx, code, func(decl *Declaration, tree *Tree) (string, error) {
		at, err := seen(tree, id, version)
		if err != nil {
			return at, err
		}
		siblings, ok := siblingsAt(decl, parentOf(at))
		if !ok {
			return at, noColumn(id)
		}
		i := slices.IndexFunc(*siblings, func(c ColumnDecl) bool { return c.Slug == path.Base(at) })
		if i < 0 {
			return at, fault.New(fault.Conflict, "栏目 %s 已经撤销，不能修改；重新建立即可恢复", at)
		}
		c := (*siblings)[i]
		change.apply(&c)
		*siblings = slices.Delete(*siblings, i, i+1)
		if change.Rank != nil {
			i = min(max(*change.Rank, 1), len(*siblings)+1) - 1
		}
		*siblings = slices.Insert(*siblings, i, c)
		return at, nil
	})
}

// RetireColumn hides a column and the columns below it. Their items and addresses stay. version is the Version of the
// column that the caller has read.
func (d *Desk) RetireColumn(ctx context.Context, code string, version, id int64) (_ *Column, err error) {
	defer fault.Annotate(&err, "site.RetireColumn(%s, %d)", code, id)
	return d.editColumn(ctx, code, func(decl *Declaration, tree *Tree) (string, error) {
		at, err := seen(tree, id, version)
		if err != nil {
			return at, err
		}
		if tree.Path(at).Fixed {
			return at, fault.New(fault.Conflict, "栏目 %s 属于政府信息公开专栏，由国家统一规定，不能撤销", at)
		}
		if siblings, ok := siblingsAt(decl, parentOf(at)); ok {
			*siblings = slices.DeleteFunc(*siblings, func(c ColumnDecl) bool { return c.Slug == path.Base(at) })
		}
		return at, nil
	})
}

// seen returns the path of a column. It returns a Conflict error when its Version is not version.
func seen(tree *Tree, id, version int64) (string, error) {
	c := tree.ID(id)
	if c == nil {
		return "", noColumn(id)
	}
	if c.Version != version {
		return c.Path, fault.New(fault.Conflict, "栏目 %s 已被别人修改（现在是版本 %d），请重新读取后再改", c.Path, c.Version)
	}
	return c.Path, nil
}

// editColumn applies change to the declaration of one site, and returns the column at the path that change returns. It
// locks the site and writes only rows of that site. So edits of one site run one after the other and need no retries.
func (d *Desk) editColumn(ctx context.Context, code string,
	change func(*Declaration, *Tree) (at string, err error)) (out *Column, err error) {
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	err = d.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		s, err := d.lock(ctx, tx, code)
		if fault.Is(err, fault.NotFound) || err == nil && !by.Scope.Allows(s.ID) {
			return noSiteInScope(code)
		}
		if err != nil {
			return err
		}
		k := newKnown(tx)
		k.add(s)
		if err := k.columns(ctx, s.ID); err != nil {
			return err
		}
		if err := k.around(ctx, s.Domains); err != nil {
			return err
		}
		tree, decl := NewTree(k.have[code].columns), declarationOf(k.have[code])
		at, err := change(decl, tree)
		if err != nil {
			return err
		}
		if err := by.Check(ColumnWrite, tree.place(s.ID, at)); err != nil {
			return err
		}
		done, err := planOne(decl, k.have)
		if err != nil {
			return err
		}
		t := done.targets[0]
		out = NewTree(t.columns).Path(at)
		if old := tree.Path(at); old != nil && t.touched[at] != "" && out.Version == old.Version {
			out.Version++ // the caller moved this column: only its rank changed
		}
		return d.writePlan(ctx, tx, done, k.have, ColumnWrite)
	})
	return out, err
}

func noColumn(id int64) error {
	return fault.New(fault.NotFound, "站点没有编号为 %d 的栏目", id)
}

func parentOf(at string) string { return strings.TrimPrefix(path.Dir(at), ".") }

// siblingsAt returns the declared children of the column at a path, "" for the top.
func siblingsAt(decl *Declaration, at string) (*[]ColumnDecl, bool) {
	siblings := &decl.Columns
	for slug := range strings.SplitSeq(at, "/") {
		if slug == "" {
			continue
		}
		i := slices.IndexFunc(*siblings, func(c ColumnDecl) bool { return c.Slug == slug })
		if i < 0 {
			return nil, false
		}
		siblings = &(*siblings)[i].Children
	}
	return siblings, true
}

func (c ColumnChange) apply(d *ColumnDecl) {
	set(&d.Name, c.Name)
	set(&d.Description, c.Description)
	set(&d.Update, c.Update)
	set(&d.URL, c.URL)
	set(&d.Kind, c.Kind)
	if c.Keywords != nil {
		d.Keywords = c.Keywords
	}
	if c.Types != nil {
		d.Types = c.Types
	}
	if c.Nav != nil {
		d.Nav = c.Nav
	}
}

func set[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}

// declarationOf returns the declaration of a stored site. Applying it changes nothing.
func declarationOf(have stored) *Declaration {
	s := have.site
	return &Declaration{
		Site:    s.Code,
		Parent:  have.parent,
		Name:    s.Name,
		Title:   s.Title,
		Kind:    s.Kind,
		State:   s.State,
		Theme:   s.Theme,
		Domains: s.Domains,
		Dossier: s.Dossier,
		Links:   s.Links,
		Hot:     s.Hot,
		Home:    s.Home,
		Columns: columnDecls(NewTree(have.columns), 0),
	}
}

func columnDecls(tree *Tree, parent int64) []ColumnDecl {
	var out []ColumnDecl
	kids := slices.Clone(tree.Children(parent))
	// Here the fixed columns come last: applying puts them before the others.
	if p := tree.ID(parent); p != nil && p.Path == DisclosureRoot {
		slices.SortStableFunc(kids, func(a, b *Column) int { return cmp.Compare(btoi(a.Fixed), btoi(b.Fixed)) })
	}
	for _, c := range kids {
		out = append(out, ColumnDecl{
			Slug:        c.Slug,
			Name:        c.Name,
			Description: c.Description,
			Keywords:    c.Keywords,
			Types:       c.Types,
			Update:      c.Update,
			Kind:        c.Kind,
			URL:         c.URL,
			Nav:         &c.Nav,
			Children:    columnDecls(tree, c.ID),
		})
	}
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// DeclarationOf returns a site in the caller's scope, and its declaration.
func (r *Register) DeclarationOf(ctx context.Context, code string) (*Declaration, *Site, error) {
	s, err := r.ByCodeInScope(ctx, code)
	if err != nil {
		return nil, nil, err
	}
	have := stored{site: s}
	if have.columns, err = columns(ctx, r.db.Read(), s.ID); err != nil {
		return nil, nil, err
	}
	codes, err := r.Codes(ctx, s.ParentID)
	have.parent = codes[s.ParentID]
	return declarationOf(have), s, err
}
