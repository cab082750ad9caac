package themetest

import (
	"time"

	"guiyi/internal/theme"
)

func listSamples() []Sample {
	return []Sample{
		{"channel", "/xwdt/", "/xwdt/", channel()},
		{"list", "/xwdt/szyw/", "/xwdt/", newestList()},
		{"list-older", older, "/xwdt/", olderList()},
		{"list-pictures", "/xwdt/tpxw/", "/xwdt/", pictures()},
		{"list-documents", "/zwgk/zcwj/", "/zwgk/", documents()},
		{"list-empty", "/hdjl/", "/hdjl/", emptyList()},
		{"disclosure", "/xxgk/", "/xxgk/", disclosureList()},
		{"disclosure-guide", "/xxgk/xxgkzn/", "/xxgk/", disclosureGuide()},
		{"sitemap", "/wzdt/", "", siteMap()},
	}
}

func newsSide(current string) theme.Side {
	nodes := []theme.TreeNode{
		{Text: "时政要闻", URL: "/xwdt/szyw/"}, {Text: "部门动态", URL: "/xwdt/bmdt/"},
		{Text: "通知公告", URL: "/xwdt/tzgg/", Children: []theme.TreeNode{{Text: "停水停电", URL: "/xwdt/tzgg/tstd/"},
			{Text: "招考公告", URL: "/xwdt/tzgg/zkgg/"}}},
		{Text: "图片新闻", URL: "/xwdt/tpxw/"},
	}
	for i := range nodes {
		nodes[i].Current = nodes[i].URL == current
		nodes[i].Open = nodes[i].Current
	}
	return theme.Side{Title: "新闻动态", URL: "/xwdt/", Nodes: nodes}
}

func listItems() []theme.ListItem {
	items := append(leadNews(), leadNews()...)
	for i := range items {
		items[i].Source = []string{"市政府办公室", "清河日报", "清河市人力资源和社会保障局"}[i%3]
	}
	items[0].Pinned = true
	return items
}

func newestList() theme.List {
	col := columnMeta("时政要闻", "工作动态", "发布市政府常务会议、专题会议和市政府领导公务活动等重要信息。")
	l := theme.List{
		Page:        page("时政要闻", col),
		Name:        "时政要闻",
		Description: col.Description,
		Side:        newsSide("/xwdt/szyw/"),
		Crumbs:      crumbs(theme.Link{Text: "新闻动态", URL: "/xwdt/"}, theme.Link{Text: "时政要闻"}),
		Items:       listItems(),
		UpdatedAt:   day(time.November, 20, 9, 30),
		Filter: &theme.Filter{Action: "/search", Site: "qinghe", Column: "xwdt/szyw",
			Years: []int{2026, 2025, 2024}},
		Feeds: []theme.Feed{{Title: "时政要闻", URL: "/xwdt/szyw/rss.xml", Type: "application/rss+xml"}},
		Pager: theme.Pager{Older: "/xwdt/szyw/index_12.html", Oldest: "/xwdt/szyw/index_1.html",
			Pages: []theme.PagerPage{{Number: 12, URL: "/xwdt/szyw/index_12.html"},
				{Number: 11, URL: "/xwdt/szyw/index_11.html"}, {Number: 10, URL: "/xwdt/szyw/index_10.html"}}},
	}
	l.Page.Canonical = origin + "/xwdt/szyw/"
	l.Page.Feeds = l.Feeds
	l.Page.Meta.Description = col.Description
	return l
}

func olderList() theme.List {
	l := newestList()
	l.UpdatedAt, l.Filter = time.Time{}, nil
	l.Page.Canonical = origin + older
	l.Pager = theme.Pager{
		Newest: "/xwdt/szyw/",
		Newer:  "/xwdt/szyw/index_8.html",
		Older:  "/xwdt/szyw/index_6.html",
		Oldest: "/xwdt/szyw/index_1.html",
		Number: 7,
		Pages: []theme.PagerPage{{Number: 8, URL: "/xwdt/szyw/index_8.html"}, {Number: 7, Current: true},
			{Number: 6, URL: "/xwdt/szyw/index_6.html"}, {Number: 5, URL: "/xwdt/szyw/index_5.html"}},
	}
	return l
}

func channel() theme.List {
	col := columnMeta("新闻动态", "工作动态", "发布清河市政府重要会议、重要活动，市直部门和县（区）工作动态。")
	return theme.List{
		Page:        page("新闻动态", col),
		Name:        "新闻动态",
		Description: col.Description,
		Side:        newsSide(""),
		Crumbs:      crumbs(theme.Link{Text: "新闻动态"}),
		Sections: []theme.ListBlock{{Title: "时政要闻", MoreURL: "/xwdt/szyw/", Items: leadNews()[:6]},
			{Title: "部门动态", MoreURL: "/xwdt/bmdt/", Items: leadNews()[2:8]},
			{Title: "通知公告", MoreURL: "/xwdt/tzgg/", Items: tagged()}, {Title: "县区动态", MoreURL: "/xwdt/xqdt/"}},
	}
}

func pictures() theme.List {
	col := columnMeta("图片新闻", "工作动态", "以图片形式反映清河城乡建设和群众生活。")
	return theme.List{
		Page:        page("图片新闻", col),
		Name:        "图片新闻",
		Description: col.Description,
		Side:        newsSide("/xwdt/tpxw/"),
		Crumbs:      crumbs(theme.Link{Text: "新闻动态", URL: "/xwdt/"}, theme.Link{Text: "图片新闻"}),
		Pictures:    append(pictureItems(), pictureItems()...),
	}
}

func documents() theme.List {
	col := columnMeta("政策文件", "政策文件", "公开市政府规章、市政府文件和市政府办公室文件，注明文号、成文日期和有效性。")
	return theme.List{
		Page:        page("政策文件", col),
		Name:        "政策文件",
		Description: col.Description,
		Side: theme.Side{Title: "政务公开", URL: "/zwgk/",
			Nodes: []theme.TreeNode{{Text: "机构职能", URL: "/zwgk/jgzn/"},
				{Text: "政策文件", URL: "/zwgk/zcwj/", Current: true, Open: true}, {Text: "政策解读", URL: "/zwgk/zcjd/"}}},
		Crumbs:    crumbs(theme.Link{Text: "政务公开", URL: "/zwgk/"}, theme.Link{Text: "政策文件"}),
		Filter:    &theme.Filter{Action: "/search", Site: "qinghe", Column: "zwgk/zcwj", Years: []int{2026, 2025}},
		Documents: append(documentRows(), documentRows()...),
	}
}

func emptyList() theme.List {
	col := columnMeta("在线访谈", "在线访谈", "市政府部门负责人与网民在线交流。")
	return theme.List{Page: page("在线访谈", col), Name: "在线访谈", Description: col.Description,
		Crumbs: crumbs(theme.Link{Text: "在线访谈"})}
}

func disclosureFrame(title string, current int) theme.Disclosure {
	nodes := []theme.DisclosureNode{{Text: "政府信息公开指南", URL: "/xxgk/xxgkzn/"}, {Text: "政府信息公开制度", URL: "/xxgk/xxgkzd/"},
		{Text: "法定主动公开内容", URL: "/xxgk/", Children: []theme.TreeNode{{Text: "机关简介", URL: "/xxgk/fdzdgknr/jgjj/"},
			{Text: "行政规范性文件", URL: "/zwgk/zcwj/"}, {Text: "财政预决算", URL: "/xxgk/fdzdgknr/czyjs/"},
			{Text: "行政许可", URL: "/xxgk/fdzdgknr/xzxk/"}}},
		{Text: "政府信息公开年报", URL: "/xxgk/xxgknb/"}}
	nodes[current].Current, nodes[current].Open = true, true
	col := columnMeta(title, []string{"信息公开指南", "信息公开目录", "信息公开目录", "信息公开年报"}[current], "依照《中华人民共和国政府信息公开条例》公开的政府信息。")
	return theme.Disclosure{
		Page:   page(title, col),
		Organ:  siteName,
		Nodes:  nodes,
		Title:  title,
		Crumbs: crumbs(theme.Link{Text: "政府信息公开", URL: "/xxgk/"}, theme.Link{Text: title}),
		Apply:  theme.Link{Text: "依申请公开", URL: "/xxgk/ysqgk/"},
		Unit: theme.UnitInfo{
			Name:    "市政府办公室政务公开科",
			Address: "清河市东山区政通路1号",
			Hours:   "工作日 8:30—11:30，13:30—17:00（法定节假日除外）",
			Phone:   "0450-00000001",
			Fax:     "0450-00000002",
			Email:   "zwgk@qinghe.gov.cn",
		},
	}
}

func disclosureList() theme.Disclosure {
	d := disclosureFrame("法定主动公开内容", 2)
	d.Intro = "按照《中华人民共和国政府信息公开条例》第二十条、第二十一条规定主动公开的政府信息。"
	d.Documents = documentRows()
	return d
}

func disclosureGuide() theme.Disclosure {
	d := disclosureFrame("政府信息公开指南", 0)
	c := guide()
	d.Content = &c
	d.Page = contentPage(c, "/xxgk/xxgkzn/", "说明政府信息的分类、编排体系和获取方式。", d.Page.Meta.Column)
	return d
}

func siteMap() theme.SiteMap {
	node := func(name string, children ...string) theme.TreeNode {
		n := theme.TreeNode{Text: name, URL: "/xwdt/"}
		for _, c := range children {
			n.Children = append(n.Children, theme.TreeNode{Text: c, URL: "/xwdt/szyw/"})
		}
		return n
	}
	return theme.SiteMap{
		Page:   page("网站地图", columnMeta("网站地图", "信息公开目录", "本站栏目一览。")),
		Crumbs: crumbs(theme.Link{Text: "网站地图"}),
		Columns: []theme.TreeNode{node("新闻动态", "时政要闻", "部门动态", "通知公告", "图片新闻"),
			node("政务公开", "机构职能", "负责人信息", "政策文件", "政策解读", "规划计划"),
			node("政府信息公开", "政府信息公开指南", "政府信息公开制度", "法定主动公开内容", "政府信息公开年报", "依申请公开"),
			node("政务服务", "社保医保", "住房公积金", "教育入学"), node("互动交流", "市长信箱", "民意征集", "在线访谈")},
		Sites: []theme.LinkGroup{{Title: "站群导航", Items: []theme.Link{{Text: "临江县人民政府",
			URL: "https://linjiang.qinghe.gov.cn/", Note: "县区"},
			{Text: "市交通运输局", URL: "https://jtj.qinghe.gov.cn/", Note: "部门"}}}},
		Feeds: []theme.Feed{{Title: "本站最新信息", URL: "/rss.xml", Type: "application/rss+xml"}},
	}
}
