package exchange

import (
	"testing"

	"guiyi/internal/kernel/htmlclean"
	"guiyi/internal/resource"
)

func TestSetOfficial(t *testing.T) {
	const right = `<p class="align-right">`
	for name, c := range map[string]struct {
		class    resource.Class
		in, want string
	}{
		"signature": {resource.Document, "<p>请认真贯彻执行。</p><p>清河市人民政府</p><p>2026年11月18日</p>",
			"<p>请认真贯彻执行。</p>" + right + "清河市人民政府</p>" + right + "2026年11月18日</p>"},
		"joint issuers": {resource.Document, "<p>执行。</p><p>市财政局</p><p>市税务局</p><p>二〇二六年十月八日</p>",
			"<p>执行。</p>" + right + "市财政局</p>" + right + "市税务局</p>" + right + "二〇二六年十月八日</p>"},
		"date in a text": {resource.Document, "<p>自2026年11月18日起施行。</p>", "<p>自2026年11月18日起施行。</p>"},
		"only a date": {resource.Document, "<p>会议定于：</p><p>2026年11月18日</p>",
			"<p>会议定于：</p>" + right + "2026年11月18日</p>"},
		"already set": {resource.Document, `<p class="align-right">市政府</p><p>2026年1月1日</p>`,
			`<p class="align-right">市政府</p><p>2026年1月1日</p>`},
		"news":  {resource.Article, "<p>市政府</p><p>2026年1月1日</p>", "<p>市政府</p><p>2026年1月1日</p>"},
		"empty": {resource.Document, "", ""},
	} {
		got := formatDocument(c.class, c.in)
		if got != c.want {
			t.Errorf("%s: %s", name, got)
		}
		if again := formatDocument(c.class, got); again != got {
			t.Errorf("%s: not stable: %s", name, again)
		}
		clean, err := htmlclean.Clean(got, htmlclean.Options{})
		if again := formatDocument(c.class, clean.HTML); err != nil || again != clean.HTML {
			t.Errorf("%s: cleaning undoes it: %s, %v", name, clean.HTML, err)
		}
	}
}
