package theme

import "time"

// Home 首页: blocks in the declared order. The theme groups neighbours into rows.
type Home struct {
	Page   Page
	Title  string // visually hidden h1, e.g. 清河市人民政府门户网站
	Blocks []Block
}

func (Home) file() string { return "home.html" }

// Block is one block of a home page. Exactly one pointer is set.
type Block struct {
	Headline   *HeadlineBlock
	Notice     *NoticeBlock
	Focus      *FocusBlock
	List       *ListBlock
	Documents  *DocumentsBlock
	Disclosure *DisclosureBlock
	Tiles      *TilesBlock
	Topics     *TopicsBlock
	Figures    *FiguresBlock
	Gallery    *GalleryBlock
}

// HeadlineBlock 头条: one red headline with a few related links.
type HeadlineBlock struct {
	Title string
	URL   string
	Links []Link
}

// NoticeBlock 提示: an important notice of the day.
type NoticeBlock struct {
	Label string // 提示, 紧急通知
	Text  string
	Link  Link // empty URL: none
}

// FocusBlock 图片要闻: picture news. All pictures are on the page, without animation.
type FocusBlock struct {
	Title string // heading for screen readers
	Items []PictureItem
}

// PictureItem is an item shown by its picture.
type PictureItem struct {
	Title   string
	URL     string
	Picture Image
	At      time.Time
}

// ListBlock is the newest items of a column.
type ListBlock struct {
	Title   string
	MoreURL string
	Items   []ListItem
}

// DocumentsBlock 政策文件与解读: a table of documents with their interpretations.
type DocumentsBlock struct {
	Title   string
	MoreURL string
	Items   []DocumentRow
	// Interpretations are the newest of the interpretation column; may be empty.
	InterpretTitle   string
	InterpretMoreURL string
	Interpretations  []ListItem
}

// DocumentRow is one document in a table.
type DocumentRow struct {
	Title           string
	URL             string
	Number          string // 发文字号
	Validity        string // 有效 | 失效 | 废止 | 修改; empty: unknown
	Interpretations []Link // text = form: 图解, 文字, 视频…
	At              time.Time
}

// DisclosureBlock 政府信息公开: entries of the fixed frame.
type DisclosureBlock struct {
	Title string
	Links []Link
}

// TilesBlock 我要办事: entries with a note each.
type TilesBlock struct {
	Title   string
	MoreURL string
	Items   []Link
}

// TopicsBlock 专题专栏.
type TopicsBlock struct {
	Title   string
	MoreURL string
	Items   []TopicItem
}

// TopicItem is one topic banner; without a picture the theme sets its name as a banner.
type TopicItem struct {
	Title   string
	Note    string
	URL     string
	Picture Image
}

// FiguresBlock 数据: a few figures with units.
type FiguresBlock struct {
	Title   string
	MoreURL string
	Note    string // period and source of the figures
	Items   []Figure
}

// Figure is one number, e.g. {地区生产总值, 1286.4, 亿元}.
type Figure struct {
	Name  string
	Value string
	Unit  string
}

// GalleryBlock 图集.
type GalleryBlock struct {
	Title   string
	MoreURL string
	Items   []PictureItem
}
