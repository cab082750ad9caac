package extract

// These pages are written for the tests; each shows one habit of real sites.

const para1 = `<p>　　近日，清河市人民政府召开常务会议，研究部署下半年重点工作，听取各县区和有关部门汇报，对稳增长、惠民生、防风险作出安排。</p>`
const para2 = `<p>　　会议强调，要紧盯年度目标任务，压实工作责任，强化督促检查，确保各项部署落到实处；要关心群众冷暖，办好民生实事。</p>`

const nav = `<div class="header"><a href="/">首页</a><a href="/zwgk/">政务公开</a><a href="/bsfw/">办事服务</a><span>今天是2026年11月20日 星期五</span></div>
<div class="location">当前位置：<a href="/">首页</a> &gt; <a href="/xw/">新闻动态</a></div>`

const footer = `<div class="footer"><p>主办单位：清河市人民政府办公室　版权所有 2020-2026</p><p>网站标识码：2301990001　黑ICP备00000000号-1</p><p>最后更新：2026-11-21</p></div>`

const relatedBox = `<div class="xgwz"><h3>相关新闻</h3><ul><li><a href="/a1.html">我市召开经济运行分析会议</a> 2026-11-01</li><li><a href="/a2.html">市领导调研重点项目建设情况</a> 2026-11-02</li></ul></div>`

const tagged = `<html><head><title>清河市人民政府</title>
<META NAME="sitename" CONTENT="清河市人民政府"><meta name="SiteDomain" content="www.qinghe.gov.cn"><meta name="SiteIDCode" content="2301990001">
<meta name="ColumnName" content="政务要闻"><meta name="ArticleTitle" content="市政府召开常务会议"><meta name="PubDate" content="2026——10——12 09：30">
<meta name="ContentSource" content="来源：清河日报"><meta name="Author" content="王明"><meta name="Keywords" content="常务会议，重点工作;民生"><meta name="Description" content="研究下半年工作">
<meta name="Url" content="https://www.qinghe.gov.cn/xw/1.html"></head><body>` + nav +
	`<div class="main"><h1>市政府召开常务会议</h1><div class="info">日期：2026-10-12</div><div class="TRS_Editor">` + para1 +
	para2 + `<p><img src="./W01.jpg"></p></div></div>` + footer + `</body></html>`

const plain = `<html><head><title>市政府召开常务会议_新闻动态_清河市人民政府门户网站</title></head><body>` + nav +
	`<div class="content"><h2 class="tit">市政府召开常务会议</h2><p class="sub-title">研究部署下半年重点工作</p><div class="time">发布时间：2026年10月12日 9时5分　来源：清河日报　作者：王明　浏览次数：<span>33</span></div>
<div class="zoom">` + para1 + para2 + `<p>（记者 李华）</p></div><p>责任编辑：赵敏</p><div>【打印】【关闭】</div>` + relatedBox + `</div>` + footer + `</body></html>`

const nameless = `<html><head><title>清河市人民政府</title></head><body><table><tr><td><a href="/">首页</a> | <a href="/b">公开</a></td></tr></table>
<table><tr><td align="center"><b>市政府召开常务会议</b></td></tr><tr><td>2026/10/12 来源：清河日报</td></tr><tr><td>` + para1 + para2 + `</td></tr>
<tr><td>上一篇：<a href="/1">没有了</a></td></tr></table><table><tr><td>版权所有：清河市人民政府</td></tr></table></body></html>`

const official = `<html><head><title>清河市人民政府关于印发工作规则的通知_政策文件_清河市人民政府</title></head><body>` + nav + `
<table class="head"><tr><td>索 引 号：</td><td>11230199000000001A/2026-00018</td><td>主题分类：</td><td>综合政务\政务公开</td></tr>
<tr><td>发文机关：</td><td>清河市人民政府</td><td>成文日期：</td><td>2026年10月08日</td></tr>
<tr><td>标　　题：</td><td colspan="3">清河市人民政府关于印发工作规则的通知</td></tr>
<tr><td>发文字号：</td><td>清政发[2026]018号</td><td>发布日期：</td><td>2026年10月12日</td></tr><tr><td>有 效 性：</td><td>有效</td><td>主 题 词：</td><td></td></tr></table>
<div id="UCAP-CONTENT"><p align="center">清河市人民政府关于印发</p><p align="center">工作规则的通知</p><p align="center">清政发〔2026〕18号</p><p>各县（区）人民政府，市政府各部门：</p>` + para1 + para2 +
	`<p align="right">清河市人民政府</p><p align="right">2026年10月8日</p><p>附件：<a href="./P01.pdf">工作规则.pdf</a></p></div>` +
	footer + `</body></html>`

const oneLineHead = `<html><head><title>通知</title></head><body><ul class="xxgk"><li>索引号：QH001-2026-0007</li><li>发布机构：清河市教育局　发文日期：2026-09-01</li><li>文号：清教发【2026】7号</li><li>时效性：有效</li></ul>
<h1>关于做好秋季开学工作的通知</h1><div class="article-content"><p>各学校：</p>` + para1 + para2 + `</div></body></html>`

const signedPage = `<html><head><title>清河市教育局关于表彰先进的决定</title></head><body><h1>清河市教育局关于表彰先进的决定</h1><div class="info">发布时间：2026-10-20</div><div id="zoom"><p>清教发﹝2026﹞0009号</p>` +
	para1 + para2 +
	`<p style="text-align:right">清河市教育局</p><p style="text-align:right">二〇二六年十月十八日</p></div></body></html>`

const listPage = `<html><head><title>政务要闻_清河市人民政府</title></head><body>` + nav + `<div class="list"><h2>政务要闻</h2><ul>
<li><a href="/t1.html">市政府召开常务会议研究部署工作</a><span>2026-10-12</span></li><li><a href="/t2.html">全市项目建设现场会议在东城召开</a><span>2026-10-11</span></li>
<li><a href="/t3.html">市领导到企业走访调研听取意见</a><span>2026-10-10</span></li><li><a href="/t4.html">我市新增三处国家级水利风景区</a><span>2026-10-09</span></li>
<li><a href="/t5.html">第二届清河文化旅游节圆满落幕</a><span>2026-10-08</span></li><li><a href="/t6.html">秋粮收购工作全面有序展开</a><span>2026-10-07</span></li></ul>
<div class="page"><a href="index_2.html">下一页</a></div></div>` + footer + `</body></html>`

const homePage = `<html><head><title>清河市人民政府门户网站</title><meta name="ColumnType" content="首页"></head><body>` + nav +
	`<div><h3>要闻</h3><a href="/xw/">更多&gt;&gt;</a><ul><li><a href="/t1.html">市政府召开常务会议研究部署工作</a></li></ul></div>` +
	footer + `</body></html>`

const template = `<html><head><title>武清市人民政府</title></head><body>` + nav +
	`<div class="detail"><h2>标题标题</h2><p>发布时间 : 2026-01-03</p><div class="info"><p>某市位于某省南部，地处三省交界地带，是一座以工业为主的新兴城市。</p><p>内容内容内容</p></div></div></body></html>`

const errorPage = `<html><head><title>404 页面不存在</title></head><body><h1>抱歉，您访问的页面不存在或已被删除</h1><p>请检查地址是否正确。</p><a href="/">返回首页</a></body></html>`

const scriptPage = `<html><head><title>文章详情</title></head><body><div id="app"></div><script>window.__DATA__ = {"code":0,"data":{"docTitle":"市政府召开常务会议","docContent":"` +
	`<p>近日，清河市人民政府召开常务会议，研究部署下半年重点工作，听取各县区和有关部门汇报，对稳增长、惠民生、防风险作出安排。<\/p><p>会议强调，要紧盯年度目标任务，压实工作责任，强化督促检查，确保各项部署落到实处。<\/p><p>会议还研究了其他事项。<\/p>","docPubTime":"2026-10-12 09:30:00","docSource":"清河日报"}};</script></body></html>`

const scriptOnly = `<html><head><title>清河市人民政府</title></head><body><div id="app">{{ title }}</div><script src="/app.js"></script></body></html>`

const attachmentsOnly = `<html><head><title>2026年度部门预算公开_清河市财政局</title></head><body>` + nav +
	`<div class="con"><h1>2026年度部门预算公开</h1><div class="date">发布时间：2026-02-10 10:00</div>
<div class="article-content"><p>附件：</p><p><a href="/f/1.pdf">清河市财政局2026年部门预算.pdf</a></p></div></div>` + footer + `</body></html>`

const filesBelow = `<html><head><title>关于申报项目的通知_清河市科技局</title><link rel="canonical" href="https://kj.qinghe.gov.cn/tz/5.html"></head><body>` + nav + `<h1>关于申报项目的通知</h1><p class="info">2026-03-05 15:20 清河市科技局</p>
<div class="article-content">` + para1 + para2 + `<p class="pages"><a href="5.html">【1】</a><a href="5_2.html">【2】</a><a href="5_3.html">【3】</a></p></div><div class="annex">附件：<a href="/f/a.docx" title="申报书.docx">申报书</a><a href="javascript:void(0)">收藏</a></div>` + footer + `</body></html>`

const wrongTags = `<html><head><title>清河市人民政府</title><meta name="SiteName" content="清河市人民政府"><meta name="ArticleTitle" content="清河市人民政府"><meta name="PubDate" content="暂无"></head><body>` + nav +
	`<h1>市政府召开常务会议</h1><div class="info">发布时间：2026-10-12 16:45 信息来源：市政府办</div><div class="article-content">` + para1 +
	para2 + `</div>` + footer + `</body></html>`

const savedPage = `<!DOCTYPE html>
<!-- saved from url=(0040)https://www.qinghe.gov.cn/xw/202610/1.html -->
<html><head><title>市政府召开常务会议</title><script type="application/ld+json">{"@type":"NewsArticle","headline":"市政府召开常务会议","datePublished":"2026-10-12T01:30:00Z","author":{"name":"王明"}}</script></head>
<body><h1>市政府召开常务会议</h1><div id="zoom">` + para1 + para2 + `</div></body></html>`

const unfilled = `<html><head><title>{{ article.title }}</title></head><body><h1>{{ article.title }}</h1><div class="article-content">{{ article.body }}</div></body></html>`

const withServerCode = `<%@ page language="java" contentType="text/html; charset=UTF-8" %>
<html><head><title>市政府召开常务会议</title></head><body><% String id = request.getParameter("id"); %><h1>市政府召开常务会议</h1><div class="info">发布时间：2026-10-12 09:30</div><div id="zoom">` + para1 + para2 + `</div></body></html>`

const oneParagraph = `<html><head><title>市政府召开常务会议_清河市人民政府</title></head><body>` + nav +
	`<div><h1>市政府召开常务会议</h1><div>2026-10-12 09:30</div><div><p align="center"><img src="/a.jpg"></p>` + para1 +
	`</div></div>` + footer + `</body></html>`

const staleTags = `<html><head><title>市政府召开常务会议_清河市人民政府</title><meta name="ArticleTitle" content="第二届清河文化旅游节圆满落幕"><meta name="PubDate" content="2026-10-12 09:30"></head><body>` + nav +
	`<h1>市政府召开常务会议</h1><div class="info">发布时间：2026-10-12</div><div class="article-content">` + para1 + para2 +
	`</div>` + footer + `</body></html>`

const escapedTags = `<html><head><title>清河市人民政府</title><meta name="ArticleTitle" content="市政府召开&amp;lt;br/&amp;gt;常务会议&amp;nbsp;"><meta name="PubDate" content="2026-10-12 09:30"></head><body>` + nav +
	`<h1>市政府召开 常务会议</h1><div class="article-content">` + para1 + para2 + `</div>` + footer + `</body></html>`
