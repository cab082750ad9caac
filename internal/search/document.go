package search

import "strings"

// Document is one search result: an item or one of its attachments.
type Document struct {
	ID          string   `json:"id"`       // unique; for the item itself, the number of the item
	ItemID      int64    `json:"item"`     // number of the item that it belongs to
	Revision    int64    `json:"revision"` // of the item; an older revision never replaces a newer one
	Type        string   `json:"type"`     // 要闻 公告 政策文件 解读 公开 办事 互动 图片 附件
	Title       string   `json:"title"`
	Body        string   `json:"-"` // plain text; stored outside the JSON
	Summary     string   `json:"summary"`
	Source      string   `json:"source"`      // 来源
	DocNo       string   `json:"docNo"`       // 发文字号
	IndexNo     string   `json:"indexNo"`     // 索引号
	PublishedAt int64    `json:"publishedAt"` // unix milliseconds
	Validity    string   `json:"validity"`    // 有效 失效 废止 …
	Tags        []string `json:"tags"`
	Places      []Place  `json:"places"` // the columns that show it, the oldest placement first
}

// Place is one column of one site that shows the document.
type Place struct {
	Site       string `json:"site"`   // site code
	Column     string `json:"column"` // column path, e.g. "zwgk/zcwj"
	ColumnName string `json:"columnName"`
	URL        string `json:"url"` // path on that site, or an absolute address
}

// maxBody is the number of bytes of a body that are indexed. Larger bodies are usually data, not text.
const maxBody = 4 << 20

// text returns the searchable text. Each part is a line of its own, so that no pair of characters spans two parts.
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

// place returns the place to link to, for a reader on site home who limited the search to site and column.
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

// within reports whether the column path is root or below root.
func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }
