package exchange

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/htmlclean"
)

func TestOldPath(t *testing.T) {
	for address, want := range map[string]string{
		"http://www.x.gov.cn/zwgk/t20240101_1.html":    "/zwgk/t20240101_1.html",
		"https://x.gov.cn//a/./b/../c.html#top":        "/a/c.html",
		"http://x.gov.cn/art/":                         "/art/",
		"http://x.gov.cn/view.jsp?id=3&p=%E4%B8%AD":    "/view.jsp?id=3&p=中",
		"http://x.gov.cn/%E6%96%B9%E6%A1%88.html":      "/方案.html",
		"http://x.gov.cn/../../etc/passwd":             "/etc/passwd/",
		"http://x.gov.cn":                              "",
		"http://x.gov.cn/":                             "",
		"http://x.gov.cn/index.html":                   "",
		"http://x.gov.cn/_m/abc.png":                   "",
		"http://x.gov.cn/sitemap.xml":                  "",
		"/relative.html":                               "",
		"ftp://x.gov.cn/a":                             "",
		"http://%zz/":                                  "",
		"http://x.gov.cn/" + strings.Repeat("a", 2000): "",
	} {
		if got := oldPath(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestIDs(t *testing.T) {
	r := &run{seen: seen{}}
	var got []string
	for _, id := range []string{"a", "a", "a#2", "a", "b"} {
		got = append(got, r.uniqueID(id))
	}
	if s := strings.Join(got, " "); s != "a a#2 a#2#2 a#3 b" {
		t.Errorf("ids: %s", s)
	}
	long := boundedID(strings.Repeat("长", 1000))
	if len(long) > 300 || !utf8.ValidString(long) || long == boundedID(strings.Repeat("长", 1001)) {
		t.Errorf("long id: %q", long)
	}
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("关于印发实施方案的通知.html")
	if err != nil {
		t.Fatal(err)
	}
	if got := source.CleanText(gbk); got != "关于印发实施方案的通知.html" {
		t.Errorf("a file name in GBK: %q", got)
	}
	if got := source.CleanText("a\x00b"); got != "ab" {
		t.Errorf("zero byte: %q", got)
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026年3月2日 10时30分": "2026-03-02 10:30",
		"46083.4375":       "2026-03-02 10:30",
		"1772418600":       "2026-03-02 10:30",
		"2001年1月1日通过\n2020年2月2日修订": "2020-02-02 00:00",
		"昨天": "", "": "", "3": "",
	} {
		got := ""
		if at, ok := parseTime(text); ok {
			got = at.Format("2006-01-02 15:04")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestReasons(t *testing.T) {
	for _, line := range []Line{{Status: "imported"}, {Status: "updated"}, {Status: "unchanged"}, {Status: "merged"},
		{Status: Quarantined, Reason: source.ReasonBody}} {
		r := &Report{}
		r.add(line)
		if !r.AddUp() || r.Inputs != 1 {
			t.Errorf("%s: %+v", line.Status, r.Totals)
		}
	}
}

// TestFileNames: the name of the file is used when the text of the link does not name the document.
func TestFileNames(t *testing.T) {
	for _, c := range [][3]string{
		{"附件1：申请表（样式）.pdf", "x/r11.pdf", "附件1：申请表（样式）.pdf"}, {"申请表", "x/r11.pdf", "申请表.pdf"},
		{"点击下载", "x/%E7%94%B3%E8%AF%B7%E8%A1%A8.docx", "申请表.docx"}, {"附件下载", "申请表.doc", "申请表.doc"},
		{"【查看附件】", "%C9%EA%C7%EB%B1%ED.xls", "申请表.xls"}, {"点击下载", "P020240101.pdf", "点击下载.pdf"},
		{"", "x/a1.pdf", "a1.pdf"}, {"download", "申请表.pdf", "申请表.pdf"}, {"附件2", "申请表.pdf", "申请表.pdf"},
		{"下载中心使用说明", "申请表.pdf", "下载中心使用说明.pdf"},
	} {
		if got := fileName(htmlclean.Ref{Name: c[0], URL: c[1]}); got != c[2] {
			t.Errorf("%s of %s: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
