package extract

import (
	"strings"
	"testing"
)

// TestStatedTime: the time of a page is read in every form, or kept as written. Other times on the page are ignored.
func TestStatedTime(t *testing.T) {
	t.Parallel()
	page := func(head, info, tail string) string {
		return `<html><head><title>供热工作安排</title>` + head + `</head><body><h1>供热工作安排</h1><div class="info">` + info +
			`　来源：市政府办公室</div><div class="TRS_Editor">` + para1 + para2 + tail + `</div></body></html>`
	}
	for name, c := range map[string]struct{ page, at, text string }{
		"month 13":           {page("", "发布时间：2025-13-01", ""), "", "2025-13-01"},
		"30 February":        {page("", "发布日期：2024年2月30日", ""), "", "2024年2月30日"},
		"a month alone":      {page("", "日期：2024年3月", ""), "", "2024年3月"},
		"yesterday":          {page("", "发布于：昨天 10:20", ""), "", "昨天 10:20"},
		"zero of a database": {page("", "发布时间：0000-00-00 00:00:00", ""), "", "0000-00-00 00:00:00"},
		"zero of a clock":    {page("", "发布时间：1970-01-01 08:00:00", ""), "", "1970-01-01 08:00:00"},
		"a tag alone":        {page(`<meta name="PubDate" content="2025-13-01">`, "", ""), "", "2025-13-01"},
		"a tag, and readable": {page(`<meta name="PubDate" content="2025-13-01">`, "发布时间：2024-03-05", ""),
			"2024-03-05 00:00", ""},
		"English":             {page("", "发布时间：March 5, 2024", ""), "2024-03-05 00:00", ""},
		"Java":                {page("", "发布时间：Tue Mar 05 09:30:00 CST 2024", ""), "2024-03-05 09:30", ""},
		"Greenwich":           {page("", "发布时间：2024-03-05T01:30:00Z", ""), "2024-03-05 09:30", ""},
		"Republic":            {page("", "發布日期：中華民國一百一十三年三月五日", ""), "2024-03-05 00:00", ""},
		"a label and buttons": {page("", "发布时间： 字体：大 中 小", ""), "", ""},
		"a page's own clock":  {page("", "今天是2026年11月19日 星期四", ""), "", ""},
		"a script writes it": {page("", `发布时间：<script>var t="2024-03-05 09:30";document.write(t.substring(0,16));</script>`, ""),
			"2024-03-05 09:30", ""},
		"a script chooses": {page("", `发布时间：<script>document.write(x?"2024-03-05":"2024-03-06")</script>`, ""), "", ""},
		"a tag ahead of now, a page that is not": {page(`<meta name="PubDate" content="2031-05-01 10:00">`,
			"发布时间：2024-03-05 09:30", ""), "2024-03-05 09:30", ""},
	} {
		r, err := Extract(c.page, Options{Now: at("2026-11-20 08:00")})
		got := ""
		if !r.Time.IsZero() {
			got = r.Time.Format("2006-01-02 15:04")
		}
		if err != nil || got != c.at || r.TimeText != c.text {
			t.Errorf("%s: %q, unread %q (%s), want %q, %q; %v", name, got, r.TimeText, r.Evidence["time"], c.at, c.text,
				err)
		}
	}
	for tail, want := range map[string]string{
		`<p align=right>清河市人民政府</p><p align=right>2024年3月5日</p>`:         "2024-03-05",
		`<p>清河市人民政府</p><p>二〇二四年三月五日</p><p>（此件公开发布）</p>`:                  "2024-03-05",
		`<p>报名自即日起，逾期不予受理，截止时间如下。</p><p>2024年3月5日</p>`:                   "",
		`<p>清河市人民政府</p><p>2024年3月5日至2024年4月5日</p>`:                       "",
		`<table><tr><td>截止</td></tr><tr><td>2024年3月5日</td></tr></table>`: "",
	} {
		r, err := Extract(page("", "", tail), Options{})
		got := ""
		if !r.Closing.IsZero() {
			got = r.Closing.Format("2006-01-02")
		}
		if err != nil || got != want || !r.Time.IsZero() {
			t.Errorf("%s: closing %q, want %q; time %v, %v", tail, got, want, r.Time, err)
		}
	}
}

// TestTagAheadOfNow: when a tag has a future date, a warning names the visible date that is used instead.
func TestTagAheadOfNow(t *testing.T) {
	t.Parallel()
	source := strings.Replace(tagged, "2026——10——12", "2036-10-12", 1)
	r, err := Extract(source, Options{Now: at("2026-11-23 08:00")})
	if err != nil || r.Time.Format("2006-01-02") != "2026-10-12" || len(r.Warnings) != 1 ||
		!strings.Contains(r.Warnings[0], "2036-10-12 还没有到") {
		t.Errorf("%v, %v, %v", r.Time, r.Warnings, err)
	}
	r, err = Extract(source, Options{})
	if err != nil || r.Time.Year() != 2036 || len(r.Warnings) != 1 {
		t.Errorf("without a clock: %v, %v, %v", r.Time, r.Warnings, err)
	}
}
