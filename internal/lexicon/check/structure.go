package check

import (
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"
)

// links checks the links of a block: GB/T 37668 (无障碍) for their texts, and where they lead.
func (c *collector) links(index int, b TextBlock) {
	for _, l := range b.Links {
		text := strings.TrimSpace(strings.ReplaceAll(string(b.Text[l.From:l.To]), string(Picture), ""))
		f := Finding{
			Part:  InText,
			Index: index,
			From:  l.From,
			To:    l.To,
			Text:  string(b.Text[l.From:l.To]),
		}
		c.target(f, l.Href)
		if reason := linkText(text, l.Href); reason != "" && l.To > l.From && text != "" {
			f.Code, f.Reason = "link.text", reason
			c.add(f, "")
		}
	}
}

var bareURL = regexp.MustCompile(`https?://[^\s<>"'，。；、（）《》“”\x{fffc}\p{Han}]+`)

// addresses checks addresses that are written as text, and not linked.
func (c *collector) addresses(part Part, index int, s string, text []rune) {
	if !strings.Contains(s, "://") {
		return
	}
	for _, m := range matches(bareURL, s) {
		address := string(text[m.from:m.to])
		if why := internal(address); why != "" {
			c.add(Finding{
				Part:   part,
				Index:  index,
				From:   m.from,
				To:     m.to,
				Text:   address,
				Code:   "link.internal",
				Reason: why,
			}, "")
		}
	}
}

// target checks where a link or picture leads.
func (c *collector) target(f Finding, href string) {
	f.Text = clip(href, 200)
	switch bare := strings.ToLower(strings.Map(visible, href)); {
	case strings.HasPrefix(bare, "javascript:"), strings.HasPrefix(bare, "vbscript:"), strings.HasPrefix(bare, "data:"):
		f.Code, f.Reason = "link.dangerous", "链接里是程序代码，不是地址，可能是被植入的。请删除或改成正确的地址。"
	case href == "" || href == "#":
		f.Code, f.Reason = "link.broken", "链接没有地址。请填写地址，或取消链接。"
	default:
		if why := internal(href); why != "" {
			f.Code, f.Reason = "link.internal", why
			break
		}
		why := broken(href)
		if why == "" {
			return
		}
		f.Code, f.Reason = "link.broken", why
	}
	c.add(f, "")
}

// visible drops what a browser ignores within the scheme of an address.
func visible(r rune) rune {
	if unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

// slipped are schemes as they are mistyped.
var slipped = regexp.MustCompile(`^(?i:htt?ps?[:/.;：]|https?[^:]|hhttps?:|htttps?:|ttps?:)`)

// broken says why an address cannot be opened, "" when its form is right.
func broken(href string) string {
	u, err := url.Parse(href)
	lower := strings.ToLower(href)
	switch {
	case err != nil:
		return "链接的地址写法有误，无法打开。请核对后改正。"
	case (u.Scheme == "http" || u.Scheme == "https") && (u.Host == "" || strings.HasPrefix(u.Host, ".") ||
		strings.HasSuffix(u.Hostname(), "..") || !strings.Contains(u.Hostname(), ".")):
		return "链接的地址缺少完整的域名。请核对后改正。"
	case u.User != nil:
		return "链接的地址在域名前带有用户名，常用来冒充别的网站。请核对后改正。"
	case strings.HasPrefix(lower, "http:") || strings.HasPrefix(lower, "https:"):
		if strings.ContainsAny(href, " \u3000") || strings.Contains(href, "://http") || strings.Contains(u.Host, "%") {
			return "链接的地址里有空格或多余的部分。请核对后改正。"
		}
		return ""
	case slipped.MatchString(href):
		return "链接的地址开头写法有误，应为 http:// 或 https://。"
	case strings.HasPrefix(lower, "www."):
		return "链接的地址缺少 https://，会被当作本站的路径。"
	}
	return ""
}

// internal says why an address is not open to the public, "" when it may be.
func internal(href string) string {
	lower := strings.ToLower(href)
	if strings.HasPrefix(lower, "file:") || strings.HasPrefix(href, `\\`) ||
		len(href) > 2 && href[1] == ':' && (href[2] == '\\' || href[2] == '/') {
		return "链接指向自己电脑或局域网里的文件，公众打不开。请上传为附件。"
	}
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil || u.Host == "" {
		return ""
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || addr.IsUnspecified() {
			return "链接指向内部网络的地址，公众打不开，也会暴露内网。请改成公开的地址。"
		}
		return ""
	}
	for _, end := range []string{"localhost", ".local", ".lan", ".internal", ".intranet", ".corp"} {
		if host == strings.TrimPrefix(end, ".") || strings.HasSuffix(host, end) {
			return "链接指向内部网络的地址，公众打不开，也会暴露内网。请改成公开的地址。"
		}
	}
	return ""
}

// vague are link texts that say nothing to somebody who hears only the links of a page.
var vague = set("点击这里 点这里 点击此处 点击 点击查看 点击进入 点击下载 这里 此处 查看 查看详情 详情 更多 链接 下载 here more click")

func linkText(text, href string) string {
	bare := strings.TrimPrefix(strings.ToLower(text), "请")
	bare = strings.Trim(strings.ReplaceAll(bare, " ", ""), "。，：:>》.…[]【】（）()")
	switch {
	case vague[bare]:
		return "“" + text + "”说不清链接通向哪里，读屏的人只听到这几个字。请改成目标的名称。"
	case strings.HasPrefix(bare, "http://") || strings.HasPrefix(bare, "https://"):
		if len(bare) > 40 && strings.TrimSpace(href) != "" {
			return "链接文字是一长串网址。请改成目标的名称。"
		}
	}
	return ""
}

// images checks the alternative texts of pictures.
func (c *collector) images(d Document) {
	for i, img := range d.Images {
		f := Finding{
			Part:  InImage,
			Index: i,
			Text:  clip(img.Alt, 100),
			Code:  "image.alt",
		}
		alt := strings.TrimSpace(img.Alt)
		switch {
		case alt == "" && img.Linked:
			f.Reason = "图片是一个链接，却没有替代文字，读屏的人不知道它通向哪里。请写明目标。"
		case alt == "" && !img.HasAlt:
			f.Reason = "图片没有替代文字。请用一句话说明图片的内容；纯装饰的图片请标为装饰。"
		case alt == "":
			continue // marked as decoration
		case meaningless(alt) != "":
			f.Reason = "图片的替代文字是文件名，没有说明内容。请用一句话说明图片里是什么。"
		case strings.Contains(" 图片 图 照片 配图 插图 image photo img ", " "+strings.ToLower(alt)+" "):
			f.Reason = "替代文字“" + alt + "”没有说明内容。请用一句话说明图片里是什么。"
		default:
			continue
		}
		c.add(f, "")
	}
	for i, img := range d.Images {
		at := Finding{Part: InImage, Index: i}
		if why := internal(img.Src); why != "" {
			at.Code, at.Reason, at.Text = "link.internal", strings.Replace(why, "链接", "图片", 1), clip(img.Src, 200)
			c.add(at, "")
		}
		if img.Linked {
			c.target(Finding{Part: InImage, Index: i}, img.Href)
		}
	}
}

// tables checks that tables of data have a row or column of headers.
func (c *collector) tables(d Document) {
	for i, t := range d.Tables {
		if t.Header || t.Rows < 2 || t.Columns < 2 {
			continue
		}
		c.add(Finding{
			Part:   InTable,
			Index:  i,
			Text:   t.Text,
			Code:   "table.header",
			Reason: "表格没有表头，读屏的人分不清每一格是什么。请把第一行或第一列设为表头。",
		}, "")
	}
}

// headings checks that no level is left out: in a body they begin with level 2, because the title has level 1.
func (c *collector) headings(d Document) {
	last := 1
	for i, b := range d.Blocks {
		if b.Heading == 0 {
			continue
		}
		f := Finding{
			Part:  InText,
			Index: i,
			To:    len(b.Text),
			Text:  clip(string(b.Text), 60),
			Code:  "heading.order",
		}
		switch {
		case strings.TrimSpace(string(b.Text)) == "":
			f.Reason = "标题里没有文字。请删除，或填写标题。"
			c.add(f, "")
			continue
		case b.Heading == 1:
			f.Reason = "一级标题是文章的题目，正文里的标题从二级开始。"
			c.add(f, "")
		case b.Heading > last+1:
			f.Reason = fmt.Sprintf("标题从 %d 级跳到 %d 级。请改成 %d 级，或补上中间一级。", last, b.Heading, last+1)
			c.add(f, "")
		}
		last = max(b.Heading, 1)
	}
}

// meaninglessNames are names of files that cameras, programs and hurried people give.
var meaninglessNames = regexp.MustCompile(`(?i)^(?:新建.*|未命名.*|无标题.*|副本.*|.*副本|附件\s*[\d一二三四五六七八九十]*|文件\s*\d*|文档\s*\d*|` +
	`表格?\s*\d*|工作簿\s*\d*|扫描.{0,3}[\d_\s-]*|图片\s*\d*|截图.*|微信(?:图片|截图)[\d_]*|qq(?:图片|截图)[\d_]*|` +
	`(?:img|dsc|dscn|scan|image|mmexport|screenshot|untitled|document|doc|file|book|sheet)[\s_-]*[\d_.()-]*|` +
	`[\d\s_.()（）-]+|[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f-]{27}|[a-z]{1,2}\d*|temp.*|tmp.*|asdf.*|最终版?|定稿|终稿)$`)

// meaningless returns the name without its extension when it says nothing about the content.
func meaningless(name string) string {
	name = strings.TrimSpace(path.Base(strings.ReplaceAll(name, `\`, "/")))
	base := name
	if ext := path.Ext(name); len(ext) > 1 && len(ext) <= 6 {
		base = strings.TrimSuffix(name, ext)
	} else if regexp.MustCompile(`\p{Han}`).MatchString(name) && !strings.HasPrefix(name, "新建") {
		return "" // a text, not a file name
	}
	if meaninglessNames.MatchString(strings.TrimSpace(base)) {
		return base
	}
	return ""
}

// files checks the names of attachments.
func (c *collector) files(d Document) {
	for i, file := range d.Files {
		f := Finding{
			Part:  InFile,
			Index: i,
			Text:  clip(file.Name, 100),
			Code:  "file.name",
		}
		switch {
		case strings.TrimSpace(file.Name) == "":
			f.Reason = "附件没有名称。请写明附件的内容。"
		case meaningless(file.Name) != "":
			f.Reason = "附件名称“" + f.Text + "”没有说明内容，下载的人分不清。请改成文件的标题。"
		case path.Ext(file.Name) == "":
			f.Reason = "附件名称没有扩展名，下载后可能打不开。"
		default:
			continue
		}
		c.add(f, "")
	}
}

// spaces finds white space that stands for a layout: at the ends of a block, and in the title.
func (c *collector) spaces(part Part, index int, text []rune) {
	n := len(text)
	from, to := 0, n
	for from < n && strayBlank(text[from]) {
		from++
	}
	for to > from && strayBlank(text[to-1]) {
		to--
	}
	wide := func(r []rune) bool { return strings.ContainsAny(string(r), "\u3000\u00a0") || len(r) > 1 }
	if from == n {
		if n > 0 && wide(text) {
			c.add(Finding{Part: part, Index: index, To: n, Text: string(text), Code: "space.stray",
				Reason: "这一段只有空格。请删除，段间距由版式决定。", Suggest: []string{""}}, "")
		}
		return
	}
	if from > 0 && wide(text[:from]) {
		c.add(Finding{Part: part, Index: index, To: from, Text: string(text[:from]), Code: "space.stray",
			Reason: "段首有空格。请删除，缩进由版式决定。", Suggest: []string{""}}, "")
	}
	if to < n && wide(text[to:]) {
		c.add(Finding{Part: part, Index: index, From: to, To: n, Text: string(text[to:]), Code: "space.stray",
			Reason: "段尾有空格。请删除。", Suggest: []string{""}}, "")
	}
}

func strayBlank(r rune) bool { return r == '\u3000' || r == '\u00a0' || r == ' ' || r == '\t' }
