package themetest

import (
	"time"

	"guiyi/internal/theme"
)

func stateSamples() []Sample {
	return []Sample{
		{"notfound", "/404.html", "", notFound()},
		{"gone", "/gone.html", "", gone()},
		{"problem", "/problem.html", "", problem()},
		{"closed", "/closed.html", "", closed()},
		{"search", "/search", "", searchResults()},
		{"search-none", "/search-none", "", searchNone()},
		{"search-start", "/search-start", "", searchPage("")},
	}
}

func plainPage(title string) theme.Page {
	p := page(title, nil)
	p.NoIndex = true
	return p
}

func ways() []theme.Link {
	return []theme.Link{{Text: "返回首页", URL: "/"}, {Text: "网站地图", URL: "/wzdt/"}, {Text: "政策文件", URL: "/zwgk/zcwj/"},
		{Text: "政务服务", URL: "/zwfw/"}}
}

func notFound() theme.NotFound {
	return theme.NotFound{Page: plainPage("没有找到这个页面"), Links: ways(), Phone: "0450-00000000"}
}

func gone() theme.Gone {
	return theme.Gone{
		Page:   plainPage("这条信息已经撤下"),
		At:     day(time.November, 21, 10, 0),
		Reason: "该信息发布有误，已经撤下。",
		Links:  ways(),
		Phone:  "0450-00000000",
	}
}

func problem() theme.Problem {
	return theme.Problem{
		Page:   plainPage("请求过于频繁"),
		Title:  "请求过于频繁",
		Detail: "请求过于频繁，请在 30 秒后重试。",
		ID:     "k3v9x2m7q1w8",
		Links:  ways(),
		Phone:  "0450-00000000",
	}
}

func closed() theme.Closed {
	return theme.Closed{
		SiteName:  siteName,
		IDCode:    "2301990001",
		Sponsor:   siteName,
		Heading:   "网站临时下线公告",
		Reason:    "因系统升级维护，本网站暂停服务，给您带来不便，敬请谅解。",
		Since:     day(time.November, 21, 22, 0),
		Until:     day(time.November, 23, 8, 0),
		Phone:     "0450-00000000",
		Elsewhere: theme.Link{Text: "省人民政府网站", URL: "https://www.gov.cn/"},
	}
}

func searchPage(query string) theme.Search {
	title := "搜索"
	if query != "" {
		title = query + " 的搜索结果"
	}
	return theme.Search{
		Page:   plainPage(title),
		Action: "/search",
		Query:  query,
		Phone:  "0450-00000000",
		Hidden: []theme.Field{{Name: "site", Value: "qinghe"}},
		Hot: []theme.Link{{Text: "公积金提取", URL: "/search?q=公积金提取"}, {Text: "入学报名", URL: "/search?q=入学报名"},
			{Text: "高龄津贴", URL: "/search?q=高龄津贴"}},
	}
}

// searchNone is a search without results, with all the help then shown.
func searchNone() theme.Search {
	s := searchPage("中小企页補貼")
	s.Notes = []string{"已按“中小企页补贴”查找。"}
	s.Ways = []theme.Facet{
		{Text: "在全部网站中查找（现在只在“清河市人民政府”里找）", URL: "/search?q=中小企页補貼", Count: 0},
		{Text: "不限时间（现在只在“2024年”里找）", URL: "/search?q=中小企页補貼&site=qinghe", Count: 0},
		{Text: "换成“中小企业补贴”", URL: "/search?q=中小企业补贴", Count: 214},
	}
	s.Elsewhere = []theme.LinkGroup{
		{Title: "本站栏目", Items: []theme.Link{{Text: "新闻动态", URL: "/xwdt/"}, {Text: "政务公开", URL: "/zwgk/"},
			{Text: "政府信息公开", URL: "/xxgk/"}}},
		{Title: "其他网站", Items: []theme.Link{{Text: "临江县人民政府", URL: "https://www.linjiang.gov.cn/"}}},
	}
	return s
}

func searchResults() theme.Search {
	s := searchPage("中小企业")
	s.Total = 1286
	s.Corrected = theme.Link{Text: "中小微企业", URL: "/search?q=中小微企业"}
	s.Types = []theme.Facet{{Text: "全部", URL: "/search?q=中小企业", Count: 1286, Current: true},
		{Text: "政策文件", URL: "/search?q=中小企业&type=document", Count: 214},
		{Text: "政策解读", URL: "/search?q=中小企业&type=interpretation", Count: 96},
		{Text: "新闻动态", URL: "/search?q=中小企业&type=article", Count: 976}}
	s.Groups = []theme.FacetGroup{
		{Title: "站点", Items: []theme.Facet{{Text: "全部站点", URL: "/search?q=中小企业&site=", Count: 1286, Current: true},
			{Text: siteName, URL: "/search?q=中小企业&site=qinghe", Count: 902},
			{Text: "临江县人民政府", URL: "/search?q=中小企业&site=linjiang", Count: 184}}},
		{Title: "时间", Items: []theme.Facet{{Text: "不限", URL: "/search?q=中小企业", Count: -1, Current: true},
			{Text: "一周内", URL: "/search?q=中小企业&time=week", Count: -1},
			{Text: "一年内", URL: "/search?q=中小企业&time=year", Count: -1}}},
	}
	s.Sorts = []theme.Facet{{Text: "按相关度", URL: "/search?q=中小企业", Count: -1, Current: true},
		{Text: "按时间", URL: "/search?q=中小企业&sort=time", Count: -1}}
	hit := theme.Span{Text: "中小企业", Hit: true}
	s.Results = []theme.Result{
		{Title: []theme.Span{{Text: "清河市人民政府关于印发《清河市促进"}, hit, {Text: "发展若干措施》的通知"}}, URL: document,
			Address: domain + document,
			Snippet: []theme.Span{{Text: "设立规模2亿元的"}, hit, {Text: "融资风险补偿资金，对合作银行发放的符合条件的贷款损失，按不超过30%的比例予以补偿。"}},
			Type:    "政策文件", Number: "清政发〔2026〕18号", Site: siteName, Column: "政策文件", At: day(time.November, 20, 9, 30)},
		{Title: []theme.Span{{Text: "我市新增12家省级专精特新"}, hit}, URL: article, Address: domain + article,
			Snippet: []theme.Span{{Text: "省工业和信息化厅公布名单，我市12家"}, hit, {Text: "入选，累计达到58家。"}}, Type: "新闻动态",
			Site: siteName, Column: "时政要闻", Source: "清河日报", At: day(time.November, 17, 9, 30)},
	}
	s.Pager = theme.SearchPager{Next: "/search?q=中小企业&page=2",
		Pages: []theme.PagerPage{{Number: 1, Current: true}, {Number: 2, URL: "/search?q=中小企业&page=2"},
			{Number: 3, URL: "/search?q=中小企业&page=3"}}}
	return s
}
