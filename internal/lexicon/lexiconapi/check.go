package lexiconapi

import (
	"context"

	"guiyi/internal/kernel/api"
	"guiyi/internal/lexicon/check"
)

// CheckText is what is to be checked.
type CheckText struct {
	Site  string        `json:"site" minLength:"1" maxLength:"40" doc:"站点代码"`
	Item  api.ID        `json:"item,omitempty" doc:"信息编号；写了就不再报告这条信息里忽略过的"`
	Title string        `json:"title,omitempty" maxLength:"1000" doc:"标题"`
	HTML  string        `json:"html,omitempty" maxLength:"3000000" doc:"正文"`
	Files []CheckedFile `json:"files,omitempty" maxItems:"100" doc:"附件"`
}

// CheckedFile is an attachment of a text.
type CheckedFile struct {
	Name string `json:"name" maxLength:"400" doc:"文件名"`
	Text string `json:"text,omitempty" maxLength:"1000000" doc:"从附件里取出的文字，没有就只检查名称"`
}

// CheckReport are the result of a check.
type CheckReport struct {
	Items     []CheckFinding `json:"items" nullable:"false" doc:"按在内容中的次序"`
	Blocks    bool           `json:"blocks" doc:"有阻断发布的"`
	Ignored   int            `json:"ignored" doc:"没有列出的：有人说明理由忽略了"`
	Truncated bool           `json:"truncated" doc:"太多，没有列全；改正后请再检查"`
}

// CheckFinding is one thing that looks wrong.
type CheckFinding struct {
	Part       string                 `json:"part" enum:"title,text,image,table,file" doc:"哪一部分"`
	Index      int                    `json:"index" doc:"第几个，从 0 起"`
	From       int                    `json:"from" doc:"从第几个字符起"`
	To         int                    `json:"to" doc:"到第几个字符之前"`
	Text       string                 `json:"text" doc:"原文"`
	Code       string                 `json:"code" doc:"检查的种类"`
	Name       string                 `json:"name" doc:"种类的名称"`
	Dictionary string                 `json:"dictionary,omitempty" doc:"词库的代码"`
	Level      api.OneOf[check.Level] `json:"level"`
	Reason     string                 `json:"reason" doc:"理由，怎样改"`
	Suggest    []string               `json:"suggest" nullable:"false" doc:"可以代替原文的，第一个最合适；空文字是删除"`
}

func (h handlers) check(ctx context.Context, in *struct{ Body CheckText }) (*struct{ Body CheckReport }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Body.Site)
	if err != nil {
		return nil, err
	}
	doc, err := check.ParseHTML(in.Body.HTML)
	if err != nil {
		return nil, err
	}
	doc.Title = in.Body.Title
	for _, f := range in.Body.Files {
		doc.Files = append(doc.Files, check.File{Name: f.Name, Text: f.Text})
	}
	item := int64(0)
	if in.Body.Item != "" {
		item = in.Body.Item.Int()
	}
	report, err := h.Desk.Check(ctx, s.ID, item, doc)
	if err != nil {
		return nil, err
	}
	return &struct{ Body CheckReport }{findingsOf(report)}, nil
}

func findingsOf(r check.Report) CheckReport {
	names := map[string]string{}
	for _, k := range check.Kinds() {
		names[k.Code] = k.Name
	}
	out := CheckReport{Items: []CheckFinding{}, Blocks: r.Blocks(), Ignored: r.Ignored, Truncated: r.Truncated}
	for _, f := range r.Findings {
		v := CheckFinding{
			Part:       string(f.Part),
			Index:      f.Index,
			From:       f.From,
			To:         f.To,
			Text:       f.Text,
			Code:       f.Code,
			Name:       names[f.Code],
			Dictionary: f.Source,
			Level:      api.OneOf[check.Level](f.Level),
			Reason:     f.Reason,
			Suggest:    f.Suggest,
		}
		if v.Suggest == nil {
			v.Suggest = []string{}
		}
		out.Items = append(out.Items, v)
	}
	return out
}

// CheckKind is a kind of finding.
type CheckKind struct {
	Code    string                 `json:"code"`
	Name    string                 `json:"name"`
	Default api.OneOf[check.Level] `json:"default" doc:"站点没有设定时的级别"`
	Most    api.OneOf[check.Level] `json:"most" doc:"最高可以设为"`
}

func (h handlers) kinds(_ context.Context, _ *struct{}) (*api.PageOutput[CheckKind], error) {
	out := &api.PageOutput[CheckKind]{Body: api.Page[CheckKind]{Items: []CheckKind{}}}
	for _, k := range check.Kinds() {
		out.Body.Items = append(out.Body.Items, CheckKind{
			Code:    k.Code,
			Name:    k.Name,
			Default: api.OneOf[check.Level](k.Default),
			Most:    api.OneOf[check.Level](k.Most),
		})
	}
	return out, nil
}
