package themetest

import (
	"html/template"
	"time"

	"guiyi/internal/theme"
)

const (
	siteName = "清河市人民政府"
	domain   = "www.qinghe.gov.cn"
	origin   = "https://www.qinghe.gov.cn"
)

func day(month time.Month, d, hour, minute int) time.Time {
	return time.Date(2026, month, d, hour, minute, 0, 0, time.FixedZone("", 8*3600))
}

func siteMeta() theme.SiteMeta {
	return theme.SiteMeta{Name: siteName, Domain: domain, IDCode: "2301990001"}
}

func organization() theme.Organization {
	return theme.Organization{Name: siteName, URL: origin + "/", Phone: "0450-00000000", Address: "清河市东山区政通路1号"}
}

// chromeView returns the frame of the sample site; top is the address of the current top column.
func chromeView(top string) theme.ChromeView {
	nav := []theme.Link{
		{Text: "首页", URL: "/"}, {Text: "新闻动态", URL: "/xwdt/"}, {Text: "政务公开", URL: "/zwgk/"},
		{Text: "政府信息公开", URL: "/xxgk/"}, {Text: "政务服务", URL: "/zwfw/"}, {Text: "互动交流", URL: "/hdjl/"},
		{Text: "走进清河", URL: "/zjqh/"},
	}
	tabs := []theme.Tab{
		{Text: "首页", URL: "/", Icon: "home"}, {Text: "公开", URL: "/zwgk/", Icon: "doc"},
		{Text: "办事", URL: "/zwfw/", Icon: "service"}, {Text: "互动", URL: "/hdjl/", Icon: "talk"},
		{Text: "搜索", URL: "/search", Icon: "search"},
	}
	for i := range nav {
		nav[i].Current = nav[i].URL == top
	}
	for i := range tabs {
		tabs[i].Current = tabs[i].URL == top
	}
	return theme.ChromeView{
		Site:    theme.SiteCard{Name: siteName, Domain: domain, HomeURL: "/"},
		Parents: []theme.Link{{Text: "中国政府网", URL: "https://www.gov.cn/"}},
		Hot: []theme.Link{{Text: "公积金提取", URL: "/search?q=公积金提取"}, {Text: "入学报名", URL: "/search?q=入学报名"},
			{Text: "供热报修", URL: "/search?q=供热报修"}, {Text: "惠企政策", URL: "/search?q=惠企政策"}},
		Search: theme.SearchBox{Action: "/search", Site: "qinghe"},
		Nav:    nav,
		Tabs:   tabs,
		Groups: []theme.LinkGroup{
			{Title: "国家部委网站", Items: []theme.Link{{Text: "国家发展和改革委员会", URL: "https://www.ndrc.gov.cn/"},
				{Text: "教育部", URL: "https://www.moe.gov.cn/"}}},
			{Title: "县（区）政府网站", Items: []theme.Link{{Text: "临江县人民政府", URL: "https://linjiang.qinghe.gov.cn/"}}},
			{Title: "市政府部门网站", Items: []theme.Link{{Text: "市人力资源和社会保障局", URL: "https://rsj.qinghe.gov.cn/"},
				{Text: "市交通运输局", URL: "https://jtj.qinghe.gov.cn/"}}},
		},
		Info: []theme.Link{{Text: "关于本站", URL: "/gywz/"}, {Text: "隐私保护", URL: "/gywz/"},
			{Text: "联系我们", URL: "/gywz/"}},
		MapURL: "/wzdt/",
		Dossier: theme.Dossier{
			Sponsor:   siteName,
			Organizer: siteName + "办公室",
			IDCode:    "2301990001",
			ICP:       "黑ICP备00000000号-1",
			Police:    "黑公网安备 23019900000001号",
			Phone:     "0450-00000000",
			Email:     "wzgl@qinghe.gov.cn",
			Address:   "清河市东山区政通路1号",
			Postcode:  "150000",
			CONAC:     "https://bszs.conac.cn/",
			ErrorURL:  "https://zfwzgl.www.gov.cn/exposure/jiucuo.html",
			AccessURL: "/gywz/",
			IPv6:      true,
		},
	}
}

func columnMeta(name, kind, description string) *theme.ColumnMeta {
	return &theme.ColumnMeta{Name: name, Description: description, Keywords: []string{name, "清河"},
		Types: []string{kind}}
}

// page returns the common part of a column page.
func page(title string, col *theme.ColumnMeta) theme.Page {
	return theme.Page{
		Title: title + "_" + siteName, Meta: theme.Meta{Site: siteMeta(), Column: col},
		OG: theme.OG{Title: title, Type: "website"},
	}
}

// contentPage returns the common part of a content page.
func contentPage(c theme.Content, path, summary string, col *theme.ColumnMeta) theme.Page {
	p := page(c.Title, col)
	p.Canonical = origin + path
	p.Meta.Content = &theme.ContentMeta{
		Title:       c.Title,
		PubDate:     c.PublishedAt,
		Source:      c.Source,
		Keywords:    []string{"清河", col.Name},
		Author:      c.Editor,
		Description: summary,
		URL:         p.Canonical,
	}
	p.OG.Type = "article"
	p.OG.Description = summary
	p.JSONLD = theme.ArticleLD(*p.Meta.Content, organization(), time.Time{})
	return p
}

func crumbs(links ...theme.Link) []theme.Link {
	out := append([]theme.Link{{Text: "首页", URL: "/"}}, links...)
	out[len(out)-1].Current = true
	return out
}

// qr is a placeholder for a QR code; the publisher passes a real one.
func qr() template.HTML {
	return `<svg role="img" aria-label="本页二维码" viewBox="0 0 21 21" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h21v21H0z"/>` +
		`<path fill="#000" d="M1 1h6v6H1zM14 1h6v6h-6zM1 14h6v6H1zM9 2h2v3H9zM10 8h4v2h-4zM16 9h3v3h-3zM9 12h3v2H9zM14 14h2v4h-2zM10 16h2v3h-2zM18 16h2v2h-2zM2 9h3v2H2z"/>` +
		`<path fill="#fff" d="M2 2h4v4H2zM15 2h4v4h-4zM2 15h4v4H2z"/><path fill="#000" d="M3 3h2v2H3zM16 3h2v2h-2zM3 16h2v2H3z"/></svg>`
}
