package theme_test

import (
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"guiyi/internal/theme"
)

// dom renders a view for questions by CSS selector.
type dom struct {
	t    *testing.T
	root *html.Node
}

func open(t *testing.T, v theme.View) dom {
	t.Helper()
	root, err := html.Parse(strings.NewReader(render(t, load(t), v)))
	if err != nil {
		t.Fatal(err)
	}
	return dom{t, root}
}

func (d dom) all(selector string) []*html.Node {
	d.t.Helper()
	s, err := cascadia.ParseGroup(selector)
	if err != nil {
		d.t.Fatal(err)
	}
	return cascadia.QueryAll(d.root, s)
}

// text is the folded text of all matches, separated by "|".
func (d dom) text(selector string) string {
	d.t.Helper()
	var out []string
	for _, n := range d.all(selector) {
		var b strings.Builder
		for c := range n.Descendants() {
			if c.Type == html.TextNode {
				b.WriteString(c.Data)
			}
		}
		out = append(out, strings.Join(strings.Fields(b.String()), " "))
	}
	return strings.Join(out, "|")
}

func (d dom) is(selector, want string) {
	d.t.Helper()
	if got := d.text(selector); got != want {
		d.t.Errorf("%s: %q, want %q", selector, got, want)
	}
}

func (d dom) count(selector string, want int) {
	d.t.Helper()
	if n := len(d.all(selector)); n != want {
		d.t.Errorf("%d × %s, want %d", n, selector, want)
	}
}

func shanghai(month time.Month, d, hour, minute int) time.Time {
	return time.Date(2026, month, d, hour, minute, 0, 0, time.FixedZone("", 8*3600))
}

func TestArticlePage(t *testing.T) {
	v := theme.Article{
		Crumbs: []theme.Link{{Text: "首页", URL: "/"}, {Text: "正文", Current: true}},
		Content: theme.Content{Title: "标题", Subtitle: "副题", Source: "来源单位", Author: "作者", Editor: "编辑",
			PublishedAt: shanghai(11, 20, 9, 30), UpdatedAt: shanghai(11, 21, 8, 0),
			Body: "<p>正文</p>", Attachments: []theme.Attachment{{Name: "表", URL: "/_m/1.pdf", Ext: "PDF",
				Size: 1_246_000}}, OriginURL: "https://www.gov.cn/a"},
		Tail: theme.Tail{Address: "https://www.qinghe.gov.cn/a.html", QR: `<svg id="qr"></svg>`,
			ErrorURL: "https://e.gov.cn/", Next: theme.Link{Text: "后一篇", URL: "/b.html"}},
	}
	d := open(t, v)
	d.is("h1", "标题")
	d.is(".crumb li", "首页|正文")
	d.is(`.crumb [aria-current="page"]`, "正文")
	d.is(".byline > ul:first-child li", "来源：来源单位|作者：作者|发布时间：2026-11-20 09:30|更新时间：2026-11-21 08:00")
	d.is(".prose p", "正文")
	d.is(".attach li", "PDF表1.2 MB")
	d.is(".pn a", "下一篇后一篇")
	d.count("#qr", 1)
	d.count("[data-tools][hidden]", 1) // needs a script, hidden without one
	d.count(`.origin a[href="https://www.gov.cn/a"]`, 1)
}

func TestArticleShowsOnlyWhatItHas(t *testing.T) {
	d := open(t, theme.Article{Content: theme.Content{Title: "标题", Body: "<p>正文</p>"}})
	for _, absent := range []string{".crumb", ".sub", ".attach", ".share", ".pn", ".rel", ".banner", ".editor",
		".origin", ".byline time"} {
		d.count(absent, 0)
	}
}

func TestWithdrawnBanner(t *testing.T) {
	d := open(t, theme.Article{Content: theme.Content{Title: "t",
		Withdrawn: &theme.Withdrawn{At: shanghai(11, 21, 0, 0), Reason: "已失效。",
			Replacement: theme.Link{Text: "新办法", URL: "/n.html"}}}})
	d.is(".banner p", "撤下时间：2026年11月21日。已失效。现行内容请见：新办法")
	d.count(`.banner a[href="/n.html"]`, 1)
}

func TestDocumentPage(t *testing.T) {
	v := theme.Document{
		Content: theme.Content{Title: "清河市人民政府关于印发《若干措施》的通知", PublishedAt: shanghai(11, 20, 9, 30)},
		Doc: theme.DocumentInfo{Index: "1/2026-00001", Theme: `工业、交通\其他`, Issuer: "清河市人民政府", Number: "清政发〔2026〕18号",
			Signed:  shanghai(11, 18, 0, 0),
			Expires: shanghai(12, 31, 0, 0), Validity: "废止", Keywords: []string{"融资", "减负"}},
		Interpretations: []theme.ListItem{{Title: "一图读懂", URL: "/jd.html", Tag: "图解", At: shanghai(11, 20, 0, 0)}},
		Relations: []theme.Relation{{Kind: "废止", Title: "旧办法", URL: "/old.html", Number: "清政发〔2019〕7号"},
			{Kind: "依据", Title: "上位法"}},
	}
	d := open(t, v)
	d.is("h1", v.Title)
	d.is(".docno", "清政发〔2026〕18号")
	d.is(".meta dt", "索引号|主题分类|发文机关|成文日期|标题|发文字号|发布日期|体裁|公开方式|施行日期|有效性|主题词")
	d.is(".meta dd", `1/2026-00001|工业、交通\其他|清河市人民政府|2026年11月18日|`+v.Title+
		`|清政发〔2026〕18号|2026年11月20日|—无|—无|—无|废止有效期至 2026年12月31日|融资 减负`)
	d.is(".meta .tag.red", "废止")
	d.is(".rel h2", "政策解读|相关文件")
	d.count(`.rel a[href="/jd.html"]`, 1)
	d.count(`.rel a[href="/old.html"]`, 1)
	d.is(".rel li .grow", "废止旧办法|依据上位法")
}

func TestInterpretationPage(t *testing.T) {
	v := theme.Interpretation{Content: theme.Content{Title: "解读"}, Form: "图解", Interpreter: "市工业和信息化局",
		Documents: []theme.DocumentCard{{Title: "原文件", URL: "/d.html", Number: "清政发〔2026〕18号",
			Signed: shanghai(11, 18, 0, 0), Validity: "有效"}},
		Others: []theme.ListItem{{Title: "另一篇", URL: "/o.html"}}}
	d := open(t, v)
	d.count(`.source a[href="/d.html"]`, 1)
	d.is(".source li", "清政发〔2026〕18号|2026年11月18日成文|有效")
	d.is(".forms-line", "图解解读解读单位：市工业和信息化局")
	d.is(".rel h2", "同一文件的其他解读")
	if before := render(t, load(t), v); strings.Index(before, `class="source"`) > strings.Index(before, "<h1>") {
		t.Error("the source document must come first")
	}
}

func TestDisclosureFrame(t *testing.T) {
	v := theme.Disclosure{Organ: "清河市人民政府", Title: "法定主动公开内容", Apply: theme.Link{Text: "依申请公开", URL: "/xxgk/ysqgk/"},
		Nodes: []theme.DisclosureNode{{Text: "政府信息公开指南", URL: "/1"}, {Text: "政府信息公开制度", URL: "/2"},
			{Text: "法定主动公开内容", URL: "/3", Current: true, Open: true,
				Children: []theme.TreeNode{{Text: "财政", URL: "/31",
					Children: []theme.TreeNode{{Text: "预算", URL: "/311"}}}}}, {Text: "政府信息公开年报", URL: "/4"}},
		Unit:  theme.UnitInfo{Name: "政务公开科", Phone: "0450-00000001"},
		Items: []theme.ListItem{{Title: "一条", URL: "/a.html", At: shanghai(1, 2, 0, 0)}}}
	d := open(t, v)
	d.is(".nodes > ul > li > a", "政府信息公开指南|政府信息公开制度|法定主动公开内容|政府信息公开年报")
	d.is(`.nodes [aria-current="page"]`, "法定主动公开内容")
	d.is(".nodes li ul a", "财政|预算")
	d.is(".apply", "依申请公开")
	d.is(".unit dd", "政务公开科|0450-00000001")
	d.is("h1", "法定主动公开内容")
	v.Content = &theme.Content{Title: "清河市政府信息公开指南", Body: "<p>指南</p>"}
	open(t, v).is("h1", "清河市政府信息公开指南")
}

func TestListForms(t *testing.T) {
	rows := []theme.DocumentRow{{Title: "文件", URL: "/d.html", Number: "清政发〔2026〕18号", Validity: "有效",
		Interpretations: []theme.Link{{Text: "图解", URL: "/j.html"}}, At: shanghai(11, 20, 0, 0)},
		{Title: "无号", URL: "/e.html"}}
	d := open(t, theme.List{Name: "政策文件", Documents: rows,
		Filter: &theme.Filter{Action: "/search", Column: "zwgk/zcwj", Years: []int{2026, 2025}}})
	d.is("tbody tr:first-child td", "文件|清政发〔2026〕18号|有效|图解|2026-11-20")
	d.is("tbody tr:nth-child(2) td", "无号|—无|—无|—无|")
	d.is(".filter option", "全部|2026 年|2025 年")
	d.count(`.filter input[name="column"][value="zwgk/zcwj"]`, 1)
	d.count(".empty", 0)

	d = open(t,
		theme.List{Name: "要闻", Items: []theme.ListItem{{Title: "置顶的", URL: "/a", Pinned: true,
			At: shanghai(11, 20, 0, 0)}, {Title: "征集", URL: "/b", Tag: "征集中", Tone: "red", Source: "市司法局"}},
			Feeds: []theme.Feed{{Title: "要闻", URL: "/rss.xml", Type: "application/rss+xml"},
				{Title: "要闻", URL: "/atom.xml", Type: "application/atom+xml"}}})
	d.is(".list li", "置顶置顶的2026-11-20|征集中征集市司法局")
	d.is(".feeds a", "订阅要闻 RSS|订阅要闻 Atom")

	d = open(t,
		theme.List{Name: "图片", Pictures: []theme.PictureItem{{Title: "桥", URL: "/p",
			Picture: theme.Image{URL: "/_m/1.jpg", Alt: "大桥", Width: 640, Height: 360}}, {Title: "无图", URL: "/q"},
			{Title: "同名", URL: "/r", Picture: theme.Image{URL: "/_m/2.jpg", Alt: "同名"}}}})
	d.count(`.pics img[src="/_m/2.jpg"][alt=""]`, 1) // the link says it already
	d.count(`.pics img[alt="大桥"][width="640"]`, 1)
	d.count(".pics .nopic", 1)

	open(t, theme.List{Name: "空"}).is(".empty", "本栏目暂无内容。")
	open(t, theme.List{Name: "频道", Sections: []theme.ListBlock{{Title: "空的"}}}).is(".empty", "暂无内容。")
}

func TestHomeBlocks(t *testing.T) {
	item := theme.ListItem{Title: "一条", URL: "/a", At: shanghai(11, 20, 0, 0)}
	d := open(t, theme.Home{Title: "门户", Blocks: []theme.Block{
		{Headline: &theme.HeadlineBlock{Title: "头条", URL: "/h", Links: []theme.Link{{Text: "相关", URL: "/r"}}}},
		{Notice: &theme.NoticeBlock{Text: "大风预警"}},
		{Focus: &theme.FocusBlock{Items: []theme.PictureItem{{Title: "图", URL: "/p",
			Picture: theme.Image{URL: "/_m/1.jpg"}}}}},
		{List: &theme.ListBlock{Title: "要闻", MoreURL: "/yw/", Items: []theme.ListItem{item}}},
		{Documents: &theme.DocumentsBlock{Title: "政策", Items: []theme.DocumentRow{{Title: "文件", URL: "/d"}},
			InterpretTitle: "解读", Interpretations: []theme.ListItem{item}}},
		{Disclosure: &theme.DisclosureBlock{Title: "公开", Links: []theme.Link{{Text: "指南", URL: "/z"}}}},
		{Tiles: &theme.TilesBlock{Title: "办事", Items: []theme.Link{{Text: "社保", Note: "养老", URL: "/s"}}}},
		{Topics: &theme.TopicsBlock{Title: "专题", Items: []theme.TopicItem{{Title: "专题一", URL: "/t"},
			{Title: "专题二", URL: "/u", Picture: theme.Image{URL: "/_m/2.jpg"}}}}},
		{Figures: &theme.FiguresBlock{Title: "数据", Items: []theme.Figure{{Name: "就业", Value: "3.26", Unit: "万人"}}}},
		{Gallery: &theme.GalleryBlock{Title: "影像", Items: []theme.PictureItem{{Title: "照片", URL: "/g"}}}},
	}})
	d.is("h1", "门户")
	d.is(".headline h2", "头条")
	d.is(".notice b", "提示")
	d.is(".sec h2", "要闻|政策|解读|公开|办事|专题|数据|影像")
	d.count(".band", 8)
	d.count(".band.half section", 2)
	d.count(".band.wide section", 3)
	d.is(".tiles .seal", "社")
	d.count(".topics a.pic img", 1)
	d.is(".figures dd", "3.26万人")
	d.is(".hotline a", "拨打 12345 找政府|字太小？调整显示")
}

func TestSearchStates(t *testing.T) {
	found := theme.Search{Action: "/search", Query: "企业", Total: 1286, Capped: true,
		Hidden: []theme.Field{{Name: "site", Value: "qinghe"}},
		Types: []theme.Facet{{Text: "全部", URL: "/search?q=1", Count: 1286, Current: true},
			{Text: "文件", URL: "/search?q=2", Count: -1}}, Corrected: theme.Link{Text: "中小企业", URL: "/search?q=3"},
		Results: []theme.Result{{Title: []theme.Span{{Text: "中小"}, {Text: "企业", Hit: true}}, URL: "/a",
			Number: "清政发〔2026〕18号", At: shanghai(11, 20, 0, 0)}},
		Pager: theme.SearchPager{Next: "/search?page=2", Pages: []theme.PagerPage{{Number: 1, Current: true}}}}
	d := open(t, found)
	d.is(".sum p", "找到超过 1,286 条与“企业”有关的结果")
	d.is(".types a", "全部1,286|文件")
	d.is(".results h2 mark", "企业")
	d.is(".results .m", "清政发〔2026〕18号2026-11-20")
	d.count(`.query input[name="site"][value="qinghe"]`, 1)
	d.count(`.query input[name="q"][value="企业"]`, 1)
	d.is(".fixq a", "中小企业")
	d.is(".pager li", "第1页|下一页")

	open(t, theme.Search{Query: "无"}).is(".help h2", "没有找到与“无”有关的内容")
	open(t, theme.Search{}).is(".help h2", "想找什么？")
	open(t, theme.Search{Query: "x", Problem: "请稍后再试"}).count(`[role="alert"]`, 1)
}

func TestFormPage(t *testing.T) {
	d := open(t, theme.FormPage{Title: "写信", Lead: "说明", Done: "已保存", Form: "<form id=\"f\"></form>",
		Links: []theme.Link{{Text: "恢复默认", URL: "/_mode?reset=1"}}, Notes: []theme.Note{{Title: "须知", Text: "<b>"}}})
	d.is("h1", "写信")
	d.is(".desc", "说明")
	d.is(".banner.ok", "已保存")
	d.count("form#f", 1)
	d.count(`a[href="/_mode?reset=1"]`, 1)
	d.is(".sec h2", "须知")
	d.is("section.block p", "<b>")
	d = open(t, theme.FormPage{})
	d.count(".banner", 0)
	d.count("section.block", 0)
	open(t, theme.Problem{Title: "请求过于频繁", Detail: "请稍后<b>", ID: "abc", Phone: "0450-1"}).is(`[role="alert"]`, "请稍后<b>")
}

func TestStatePages(t *testing.T) {
	links := []theme.Link{{Text: "首页", URL: "/"}}
	open(t, theme.NotFound{Links: links, Phone: "0450-1"}).is(".state a", "首页|0450-1|12345")
	open(t, theme.Gone{At: shanghai(11, 21, 0, 0), Reason: "发布有误。", Links: links}).is(".state > p:nth-of-type(2)",
		"撤下时间：2026年11月21日。发布有误。")
	open(t, theme.Gone{}).is(".state > p:nth-of-type(2)", "该信息不再公开。")

	d := open(t, theme.Closed{SiteName: "清河市人民政府", Heading: "网站临时下线公告", Phone: "0450-00000000",
		Until: shanghai(11, 23, 8, 0)})
	d.is("h1", "清河市人民政府")
	d.count(`a[href="tel:045000000000"]`, 1)
	d.is("time", "2026-11-23 08:00")
	d.count(`[src],script,link:not([href="data:,"])`, 0)
}

func TestSiteMapTree(t *testing.T) {
	d := open(t,
		theme.SiteMap{Columns: []theme.TreeNode{{Text: "政务公开", URL: "/zwgk/",
			Children: []theme.TreeNode{{Text: "政策文件", URL: "/zwgk/zcwj/"}}}},
			Sites: []theme.LinkGroup{{Title: "部门", Items: []theme.Link{{Text: "交通局", URL: "https://jtj.qinghe.gov.cn/",
				Note: "部门"}}}}})
	d.is(".maps h2", "政务公开")
	d.is(".maps li", "政策文件")
	d.is(".entries a", "交通局部门")
}
