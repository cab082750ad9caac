package extract

import (
	"strings"
	"testing"
)

const (
	longA = "为进一步做好全市供热保障工作，市住房和城乡建设局对城区供热管网进行了全面排查，共排查管线一百二十公里，整改隐患三十六处。"
	longB = "各县区要落实属地责任，建立值班值守制度，确保群众温暖过冬。有关情况及时报送市供热工作领导小组办公室。"
)

// TestHiddenBodies: a body that a script would have shown is read, with its time and account. Other hidden text is not.
func TestHiddenBodies(t *testing.T) {
	page := func(head, body string) string {
		return `<!DOCTYPE html><html><head><title>供热工作安排</title>` + head + `</head><body>` + body + `</body></html>`
	}
	prose := `<p>` + longA + `</p><p>` + longB + `</p>`
	for name, c := range map[string]struct{ page, source, at string }{
		"official account": {page("", `<h1 id="activity-name">供热工作安排</h1><div><a id="js_name">清河发布</a>
			<em id="publish_time">2024年4月8日 10:20</em></div><div id="js_content" style="visibility: hidden; opacity: 0;">`+prose+`</div>`),
			"清河发布", "2024-04-08 10:20"},
		"time and account in variables": {page(
			`<script>var nickname = htmlDecode("清河发布"); var ct = "1712542800";</script>`,
			`<h1>供热工作安排</h1><em id="publish_time"></em><div id="js_content" style="visibility:hidden">`+prose+`</div>`),
			"清河发布", "2024-04-08 10:20"},
		"display none": {page("", `<h1>供热工作安排</h1><p>2024-04-08 10:20</p><div class="con" style="display:none">`+
			prose+`</div>`), "", "2024-04-08 10:20"},
		"hidden attribute": {page("", `<h1>供热工作安排</h1><p>2024-04-08 10:20</p><section hidden>`+prose+`</section>`), "",
			"2024-04-08 10:20"},
		"class": {page("", `<h1>供热工作安排</h1><p>2024-04-08 10:20</p><div class="con hide">`+prose+`</div>`),
			"", "2024-04-08 10:20"},
		"hidden in hidden": {page("", `<h1>供热工作安排</h1><p>2024-04-08 10:20</p><div hidden><div style="display:none">`+
			prose+`</div></div>`), "", "2024-04-08 10:20"},
		"time text of page": {page(`<script>window.createTime = '2024-04-08 10:20'</script>`,
			`<h1>供热工作安排</h1><div id="js_content" style="visibility:hidden">`+prose+`</div>`), "", "2024-04-08 10:20"},
	} {
		r, err := Extract(c.page, Options{})
		if err != nil || r.Kind != Article || !strings.Contains(r.Body.Text, "三十六处") ||
			!strings.Contains(r.Body.Text, "温暖过冬") || r.Title != "供热工作安排" {
			t.Errorf("%s: %s %q %q %v", name, r.Kind, r.Title, r.Body.Text, err)
			continue
		}
		if got := r.Time.Format("2006-01-02 15:04"); got != c.at || c.source != "" && r.Source != c.source {
			t.Errorf("%s: %s of %q", name, got, r.Source)
		}
	}
	visible := page("", `<h1>供热工作安排</h1><p>2024-04-08 10:20</p><div id="zoom">`+prose+`</div>
		`)
	visible = strings.Replace(visible, "</p></div>",
		`</p><div style="display:none"><p>内部批示，请勿外传，另行处理。内部批示，请勿外传，另行处理。内部批示，请勿外传，另行处理。</p></div></div>`, 1)
	if r, err := Extract(visible, Options{}); err != nil || strings.Contains(r.Body.Text, "内部批示") || r.Kind != Article {
		t.Errorf("what nobody saw is read: %q %v", r.Body.Text, err)
	}
	dialog := page("",
		`<ul><li><a href="/1.html">关于供热的通知一二三</a> 04-08</li></ul><div class="login-dialog" style="display:none"><p>`+
			longA+longB+`</p></div>`)
	if r, err := Extract(dialog, Options{}); err != nil || r.Kind == Article {
		t.Errorf("a dialog is an article: %q %v", r.Body.Text, err)
	}
}

// TestOneWordDecidesNothing: an article may contain words of error pages and templates; a page with only such words is
// refused.
func TestOneWordDecidesNothing(t *testing.T) {
	article := func(title, body string) string {
		return `<html><head><title>` + title + `</title></head><body><div class="nav"><a href="/">首页</a></div><h1>` +
			title +
			`</h1><div class="info">发布时间：2024-03-05 09:30 来源：市政府办公室</div><div class="TRS_Editor">` + body +
			`</div></body></html>`
	}
	short := `<p>因信息系统升级，定于3月8日18时至3月10日24时暂停办理各项业务，包括登记、申报和领取。</p><p>系统恢复后，积压业务将优先办理。给您带来不便，敬请谅解。</p>`
	for name, page := range map[string]string{
		"maintenance":           article("关于社保系统维护暂停办理业务的公告", short),
		"maintenance of a site": article("网站维护公告", short),
		"deleted":               article("一批证明事项已被删除", short),
		"cannot be visited":     article("部分网站无法访问的情况说明", short),
		"not found":             article("信息不存在漏报的自查报告", short),
		"mustache": article("关于防范短信诈骗的提示",
			`<p>`+longA+`</p><p>短信模板写作“您的验证码为{{code}}，五分钟内有效”，请注意甄别。</p><p>`+longB+`</p>`),
		"dollar":                article("关于统一模板的通知", `<p>`+longA+`</p><p>${name} 处填写姓名。</p><p>`+longB+`</p>`),
		"mustache in the title": article("短信模板变量{{code}}的填写说明", `<p>`+longA+`</p><p>`+longB+`</p>`),
		"test":                  article("核酸检测测试点设置公告", `<p>`+longA+`</p><p>内容</p><p>`+longB+`</p>`),
	} {
		if r, err := Extract(page, Options{}); err != nil || r.Kind != Article {
			t.Errorf("%s: %s (%s) %v", name, r.Kind, r.Evidence["kind"], err)
		}
	}
	for name, page := range map[string]string{
		"error page":        `<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1><p>nginx</p></body></html>`,
		"chinese error":     `<html><head><title>出错了</title></head><body><h1>您访问的页面不存在</h1><p>页面可能已被删除或移动，请检查地址是否正确。</p><a href="/">返回首页</a></body></html>`,
		"closed for repair": `<html><head><title>系统维护中</title></head><body><p>系统维护中，请稍后访问。</p></body></html>`,
		"unfilled":          `<html><head><title>{{title}}</title></head><body><h1>{{title}}</h1><div>{{date}}</div><div class="content">{{content}}</div></body></html>`,
		"half filled":       `<html><head><title>新闻详情</title></head><body><h1>${article.title}</h1><div class="content"><p>${article.body}</p><p>来源：${article.source}</p></div></body></html>`,
	} {
		if r, err := Extract(page, Options{}); err != nil || r.Kind == Article {
			t.Errorf("%s is an article: %q %v", name, r.Body.Text, err)
		}
	}
}
