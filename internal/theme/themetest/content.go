package themetest

import (
	"time"

	"guiyi/internal/theme"
)

func contentSamples() []Sample {
	return []Sample{
		{"article", article, "/xwdt/", newsArticle()},
		{"withdrawn", "/xwdt/szyw/202611/t20261118_3040.html", "/xwdt/", withdrawnArticle()},
		{"document", document, "/zwgk/", officialDocument()},
		{"interpretation", interpretation, "/zwgk/", interpretationPage()},
		{"page", "/gywz/", "", about()},
	}
}

const newsBody = `<p>11月20日上午，市政府召开第42次常务会议，研究优化营商环境、冬季供热保障和民生实事项目推进情况。</p>
<p>会议指出，优化营商环境要从企业最盼的事情做起。各部门要把承诺事项列成清单，逐项写明<strong>责任单位、完成时限和监督电话</strong>，向社会公开，接受企业和群众评议。</p>
<figure><img src="/_m/bridge.svg" alt="清河大桥与沿江新区全景" width="640" height="360"><figcaption>沿江新区综合交通枢纽主体工程已经完工。</figcaption></figure>
<h2>一、把办事时间再压一压</h2>
<p>企业开办、不动产登记、工程建设项目审批等高频事项，今年年底前全部实现“一表申请、一窗受理”。没有法律法规依据的证明材料一律取消。</p>
<h2>二、让老旧小区住得更暖</h2>
<p>全市老旧管网改造已完成87.6公里。供热企业要在11月底前完成入户测温，室温不达标的，按照<a href="/zwgk/zcwj/">《清河市供热条例》</a>退还相应热费。</p>
<table><caption>供热服务电话</caption><thead><tr><th scope="col">区域</th><th scope="col">供热单位</th><th scope="col">服务电话</th></tr></thead><tbody><tr><td>东山区</td><td>清河热力有限公司</td><td>0450-00000010</td></tr><tr><td>临江区</td><td>沿江供热公司</td><td>0450-00000011</td></tr></tbody></table>
<p>会议还研究了其他事项。</p>`

const documentBody = `<p>各县（区）人民政府，市政府各部门，各直属单位：</p>
<p>《清河市促进中小企业发展若干措施》已经市政府第42次常务会议审议通过，现印发给你们，请认真贯彻执行。</p>
<p class="align-right">清河市人民政府</p><p class="align-right">2026年11月18日</p><p>（此件公开发布）</p>
<h2>一、减轻企业负担</h2>
<p>（一）落实税费优惠政策。对符合条件的小型微利企业，按照国家规定减免相关税费，实行“免申即享”，不再要求企业重复提交材料。各级税务机关应当在政策生效之日起10个工作日内完成系统配置。</p>
<p>（二）降低要素成本。对首次纳入规模以上统计的工业企业，给予最高20万元的一次性奖励；对用电、用气价格执行情况开展专项检查，严禁转供电环节不合理加价。</p>
<h2>二、加强融资支持</h2>
<p>（三）扩大信用贷款规模。发挥市级融资信用服务平台作用，推动水、电、社保、公积金等数据依法共享，力争到2027年底普惠小微信用贷款余额增长不低于15%。</p>
<p>（四）完善风险补偿。设立规模2亿元的中小企业融资风险补偿资金，对合作银行发放的符合条件的贷款损失，按不超过30%的比例予以补偿。</p>
<h2>三、附则</h2>
<p>本措施自2026年12月1日起施行，有效期至2031年11月30日。具体实施由市工业和信息化局会同市财政局负责解释。</p>`

func tail(path string) theme.Tail {
	return theme.Tail{
		Address:  origin + path,
		QR:       qr(),
		ErrorURL: "https://zfwzgl.www.gov.cn/exposure/jiucuo.html",
		Prev:     theme.Link{Text: "清河市人民政府关于公布行政规范性文件清理结果的决定", URL: document},
		Next:     theme.Link{Text: "清河市人民政府办公室关于做好冬季能源保供工作的通知", URL: document},
		Related:  leadNews()[1:4],
	}
}

func newsArticle() theme.Article {
	c := theme.Content{
		Title:       "市政府常务会议研究优化营商环境等工作",
		Source:      "清河市人民政府办公室",
		Author:      "王明",
		Editor:      "李华",
		PublishedAt: day(time.November, 20, 9, 30),
		Body:        newsBody,
	}
	a := theme.Article{Content: c, Tail: tail(article),
		Crumbs: crumbs(theme.Link{Text: "新闻动态", URL: "/xwdt/"}, theme.Link{Text: "时政要闻", URL: "/xwdt/szyw/"},
			theme.Link{Text: "正文"})}
	a.Page = contentPage(c, article, "市政府第42次常务会议研究优化营商环境、冬季供热保障和民生实事项目推进情况。",
		columnMeta("时政要闻", "工作动态", "发布市政府重要会议和公务活动。"))
	a.Page.OG.Image = origin + "/_m/bridge.svg"
	return a
}

func withdrawnArticle() theme.Article {
	a := newsArticle()
	a.Withdrawn = &theme.Withdrawn{At: day(time.November, 21, 10, 0), Reason: "部分数据已经更新。",
		Replacement: theme.Link{Text: "2026年前三季度全市经济运行情况", URL: article}}
	return a
}

func officialDocument() theme.Document {
	c := theme.Content{
		Title:       "清河市人民政府关于印发《清河市促进中小企业发展若干措施》的通知",
		Source:      "清河市人民政府办公室",
		PublishedAt: day(time.November, 20, 9, 30),
		Body:        documentBody,
		Editor:      "李华",
		Attachments: []theme.Attachment{{Name: "清河市促进中小企业发展若干措施（正式版）", URL: "/_m/a.pdf",
			SaveAs: "清河市促进中小企业发展若干措施（正式版）.pdf", Ext: "PDF", Size: 1_246_000},
			{Name: "重点任务分工表", URL: "/_m/b.xlsx", SaveAs: "重点任务分工表.xlsx", Ext: "XLSX", Size: 86_120}},
	}
	d := theme.Document{
		Content: c,
		Tail:    tail(document),
		Crumbs: crumbs(theme.Link{Text: "政务公开", URL: "/zwgk/"}, theme.Link{Text: "政策文件", URL: "/zwgk/zcwj/"},
			theme.Link{Text: "正文"}),
		Doc: theme.DocumentInfo{
			Index:      "112301990000000195/2026-00042",
			Theme:      "工业、交通\\其他",
			Issuer:     siteName,
			Genre:      "通知",
			Number:     "清政发〔2026〕18号",
			Signed:     day(time.November, 18, 0, 0),
			Effective:  day(time.December, 1, 0, 0),
			Expires:    time.Date(2031, 11, 30, 0, 0, 0, 0, time.FixedZone("", 8*3600)),
			Validity:   "有效",
			Disclosure: "主动公开",
			Keywords:   []string{"中小企业", "融资", "减负"},
		},
		Interpretations: []theme.ListItem{{Title: "一图读懂：《清河市促进中小企业发展若干措施》", URL: interpretation, Tag: "图解",
			At: day(time.November, 20, 9, 30)},
			{Title: "市工业和信息化局负责人就若干措施答记者问", URL: interpretation, Tag: "文字", At: day(time.November, 20, 10, 0)}},
		Relations: []theme.Relation{{Kind: "废止", Title: "清河市促进中小企业发展暂行办法", Number: "清政发〔2019〕7号", URL: document,
			At: time.Date(2019, 3, 1, 0, 0, 0, 0, time.UTC)},
			{Kind: "依据", Title: "中华人民共和国中小企业促进法"}},
	}
	d.Tail.Related = nil
	d.Page = contentPage(c, document, "减轻企业负担、加强融资支持的若干措施。", columnMeta("政策文件", "政策文件", "公开市政府文件。"))
	return d
}

func interpretationPage() theme.Interpretation {
	c := theme.Content{Title: "《清河市促进中小企业发展若干措施》政策解读", Source: "市工业和信息化局", PublishedAt: day(time.November, 20, 10, 0),
		Body: "<h2>一、为什么要出台这项措施</h2><p>今年以来，部分中小企业反映融资难、用工成本高。市政府组织有关部门走访了216家企业，梳理出12个方面的问题，据此起草了本措施。</p><h2>二、企业能得到哪些实惠</h2><p>符合条件的小型微利企业不用申请即可享受税费减免；首次升规的工业企业可获得最高20万元奖励。</p><h2>三、到哪里咨询</h2><p>企业可拨打12345热线企业专席，或到市政务服务大厅惠企政策窗口咨询。</p>"}
	i := theme.Interpretation{
		Content:     c,
		Form:        "文字",
		Interpreter: "市工业和信息化局",
		Tail:        tail(interpretation),
		Crumbs: crumbs(theme.Link{Text: "政务公开", URL: "/zwgk/"}, theme.Link{Text: "政策解读", URL: "/zwgk/zcjd/"},
			theme.Link{Text: "正文"}),
		Documents: []theme.DocumentCard{{Title: "清河市人民政府关于印发《清河市促进中小企业发展若干措施》的通知", URL: document,
			Number: "清政发〔2026〕18号", Issuer: siteName, Signed: day(time.November, 18, 0, 0), Validity: "有效"}},
		Others: []theme.ListItem{{Title: "一图读懂：《清河市促进中小企业发展若干措施》", URL: interpretation, Tag: "图解",
			At: day(time.November, 20, 9, 30)}},
	}
	i.Tail.Related = nil
	i.Page = contentPage(c, interpretation, "解读出台背景、主要实惠和咨询渠道。", columnMeta("政策解读", "政策解读", "由文件起草部门对政策文件进行解读。"))
	return i
}

func guide() theme.Content {
	return theme.Content{
		Title:       "清河市人民政府政府信息公开指南",
		Source:      "清河市人民政府办公室",
		PublishedAt: day(time.January, 12, 9, 0),
		Body:        "<p>为了方便公民、法人和其他组织获取本机关的政府信息，依据《中华人民共和国政府信息公开条例》编制本指南。</p><h2>一、信息分类和编排</h2><p>本机关主动公开的信息按机构职能、法规文件、规划计划、财政信息、行政执法等类别编排，每条信息有唯一的索引号。</p><h2>二、获取方式</h2><p>可通过本网站、市档案馆和市图书馆查阅，也可以依申请获取。</p>",
		Attachments: []theme.Attachment{{Name: "政府信息公开申请表", URL: "/_m/form.docx",
			SaveAs: "政府信息公开申请表.docx", Ext: "DOCX", Size: 24_000}},
	}
}

func about() theme.PageView {
	c := theme.Content{Title: "关于本站", Source: "清河市人民政府办公室", PublishedAt: day(time.January, 5, 9, 0),
		Body: "<p>清河市人民政府门户网站由清河市人民政府主办，市政府办公室承办，是市政府面向社会发布信息、提供服务、听取意见的统一平台。</p><h2>无障碍说明</h2><p>本站支持键盘操作、文字放大、高对比配色、语音朗读和长者版，设置会保存在您的浏览器中。</p>"}
	col := columnMeta("关于本站", "概况信息", "本站的主办单位、服务内容和联系方式。")
	return theme.PageView{Content: c, Crumbs: crumbs(theme.Link{Text: "关于本站"}),
		Page: contentPage(c, "/gywz/", "本站的主办单位和服务内容。", col),
		Side: theme.Side{Title: "关于本站", URL: "/gywz/",
			Nodes: []theme.TreeNode{{Text: "网站介绍", URL: "/gywz/", Current: true, Open: true},
				{Text: "隐私保护", URL: "/gywz/ysbh/"}, {Text: "联系我们", URL: "/gywz/lxwm/"}}}}
}
