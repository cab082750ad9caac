package search

import "strings"

// Document is one findable thing: an item or an attachment of it.
type Document struct {
	ID          string   `json:"id"`          // unique; equals the item's number for the item itself
	ItemID      int64    `json:"item"`        // the resource it belongs to
	Revision    int64    `json:"revision"`    // of the item; an older one never replaces a newer one
	Type        string   `json:"type"`        // 要闻 公告 政策文件 解读 公开 办事 互动 图片 附件
	Title       string   `json:"title"`       //
	Body        string   `json:"-"`           // plain text, kept beside the rest
	Summary     string   `json:"summary"`     //
	Source      string   `json:"source"`      // 来源
	DocNo       string   `json:"docNo"`       // 发文字号
	IndexNo     string   `json:"indexNo"`     // 索引号
	PublishedAt int64    `json:"publishedAt"` // unix milliseconds
	Validity    string   `json:"validity"`    // 有效 失效 废止 …
	Tags        []string `json:"tags"`        //
	Places      []Place  `json:"places"`      // where it is shown; the first is its home
}

// Place is one column of one site that shows the document.
type Place struct {
	Site       string `json:"site"`       // site code
	Column     string `json:"column"`     // column path, e.g. "zwgk/zcwj"
	ColumnName string `json:"columnName"` //
	URL        string `json:"url"`        // path on that site, or an absolute address
}

// maxBody bounds the bytes of a body that are indexed: larger bodies are usually data, not text.
const maxBody = 4 << 20

// text is everything that is searched, each part on its own line so that no pair of
// characters reaches over a border.
func (d *Document) text() string {
	body := d.Body
	if len(body) > maxBody {
		body = body[:maxBody]
	}
	parts := make([]string, 0, 7+len(d.Tags))
	for _, p := range append([]string{d.Title, d.DocNo, d.IndexNo, d.Source, d.Summary, body}, d.Tags...) {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "\n")
}

// place returns the place to show to a reader on site home who asked for site and column.
func (d *Document) place(site, column, home string) Place {
	best, bestRank := Place{}, -1
	for _, p := range d.Places {
		rank := 0
		if p.Site == home {
			rank++
		}
		if site != "" && p.Site == site {
			rank += 2
		}
		if column != "" && within(p.Column, column) {
			rank += 4
		}
		if rank > bestRank {
			best, bestRank = p, rank
		}
	}
	return best
}

// within reports whether column path lies in the subtree of root.
func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }
