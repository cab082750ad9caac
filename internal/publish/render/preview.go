package render

import (
	"cmp"
	"context"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource/published"
	"guiyi/internal/theme"
)

// Preview renders the page of an item as if it were live: it.Edition may be a draft, and it.Path empty.
func (f *Frame) Preview(ctx context.Context, it *published.Shown) ([]byte, error) {
	c := f.Tree.ID(it.Placement.ColumnID)
	if c == nil {
		return nil, fault.New(fault.Conflict, "信息还没有放进这个站点的栏目，放进栏目后才能预览")
	}
	r := NewReads(f, nil)
	var v theme.View
	var err error
	if c.Kind.Traits().Single {
		v, err = f.single(r, c, it)
	} else {
		it.Path = cmp.Or(it.Path, page.ColumnPath(c))
		v, err = f.itemView(ctx, r, it)
	}
	if err != nil {
		return nil, err
	}
	return f.Set.Append(nil, v)
}
