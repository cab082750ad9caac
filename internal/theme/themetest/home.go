package themetest

import (
	"fmt"
	"time"

	"guiyi/internal/theme"
)

func picture(name, alt string) theme.Image {
	return theme.Image{URL: "/_m/" + name + ".svg", Alt: alt, Width: 640, Height: 360}
}

// news makes list items of titles; each item is a day older than the one before.
func news(titles ...string) []theme.ListItem {
	var out []theme.ListItem
	for i, t := range titles {
		out = append(out, theme.ListItem{Title: t, URL: article, At: day(time.November, 20-i%18, 9, 30)})
	}
	return out
}

func leadNews() []theme.ListItem {
	return news("市政府常务会议研究优化营商环境等工作", "2026年前三季度全市经济运行情况新闻发布会举行",
		"市领导调研城市更新和老旧小区改造项目", "我市新增12家省级专精特新中小企业",
		"今冬供热准备就绪，24小时服务热线开通", "第三届清河读书节启动，全市设分会场36个",
		"沿江新区综合交通枢纽主体工程完工", "全市秋粮收购工作平稳有序", "市政务服务大厅推出周六延时服务")
}

func documentRows() []theme.DocumentRow {
	forms := []theme.Link{{Text: "图解", URL: interpretation}, {Text: "文字", URL: interpretation}}
	return []theme.DocumentRow{
		{Title: "清河市人民政府关于印发《清河市促进中小企业发展若干措施》的通知", URL: document, Number: "清政发〔2026〕18号", Validity: "有效",
			Interpretations: forms, At: day(time.November, 20, 9, 30)},
		{Title: "清河市人民政府办公室关于做好冬季能源保供工作的通知", URL: document, Number: "清政办发〔2026〕42号", Validity: "有效",
			Interpretations: forms[1:], At: day(time.November, 18, 10, 0)},
		{Title: "清河市国有土地上房屋征收与补偿办法", URL: document, Number: "市政府令第67号", Validity: "修改", Interpretations: forms,
			At: day(time.November, 12, 15, 0)},
		{Title: "清河市人民政府关于公布行政规范性文件清理结果的决定", URL: document, Number: "清政发〔2026〕17号", Validity: "有效",
			At: day(time.November, 8, 9, 0)},
		{Title: "清河市养老服务设施布局专项规划（2026—2035年）", URL: document, Number: "清政发〔2026〕16号", Validity: "废止",
			Interpretations: forms[:1], At: day(time.November, 3, 9, 0)},
	}
}

func pictureItems() []theme.PictureItem {
	item := func(title, file, alt string, d int) theme.PictureItem {
		return theme.PictureItem{Title: title, URL: article, Picture: picture(file, alt),
			At: day(time.November, d, 8, 0)}
	}
	return []theme.PictureItem{
		item("沿江新区综合交通枢纽主体工程完工", "bridge", "清河大桥与沿江新区全景", 20),
		item("东山公园改造后重新开放", "park", "公园里的步道和凉亭", 19),
		item("全市供热机组陆续点火", "heat", "夜色中的城市和供热烟囱", 17),
		item("清河读书节走进社区", "read", "社区书屋的书架和翻开的书", 15),
		item("秋粮颗粒归仓", "field", "秋粮颗粒归仓", 12),
	}
}

func home() theme.Home {
	p := page("清河市人民政府门户网站", columnMeta("首页", "首页", "清河市人民政府门户网站首页，汇集政务公开、办事服务和互动交流。"))
	p.Title = "清河市人民政府门户网站"
	p.Canonical = origin + "/"
	p.JSONLD = theme.OrganizationLD(organization())
	p.Feeds = []theme.Feed{{Title: "清河市人民政府最新信息", URL: "/rss.xml", Type: "application/rss+xml"}}
	p.Meta.Description = "清河市人民政府门户网站，发布政府信息，提供办事服务，听取群众意见。"
	return theme.Home{Page: p, Title: "清河市人民政府门户网站", Blocks: []theme.Block{
		{Headline: &theme.HeadlineBlock{Title: "全市推进“高效办成一件事”工作会议召开", URL: article,
			Links: []theme.Link{{Text: "31个“一件事”上线运行", URL: article}, {Text: "一图读懂重点任务", URL: interpretation},
				{Text: "发布会实录", URL: article}}}},
		{Notice: &theme.NoticeBlock{Text: "市气象台11月22日18时发布大风蓝色预警，请注意防范。",
			Link: theme.Link{Text: "查看详情", URL: article}}},
		{Focus: &theme.FocusBlock{Items: pictureItems()}},
		{List: &theme.ListBlock{Title: "时政要闻", MoreURL: "/xwdt/szyw/", Items: leadNews()}},
		{Documents: &theme.DocumentsBlock{Title: "政策文件与解读", MoreURL: "/zwgk/zcwj/", Items: documentRows()}},
		{Disclosure: &theme.DisclosureBlock{Title: "政府信息公开",
			Links: []theme.Link{{Text: "政府信息公开指南", URL: "/xxgk/xxgkzn/"}, {Text: "政府信息公开制度", URL: "/xxgk/"},
				{Text: "法定主动公开内容", URL: "/xxgk/"}, {Text: "政府信息公开年报", URL: "/xxgk/"}, {Text: "依申请公开", URL: "/xxgk/"},
				{Text: "行政规范性文件", URL: "/zwgk/zcwj/"}}}},
		{Tiles: &theme.TilesBlock{Title: "我要办事", MoreURL: "/zwfw/", Items: tiles()}},
		{List: &theme.ListBlock{Title: "通知公告", MoreURL: "/xwdt/", Items: leadNews()[3:8]}},
		{List: &theme.ListBlock{Title: "部门动态", MoreURL: "/xwdt/", Items: leadNews()[1:6]}},
		{List: &theme.ListBlock{Title: "征集与访谈", MoreURL: "/hdjl/", Items: tagged()}},
		{Figures: &theme.FiguresBlock{Title: "数说清河", Note: "数据为2026年前三季度，来源：市统计局。",
			Items: []theme.Figure{{Name: "地区生产总值", Value: "1286.4", Unit: "亿元"},
				{Name: "城镇新增就业", Value: "3.26", Unit: "万人"}, {Name: "空气优良天数", Value: "248", Unit: "天"},
				{Name: "新增公园绿地", Value: "42.8", Unit: "公顷"}}}},
		{Topics: &theme.TopicsBlock{Title: "专题专栏", MoreURL: "/ztzl/",
			Items: []theme.TopicItem{{Title: "高效办成一件事", Note: "31个事项　持续更新", URL: "/xwdt/"},
				{Title: "优化营商环境", Note: "政策直达　免申即享", URL: "/xwdt/"},
				{Title: "安全生产月", Note: "隐患排查　公众举报", URL: "/xwdt/"}, {Title: "政府工作报告", Note: "重点任务进展", URL: "/xwdt/"}}}},
		{Gallery: &theme.GalleryBlock{Title: "清河影像", MoreURL: "/xwdt/tpxw/", Items: pictureItems()[1:]}},
	}}
}

func tagged() []theme.ListItem {
	items := news("《清河市停车管理办法》公开征求意见", "2027年民生实事项目征集", "在线访谈：医保局谈门诊共济", "《清河市供热条例》意见采纳情况反馈", "市长信箱11月来信选登")
	for i, tag := range [][2]string{{"征集中", "red"}, {"征集中", "red"}, {"预告", ""}, {"已反馈", "ok"}, {"已答复", "ok"}} {
		items[i].Tag, items[i].Tone = tag[0], tag[1]
	}
	return items
}

func tiles() []theme.Link {
	names := []string{"社保查询与转移", "养老、失业、工伤", "医保服务", "报销、备案、电子凭证", "公积金", "提取、贷款、查询", "入学报名", "小学、初中",
		"不动产登记", "买房、过户、抵押", "婚姻登记", "预约、补领", "企业开办", "一日办结", "车辆与驾照", "年检、换证",
		"养老服务", "高龄津贴、助餐", "残疾人服务", "补贴、辅具", "出入境", "护照、港澳通行证", "政务大厅", "预约、排队、导航"}
	var out []theme.Link
	for i := 0; i < len(names); i += 2 {
		out = append(out, theme.Link{Text: names[i], Note: names[i+1], URL: fmt.Sprintf("/zwfw/#s%d", i/2)})
	}
	return out
}
