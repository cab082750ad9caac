package search

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"

	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

// Library is the Source that reads the resource library. An item can be found when it is live and in a column of a
// public site. Its address is that of its page, or of the column when it has no page.
type Library struct {
	Published *published.Reader
	Sites     *site.Register
}

var _ Source = (*Library)(nil)

// Documents implements Source.
func (l *Library) Documents(ctx context.Context, items []int64) (live []Document, gone []int64, err error) {
	for chunk := range slices.Chunk(items, 400) {
		docs, missing, err := l.documents(ctx, chunk)
		if err != nil {
			return nil, nil, err
		}
		live, gone = append(live, docs...), append(gone, missing...)
	}
	return live, gone, nil
}

// ItemsOn implements Source.
func (l *Library) ItemsOn(ctx context.Context, site int64, fn func(items []int64) error) error {
	return l.Published.ItemsOnSite(ctx, site, fn)
}

// surroundings are the sites and columns of some items. Their codes and paths are part of the addresses.
type surroundings struct {
	sites   map[int64]*site.Card
	columns map[int64]*site.Column
}

func (l *Library) surroundings(ctx context.Context,
	placements map[int64][]resource.Placement) (out surroundings, err error) {
	var sites, columns []int64
	for _, some := range placements {
		for _, p := range some {
			sites, columns = append(sites, p.SiteID), append(columns, p.ColumnID)
		}
	}
	if out.sites, err = l.Sites.Cards(ctx, sites...); err != nil {
		return out, err
	}
	out.columns, err = l.Sites.ColumnsByID(ctx, columns...)
	return out, err
}

func (l *Library) documents(ctx context.Context, ids []int64) (live []Document, gone []int64, err error) {
	placements, err := l.Published.Placements(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	at, err := l.surroundings(ctx, placements)
	if err != nil {
		return nil, nil, err
	}
	shown := map[int64]map[int64]*published.Shown{} // site → item
	for id := range at.sites {
		if shown[id], err = l.Published.OnSite(ctx, id, ids); err != nil {
			return nil, nil, err
		}
	}
	for _, id := range ids {
		if doc := document(at, id, placements[id], shown); doc != nil {
			live = append(live, *doc)
		} else {
			gone = append(gone, id)
		}
	}
	return live, gone, nil
}

// document returns the document of an item, nil when the item can be found on no site.
func document(at surroundings, id int64, placements []resource.Placement,
	shown map[int64]map[int64]*published.Shown) *Document {
	var doc *Document
	for _, p := range placements {
		s, c, it := at.sites[p.SiteID], at.columns[p.ColumnID], shown[p.SiteID][id]
		if s == nil || it == nil || it.Item.State != resource.Live || it.Edition == nil || !s.State.Public() {
			continue
		}
		if c == nil || c.SiteID != p.SiteID || c.Retired {
			continue
		}
		if doc == nil {
			doc = fromEdition(it)
		}
		doc.Places = append(doc.Places, Place{Site: s.Code, Column: c.Path, ColumnName: c.Name,
			URL: cmp.Or(it.Path, "/"+c.Path+"/")})
		doc.Type = cmp.Or(doc.Type, typeOf(it.Item.Class, c))
	}
	return doc
}

func fromEdition(it *published.Shown) *Document {
	e := it.Edition
	d := &Document{
		ID:          strconv.FormatInt(it.Item.ID, 10),
		ItemID:      it.Item.ID,
		Revision:    it.Item.Version,
		Title:       e.Title,
		Body:        e.Text,
		Summary:     e.Summary,
		Source:      e.Source,
		PublishedAt: e.PublishedAt,
		Tags:        e.Keywords,
	}
	if o := e.Document; o != nil {
		d.DocNo, d.IndexNo, d.Validity = o.DocNo, o.IndexNo, o.Validity
	}
	return d
}

// typeOf returns the result type. The class of the item decides, or else the types of the column.
func typeOf(class resource.Class, c *site.Column) string {
	switch class {
	case resource.Document:
		return "政策文件"
	case resource.Interpretation:
		return "解读"
	case resource.Notice:
		return "公告"
	case resource.Picture:
		return "图片"
	}
	for _, t := range c.Types {
		switch t {
		case "办事服务":
			return "办事"
		case "咨询投诉", "征集调查", "在线访谈", "回应关切":
			return "互动"
		case "政策文件":
			return "政策文件"
		case "政策解读":
			return "解读"
		case "信息公开指南", "信息公开目录", "信息公开年报", "依申请公开", "机构职能", "负责人信息", "概况信息", "数据发布":
			return "公开"
		}
	}
	return "要闻"
}

// All yields every document that can be found on any site, for a rebuild.
func (l *Library) All(ctx context.Context) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		sites, err := l.Sites.Sites(ctx)
		if err != nil {
			yield(Document{}, err)
			return
		}
		seen := map[int64]bool{}
		for _, s := range sites {
			stop := false
			err := l.Published.ItemsOnSite(ctx, s.ID, func(ids []int64) error {
				// the caller reads the last number of ids to continue: do not change its slice
				ids = slices.DeleteFunc(slices.Clone(ids), func(i int64) bool { return seen[i] })
				for _, i := range ids {
					seen[i] = true
				}
				docs, _, err := l.documents(ctx, ids)
				for _, d := range docs {
					if stop = !yield(d, nil); stop {
						return errStop
					}
				}
				return err
			})
			if stop {
				return
			}
			if err != nil {
				yield(Document{}, err)
				return
			}
		}
	}
}

var errStop = stopError{}

// stopError ends the iteration when the consumer stops it.
type stopError struct{}

func (stopError) Error() string { return "search: stopped" }
