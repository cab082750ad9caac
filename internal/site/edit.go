package site

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/tenant"
)

// Declare creates one site, or with the version seen (Site.Revision) replaces what is
// declared of it. dry only says what would happen. Like Apply it needs a scope over
// everything: domains and parents are of the network, not of one site.
func (d *Desk) Declare(ctx context.Context, decl Declaration, version int64, dry bool) (_ *Site, _ *Plan, err error) {
	defer fault.Annotate(&err, "site.Declare(%s)", decl.Site)
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !scope.All {
		return nil, nil, fault.New(fault.Forbidden, "只有平台级令牌可以建立站点和修改网站档案；栏目请用栏目接口")
	}
	decl.State, decl.Kind, decl.Theme = cmp.Or(decl.State, Applying), cmp.Or(decl.Kind, "department"),
		cmp.Or(decl.Theme, "default")
	return d.edit(ctx, decl.Site, version, dry, func(have stored) (*Declaration, error) {
		if have.site != nil && version == 0 {
			return nil, fault.New(fault.Conflict, "站点 %s 已经存在，修改请用 PUT 并带上版本号", decl.Site)
		}
		if have.site != nil {
			decl.Dossier.Emblem = have.site.Dossier.Emblem // pictures come with the files of a declaration
		}
		return &decl, nil
	})
}

// edit changes one site in one transaction: what change makes of the stored site is
// checked like any declaration. A version other than 0 must be the site's.
func (d *Desk) edit(ctx context.Context, code string, version int64, dry bool,
	change func(stored) (*Declaration, error)) (after *Site, done *Plan, err error) {
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		have, err := load(ctx, tx)
		if err != nil {
			return err
		}
		old := have[code]
		switch {
		case version != 0 && old.site == nil:
			return notMine(code)
		case version != 0 && old.site.Revision != version:
			return fault.New(fault.Conflict, "站点 %s 已被别人修改（现在是版本 %d），请重新读取后再改", code, old.site.Revision)
		}
		decl, err := change(old)
		if err != nil {
			return err
		}
		var faults []string
		decl.check(func(format string, a ...any) { faults = append(faults, fmt.Sprintf(format, a...)) })
		if len(faults) > 0 {
			return fault.New(fault.Invalid, "站点声明有误：%s", strings.Join(faults, "；"))
		}
		done = plan([]Declaration{*decl}, have)
		after = done.targets[0].site
		if dry {
			return nil
		}
		if done.HasError() {
			return fault.New(fault.Invalid, "站点没有通过检查，未作任何改动：%s", strings.Join(done.refusals(), "；"))
		}
		return d.write(ctx, tx, done, have)
	})
	return after, done, err
}

// ColumnChange says what becomes of a column; nil fields stay.
type ColumnChange struct {
	Name, Description, Update, URL *string
	Kind                           *Kind
	Keywords, Types                []string
	Nav                            *bool
	Rank                           *int // place among its siblings, from 1
}

// AddColumn puts a new column under the column at parent, "" for the top, last among
// its siblings.
func (d *Desk) AddColumn(ctx context.Context, code, parent string, c ColumnDecl) (_ *Column, err error) {
	defer fault.Annotate(&err, "site.AddColumn(%s, %s)", code, path.Join(parent, c.Slug))
	at := path.Join(parent, c.Slug)
	return d.editColumn(ctx, code, 0, at, func(decl *Declaration, have stored) error {
		old := NewTree(have.columns)
		if is := old.Path(at); is != nil && !is.Retired {
			return fault.New(fault.Conflict, "站点 %s 已有栏目 %s", code, at)
		}
		siblings, ok := siblingsAt(decl, parent)
		if !ok {
			return fault.New(fault.NotFound, "站点 %s 没有栏目 %s", code, parent)
		}
		*siblings = append(*siblings, c)
		return nil
	})
}

// ChangeColumn changes a column. version is the version of the site that was seen.
func (d *Desk) ChangeColumn(ctx context.Context, code string, version, id int64, change ColumnChange) (_ *Column,
	err error) {
	defer fault.Annotate(&err, "site.ChangeColumn(%s, %d)", code, id)
	at, err := d.columnAt(ctx, code, id)
	if err != nil {
		return nil, err
	}
	return d.editColumn(ctx, code, version, at, func(decl *Declaration, _ stored) error {
		siblings, ok := siblingsAt(decl, parentOf(at))
		if !ok {
			return noColumn(id)
		}
		i := slices.IndexFunc(*siblings, func(c ColumnDecl) bool { return c.Slug == path.Base(at) })
		if i < 0 {
			return fault.New(fault.Conflict, "栏目 %s 已经撤销，不能修改；重新建立即可恢复", at)
		}
		c := (*siblings)[i]
		change.apply(&c)
		*siblings = slices.Delete(*siblings, i, i+1)
		if change.Rank != nil {
			i = min(max(*change.Rank, 1), len(*siblings)+1) - 1
		}
		*siblings = slices.Insert(*siblings, i, c)
		return nil
	})
}

// RetireColumn hides a column and all below it. Its items and their addresses stay.
func (d *Desk) RetireColumn(ctx context.Context, code string, version, id int64) (_ *Column, err error) {
	defer fault.Annotate(&err, "site.RetireColumn(%s, %d)", code, id)
	at, err := d.columnAt(ctx, code, id)
	if err != nil {
		return nil, err
	}
	return d.editColumn(ctx, code, version, at, func(decl *Declaration, have stored) error {
		if NewTree(have.columns).Path(at).Fixed {
			return fault.New(fault.Conflict, "栏目 %s 属于政府信息公开专栏，由国家统一规定，不能撤销", at)
		}
		if siblings, ok := siblingsAt(decl, parentOf(at)); ok {
			*siblings = slices.DeleteFunc(*siblings, func(c ColumnDecl) bool { return c.Slug == path.Base(at) })
		}
		return nil
	})
}

// editColumn edits the columns of one site and returns the one at a path.
func (d *Desk) editColumn(ctx context.Context, code string, version int64, at string,
	change func(*Declaration, stored) error) (*Column, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	_, done, err := d.edit(ctx, code, version, false, func(have stored) (*Declaration, error) {
		if have.site == nil || !scope.Allows(have.site.ID) {
			return nil, notMine(code)
		}
		decl := declarationOf(have)
		return decl, change(decl, have)
	})
	if err != nil {
		return nil, err
	}
	return NewTree(done.targets[0].columns).Path(at), nil
}

func (d *Desk) columnAt(ctx context.Context, code string, id int64) (string, error) {
	s, err := NewRegister(d.db).Mine(ctx, code)
	if err != nil {
		return "", err
	}
	tree, err := NewRegister(d.db).Columns(ctx, s.ID)
	if err != nil {
		return "", err
	}
	if c := tree.ID(id); c != nil {
		return c.Path, nil
	}
	return "", noColumn(id)
}

func noColumn(id int64) error {
	return fault.New(fault.NotFound, "站点没有编号为 %d 的栏目", id)
}

func parentOf(at string) string { return strings.TrimPrefix(path.Dir(at), ".") }

// siblingsAt returns the declared children of the column at a path.
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

// declarationOf writes a stored site as the declaration that would change nothing.
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
	if p := tree.ID(parent); p != nil && p.Path == DisclosureRoot { // the frame puts its own nodes first again
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

// DeclarationOf returns a site of the caller's scope as its declaration.
func (r *Register) DeclarationOf(ctx context.Context, code string) (*Declaration, *Site, error) {
	s, err := r.Mine(ctx, code)
	if err != nil {
		return nil, nil, err
	}
	have := stored{site: s}
	if have.columns, err = columns(ctx, r.db.Read(), s.ID); err != nil {
		return nil, nil, err
	}
	if s.ParentID != 0 {
		up, err := r.ByID(ctx, s.ParentID)
		if err != nil {
			return nil, nil, err
		}
		have.parent = up.Code
	}
	return declarationOf(have), s, nil
}
