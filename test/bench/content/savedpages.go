package content

import (
	"fmt"
	"html"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// WriteSavedPages writes articles as an old site would have left them: tables and scripts around the text, one page
// in four in GBK. Half of the pages carry the national meta tags, the others have to be found by their containers.
func WriteSavedPages(dir string, all iter.Seq[Article]) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for a := range all {
		charset := "utf-8"
		if a.No%4 == 0 {
			charset = "gb2312" // as such pages say of themselves
		}
		text := []byte(savedPage(a, charset))
		if charset != "utf-8" {
			var err error
			if text, err = simplifiedchinese.GBK.NewEncoder().Bytes(text); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("t%s_%d.html", a.At.Format("20060102"), a.No)), text,
			0o600); err != nil {
			return err
		}
	}
	return nil
}

func savedPage(a Article, charset string) string {
	var b strings.Builder
	title, at := html.EscapeString(a.Title), a.At.Format("2006-01-02 15:04")
	fmt.Fprintf(&b,
		"<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\r\n"+
			"<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=%s\" />\r\n<title>%s_清河市人民政府</title>\r\n", charset, title)
	if a.No%2 == 0 {
		fmt.Fprintf(&b,
			"<meta name=\"SiteName\" content=\"清河市人民政府\">\n<meta name=\"ColumnName\" content=\"%s\">\n<meta name=\"ArticleTitle\" content=\"%s\">\n"+
				"<meta name=\"PubDate\" content=\"%s\">\n<meta name=\"ContentSource\" content=\"%s\">\n<meta name=\"Keywords\" content=\"%s\">\n",
			a.Section.Name, title, at, a.Source, strings.Join(a.Keywords, ","))
	}
	b.WriteString(
		"<link href=\"/css/common.css\" rel=\"stylesheet\" type=\"text/css\" />\n<script type=\"text/javascript\" src=\"/js/jquery-1.8.3.min.js\"></script>\n</head><body>\n")
	b.WriteString(
		"<div class=\"header\"><div class=\"w1200\"><div class=\"top\"><a href=\"/\">设为首页</a> | <a href=\"/\">加入收藏</a></div><div class=\"nav\"><ul>\n")
	for _, s := range Sections() {
		fmt.Fprintf(&b, "<li><a href=\"/%s/\" target=\"_blank\">%s</a></li>\n", s.Slug, s.Name)
	}
	fmt.Fprintf(&b,
		"</ul></div></div></div>\n<div class=\"w1200 main\"><div class=\"position\">当前位置：<a href=\"/\">首页</a> &gt; <a href=\"/%s/\">%s</a></div>\n", a.Section.Slug, a.Section.Name)
	fmt.Fprintf(&b,
		"<div class=\"article\"><h1 class=\"title\">%s</h1>\n<div class=\"info\"><span>发布时间：%s</span>&nbsp;&nbsp;<span>来源：%s</span>&nbsp;&nbsp;<span>浏览次数：<script>document.write(getHits(%d))</script></span> 【字体：<a>大</a> <a>中</a> <a>小</a>】</div>\n",
		title, at, a.Source, a.No)
	fmt.Fprintf(&b, "<div class=\"TRS_Editor\" id=\"zoom\">%s</div>\n<div class=\"editor\">责任编辑：%s</div></div>\n",
		wordStyle(a.Body), a.Editor)
	b.WriteString("<div class=\"side\"><h3>相关信息</h3><ul>\n")
	for i := range 10 {
		fmt.Fprintf(&b, "<li><a href=\"/%s/%s/t%s_%d.html\">%s</a></li>\n", a.Section.Slug, a.At.Format("200601"),
			a.At.Format("20060102"), a.No+i+1, matters()[(a.No+i)%len(matters())])
	}
	b.WriteString("</ul></div></div>\n<div class=\"footer\"><table width=\"100%\"><tr><td>")
	for i, name := range Departments() {
		fmt.Fprintf(&b, "<a href=\"http://d%d.qinghe.gov.cn/\">%s</a> ", i+1, name)
	}
	b.WriteString(
		"</td></tr></table><p>主办：清河市人民政府　承办：清河市人民政府办公室　黑ICP备00000000号-99　网站标识码：2301990099</p></div>\n<script>var _hmt=_hmt||[];(function(){var h=document.createElement('script');})();</script>\n</body></html>\n")
	return b.String()
}

// wordStyle dresses clean paragraphs in what a word processor leaves behind.
func wordStyle(body string) string {
	return strings.NewReplacer(
		"<p>",
		"<p class=\"MsoNormal\" style=\"text-indent:32.0pt;mso-char-indent-count:2.0;line-height:28.0pt\"><span style=\"font-size:16.0pt;font-family:仿宋_GB2312\">",
		"</p>", "<span lang=\"EN-US\"><o:p></o:p></span></span></p>",
		"<h2>", "<p><strong>", "</h2>", "</strong></p>").Replace(body)
}
