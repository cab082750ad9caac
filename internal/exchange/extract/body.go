package extract

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"guiyi/internal/kernel/htmlclean"
)

// knownBody are the IDs and classes with which common site systems mark the text of an article.
var knownBody = names(
	"ucap-content zoom zoomcon trs_editor trs_ueditor trs_editor_view custom_unionstyle article-content article_content articlecontent " +
		"article_con articlecon art_con art-con artcon con_con pages_content content_detail detail-content detail_content detailcontent news_content newscontent news-content " +
		"newscontnet j-fontcontent text_con textcon rwb_zw fontzoom js_content ivs_content czfxcontent bt_content content_text content-text conttxt contxt " +
		"maintext main_text main-text info_content infocontent info-content zhengwen zwcontent zw_content xxgk_content xl_content details-content details_content " +
		"article-body article_body articlebody entry-content post-content p_content vsb_content v_news_content wp_articlecontent arti-content text_content " +
		"textcontent contentbody content_body content-body view nr_content neirong article-detail articledetail artical_content editor_content rich_media_content " +
		"div_article_content wenzhang-content wenzhang_content wz_content wzcontent artcontent doc-content doccontent doc_content docbody policy-content policy_content detail_con details_con " +
		"detailtext news_text newstext newsbody news_body cont_txt cas_content arccontent article_text article-text richtext ueditor_content")

var likelyBody = regexp.MustCompile(
	`(?:article|artic?al|art|news|detail|text|page|info|main|zw|xl|con|wz|nr)[-_]?(?:content|cont?|cnt|body|text|txt|main|zw|nr|view|c)(?:$|[\s_\d-])|(?:^|\s)(?:content|article|zw|zhengwen|nr|text|text_con\w*)(?:$|\s)`)

// chosen is the element of the body, with its lines.
type chosen struct {
	node     *html.Node
	from, to int // line indexes, to exclusive
	score    int
	rule     string
}

// span summarizes a subtree.
type span struct {
	from, to, score int // line indexes, to exclusive
	media           int // number of pictures, videos and attachments
}

// findBody chooses the element whose lines have the greatest weight: running text adds weight, links and page frame
// reduce it. A known container is preferred when it has a large part of that weight.
func findBody(root *html.Node, lines []line) chosen {
	at := make(map[*html.Node]int, len(lines)) // line of each text node
	for i, l := range lines {
		for _, t := range l.texts {
			at[t] = i
		}
	}
	spans := map[*html.Node]span{}
	weights := make([]int, len(lines))
	times := map[string]int{}
	for _, l := range lines {
		times[l.text]++
	}
	for i, l := range lines {
		if weights[i] = weigh(l); times[l.text] > 1 && !l.cell && l.punct < 3 && weights[i] > 0 {
			weights[i] = -2 // repeated lines are menus or slides
		}
	}
	var best, known *html.Node
	var order []*html.Node
	var measure func(*html.Node) span
	measure = func(n *html.Node) span {
		s := span{from: len(lines), to: -1}
		if i, ok := at[n]; ok {
			s = span{from: i, to: i + 1}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			t := measure(c)
			s.from, s.to, s.media = min(s.from, t.from), max(s.to, t.to), s.media+t.media
		}
		if n.Type != html.ElementNode {
			return s
		}
		if n.Data == "img" || n.Data == "video" || framesFile(n) {
			s.media++
		}
		spans[n] = s
		if blockTags[n.Data] && n.Data != "html" {
			order = append(order, n)
		}
		return s
	}
	measure(root)
	sums := prefix(weights)
	for _, n := range order { // children come before parents
		s := spans[n]
		if s.to < 0 {
			continue
		}
		s.score = sums[s.to] - sums[s.from]
		spans[n] = s
		bonus := 0
		if likelyBody.MatchString(classAndID(n)) {
			bonus = s.score / 12
		}
		if best == nil || s.score+bonus > scoreOf(spans, best) {
			best = n
		}
		if isKnown(n) && (known == nil || s.score > spans[known].score || s.score == spans[known].score &&
			s.media > spans[known].media) {
			known = n
		}
	}
	if known == nil {
		known = emptyKnown(spans)
	}
	return decide(best, known, spans)
}

// framesFile reports whether an element embeds a document or a video.
func framesFile(n *html.Node) bool {
	switch n.Data {
	case "embed":
		return true
	case "iframe":
		return htmlclean.IsFile(attr(n, "src"), "")
	case "object":
		return htmlclean.IsFile(attr(n, "data"), "")
	}
	return false
}

func scoreOf(spans map[*html.Node]span, n *html.Node) int {
	s := spans[n].score
	if likelyBody.MatchString(classAndID(n)) {
		return s + s/12
	}
	return s
}

// emptyKnown returns a known container that has media but no text.
func emptyKnown(spans map[*html.Node]span) *html.Node {
	var out *html.Node
	for n, s := range spans {
		if s.media > 0 && s.to < 0 && isKnown(n) && (out == nil || s.media > spans[out].media) {
			out = n
		}
	}
	return out
}

func decide(best, known *html.Node, spans map[*html.Node]span) chosen {
	pick := func(n *html.Node, rule string) chosen {
		s := spans[n]
		return chosen{
			node:  n,
			from:  s.from,
			to:    s.to,
			score: s.score,
			rule:  rule,
		}
	}
	switch {
	case best == nil && known == nil:
		return chosen{}
	case best == nil:
		return pick(known, "container "+classAndID(known))
	case known != nil && ((spans[known].score*10 >= spans[best].score*4 || spans[known].score >= 300) ||
		spans[best].score < 60 && spans[known].media > 0):
		return pick(known, "container "+classAndID(known))
	}
	if best.Data == "p" && best.Parent != nil { // a single paragraph: its parent may also contain pictures
		best = best.Parent
	}
	return pick(best, "text weight")
}

func prefix(w []int) []int {
	out := make([]int, len(w)+1)
	for i, v := range w {
		out[i+1] = out[i] + v
	}
	return out
}

// classAndID returns the class and ID of an element in lower case.
func classAndID(n *html.Node) string {
	return strings.ToLower(strings.TrimSpace(attr(n, "class") + " " + attr(n, "id")))
}

func isKnown(n *html.Node) bool {
	for _, t := range strings.Fields(classAndID(n)) {
		if knownBody[t] {
			return true
		}
	}
	return false
}

// weigh returns the weight of a line: positive for running text, negative for other text.
func weigh(l line) int {
	total := l.chars + l.links
	switch {
	case l.frame && (l.punct < 3 || total < 60):
		return -total - 5
	case l.links*2 > total:
		return -l.links - 4
	case legal.MatchString(l.text):
		return -total
	case l.tool || l.dated:
		return -25
	case l.level == 1:
		return -10
	case l.chars >= 12 && (l.punct > 1 || l.punct > 0 && strings.ContainsAny(l.text, "。；！？：")):
		return min(l.chars, 400)
	case l.cell:
		return 1 + l.chars/2
	case l.chars >= 50:
		return l.chars / 2
	case l.item:
		return -3
	}
	return min(l.chars/6, 3) - 2
}

// pageButton matches a button above or below a text. Buttons use common words, so only another button or the end of the
// line may follow: 关闭阀门后立即撤离 is a sentence.
const pageButton = `(?:打印(?:本页|文章|此页|本稿|页面)?|关闭(?:窗口|本页|页面)?|返回(?:列表|上一?页|首页|栏目)?|字\s*[号体]|分享(?:到|至)?|收藏(?:本页)?|` +
	`(?:内容|信息|网页|我要|网站)?(?:纠错|找错)|错误(?:反馈|报告)|复制链接)(?:$|[\s】\]）)〗:：|｜、/【\[（(])`

var furniturePattern = regexp.MustCompile(
	`^[\s【\[（(〖|]*(?:` + pageButton + `|扫一扫[^，。；]{0,16}$|返回顶部|上一[篇条页]|下一[篇条页]|相关(?:阅读|链接|新闻|报道|文章|文件|信息|附件|解读|稿件|推荐)|` +
		`推荐阅读|延伸阅读|热点新闻|版权所有|主办单位|承办单位|网站标识码|网站地图|.{0,6}ICP备|当前位置|您(?:当前|现在)?的?(?:当前)?位置|您所在的?位置|您访问的链接|浏览次数|点击数|阅读次数|访问量|智能问答|调查问题加载中|若长时间无响应|正在加载|加载中|` +
		`扫描二维码|微信扫|用手机|我要纠错|政府网站找错|版权声明|免责声明|无障碍|长者模式|背景色|视力保护色|.{0,8}公网安备)`)

// legal matches the copyright notices that sites put below each page.
var legal = regexp.MustCompile(
	`^\s*(?:[\d一二三四]{0,2}\s*[.、．]\s*)?(?:凡本[站网报]|凡注明|本[网站]站?(?:所有|转载|发布|刊载|注明).{0,20}(?:版权|作品|内容|文章))`)

// furniture reports whether a text belongs to the page around the article, such as a button, share bar or footer.
func furniture(s string) bool { return length(s) < 120 && furniturePattern.MatchString(s) }
