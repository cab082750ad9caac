package content

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Section is a column of the generated site.
type Section struct{ Slug, Name, Kind, About string }

// Sections are the twelve entries of the main navigation.
func Sections() []Section {
	return []Section{
		{"xwdt", "新闻动态", "工作动态", "发布全市重要会议、活动和各部门工作进展"},
		{"tzgg", "通知公告", "工作动态", "发布面向社会的通知、公告和公示"},
		{"zcwj", "政策文件", "政策文件", "发布市政府和市政府办公室文件"},
		{"zcjd", "政策解读", "政策解读", "解读政策文件的背景、内容和办理方式"},
		{"zwgk", "政务公开", "信息公开目录", "公开重点领域的政府信息"},
		{"bsfw", "办事服务", "办事服务", "提供常办事项的办事指南"},
		{"hdjl", "互动交流", "咨询投诉", "征集意见、回应群众关切"},
		{"sjfb", "数据发布", "数据发布", "发布经济社会发展统计信息"},
		{"ghjh", "规划计划", "信息公开目录", "发布发展规划和年度计划"},
		{"xzkx", "乡镇快讯", "工作动态", "发布乡镇和社区基层工作消息"},
		{"ztzl", "专题专栏", "工作动态", "围绕阶段性重点工作设置的专题"},
		{"rsxx", "人事信息", "信息公开目录", "公开人事任免和招考信息"},
	}
}

// Departments are the thirty links in the footer of every page.
func Departments() []string { return organs() }

// Article is one generated item, the same for every competitor.
type Article struct {
	No       int // 1-based
	Section  Section
	Title    string
	Source   string
	Author   string
	Editor   string
	Summary  string
	Keywords []string
	At       time.Time
	Body     string // HTML
}

// Path is the public address in the shape of such sites.
func (a Article) Path() string {
	return fmt.Sprintf("/%s/%s/t%s_%d.html", a.Section.Slug, a.At.Format("200601"), a.At.Format("20060102"), a.No)
}

// BodyBytes is the usual length of an article's text; Chinese takes three bytes a character.
const BodyBytes = 3 << 10

// Articles makes n articles, always the same ones.
func Articles(n, bytes int) []Article {
	return slices.Collect(Generated(n, bytes))
}

// Generated makes n articles one after the other, for runs so large that they are not held in memory.
func Generated(n, bytes int) iter.Seq[Article] {
	return func(yield func(Article) bool) {
		for i := range n {
			if !yield(New(i, bytes)) {
				return
			}
		}
	}
}

// New makes the article with an index, always the same one. Times go back from the newest in steps of 37 minutes.
func New(i, bytes int) Article {
	newest := time.Date(2026, 11, 20, 9, 30, 0, 0, time.FixedZone("CST", 8*3600))
	g, places := newWriter(uint64(i)), Sections()
	matter := g.pick(matters())
	a := Article{
		No:       i + 1,
		Section:  places[i%len(places)],
		Title:    fmt.Sprintf(g.pick(titleShapes()), matter),
		Source:   g.pick(organs()),
		Author:   g.pick([]string{"韩立新", "沈佳宁", "陆文博", "唐晓雨", "郭子墨"}),
		Editor:   g.pick([]string{"许明哲", "丁小曼", "费明远"}),
		Summary:  g.sentence(),
		Keywords: []string{matter, g.pick(matters()), "清河市"},
		At:       newest.Add(-time.Duration(i) * 37 * time.Minute),
	}
	if i%3 == 0 {
		a.Title += fmt.Sprintf("（第%d期）", i/3+1)
	}
	a.Body = g.body(bytes)
	return a
}

// Body is HTML of about the given length, always the same for a number.
func Body(n uint64, bytes int) string { return newWriter(n).body(bytes) }

// writer turns a random source into prose.
type writer struct{ *rand.Rand }

// newWriter is a writer that always writes the same for the same number.
func newWriter(n uint64) *writer { return &writer{rand.New(rand.NewPCG(20261123, n))} }

func (g *writer) pick(from []string) string { return from[g.IntN(len(from))] }

func (g *writer) sentence() string {
	return fmt.Sprintf("%s%s，%s。", g.pick(subjects()), g.pick(actions()), g.pick(aims()))
}

func (g *writer) paragraph() string {
	var b strings.Builder
	b.WriteString("<p>")
	if g.IntN(3) == 0 {
		fmt.Fprintf(&b, "%d月%d日，%s就%s作出部署。", g.IntN(12)+1, g.IntN(28)+1, g.pick(organs()), g.pick(matters()))
	}
	for range 2 + g.IntN(2) {
		b.WriteString(g.sentence())
	}
	fmt.Fprintf(&b, "%s，%s，%s。</p>\n", g.pick(matters()), g.pick(actions()), g.pick(details()))
	return b.String()
}

// body is HTML of about the given length: paragraphs, now and then a heading.
func (g *writer) body(bytes int) string {
	var b strings.Builder
	heading := 0
	for n := 0; b.Len() < bytes; n++ {
		if n%4 == 2 {
			fmt.Fprintf(&b, "<h2>%s、%s</h2>\n", []string{"一", "二", "三", "四", "五", "六", "七", "八"}[heading%8],
				g.pick(headings()))
			heading++
		}
		b.WriteString(g.paragraph())
	}
	return b.String()
}
