package editorial

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
	"guiyi/internal/resource/compare"
)

// Change is a sentence or a value of an edition under review, against what was public when it was submitted.
type Change struct {
	Field string
	Kind  compare.Kind
	Text  string
}

// Changes returns what the reviewers of a task see: the whole body with its changed sentences marked, and of every
// other field what differs. Both editions are fixed, so the answer is the same at any time.
func (d *Desk) Changes(ctx context.Context, t *Task) ([]Change, error) {
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	all, err := d.Library.Editions(actor.With(ctx, stepActor(by, t.Owner)), t.Item)
	if err != nil {
		return nil, err
	}
	before, after := &resource.Edition{}, &resource.Edition{}
	for _, e := range all {
		switch e.ID {
		case t.Edition:
			after = e
		case t.Base:
			before = e
		}
	}
	return changes(before, after), nil
}

func changes(before, after *resource.Edition) (out []Change) {
	was, is := fields(before), fields(after)
	for i, f := range is {
		lines := compare.Lines(was[i].text, f.text)
		differs := f.whole
		for _, l := range lines {
			differs = differs || l.Kind != compare.Same
		}
		for _, l := range lines {
			if differs {
				out = append(out, Change{f.name, l.Kind, l.Text})
			}
		}
	}
	return out
}

type field struct {
	name  string
	text  string
	whole bool // shown also where it does not differ
}

// fields are the parts of an edition that a reader sees, as texts.
func fields(e *resource.Edition) []field {
	published := ""
	if e.PublishedAt != 0 {
		published = store.FromMilli(e.PublishedAt).Format("2006-01-02 15:04")
	}
	cover := ""
	if e.Cover != nil {
		cover = strings.TrimSpace(e.Cover.Alt + " " + e.Cover.Hash)
	}
	var files []string
	for _, f := range e.Files {
		files = append(files, f.Name+" "+f.Hash)
	}
	out := []field{
		{"标题", e.Title, true},
		{"副标题", e.Subtitle, false},
		{"摘要", e.Summary, false},
		{"来源", e.Source, false},
		{"作者", e.Author, false},
		{"责任编辑", e.Editor, false},
		{"关键词", strings.Join(e.Keywords, "、"), false},
		{"发布时间", published, false},
		{"正文", e.Text, true},
		{"链接和图片", strings.Join(targets(e.Body), "\n"), false},
		{"封面", cover, false},
		{"附件", strings.Join(files, "\n"), false},
	}
	doc, reading := resource.DocumentInfo{}, resource.InterpretationInfo{}
	if e.Document != nil {
		doc = *e.Document
	}
	if e.Interpretation != nil {
		reading = *e.Interpretation
	}
	for _, f := range [][2]string{{"索引号", doc.IndexNo}, {"发文字号", doc.DocNo}, {"发文机关", doc.Issuer},
		{"主题分类", doc.Theme}, {"体裁", doc.Genre}, {"成文日期", doc.SignedOn}, {"施行日期", doc.Effective},
		{"失效日期", doc.Expires}, {"有效性", doc.Validity}, {"公开方式", doc.Disclosure}, {"适用区域", doc.Region},
		{"解读形式", reading.Form}, {"解读层次", reading.Level}} {
		out = append(out, field{f[0], f[1], false})
	}
	return append(out, field{"版式", layout(e.Body), false})
}

var target = regexp.MustCompile(`(?:href|src|poster)="([^"]*)"`)

// targets are the addresses in a body, which its text does not show.
func targets(body string) (out []string) {
	for _, m := range target.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1])
	}
	return out
}

var tag = regexp.MustCompile(`<[a-z][a-z0-9]*`)

// layout counts the elements of a body, so that a change of headings or tables is told too.
func layout(body string) string {
	count, order := map[string]int{}, []string{}
	for _, m := range tag.FindAllString(body, -1) {
		if count[m[1:]]++; count[m[1:]] == 1 {
			order = append(order, m[1:])
		}
	}
	for i, name := range order {
		order[i] = fmt.Sprintf("%s × %d", name, count[name])
	}
	return strings.Join(order, "，")
}
