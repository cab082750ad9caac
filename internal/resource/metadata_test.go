package resource

import (
	"slices"
	"strings"
	"testing"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/resource/metadata"
)

// An element whose value is never read would check nothing.
func TestEveryElementIsRead(t *testing.T) {
	full := metadataValues(Document, goodDocument())
	for _, el := range metadata.Elements() {
		if _, ok := full[el.ID]; !ok {
			t.Errorf("no value is ever read for %s", el.ID)
		}
	}
}

func goodDocument() *Edition {
	return &Edition{Title: "关于供热的通知", Source: "市政府办公室", Text: "正文", PublishedAt: 1_700_000_000_000,
		Keywords: []string{"供热"}, Summary: "摘要",
		Author: "王明", Editor: "李华",
		Document: &DocumentInfo{IndexNo: "000014349/2017-00110", DocNo: "国办发〔2017〕47号", Issuer: "国务院办公厅",
			Theme: `综合政务\电子政务`, Genre: "通知",
			SignedOn: "2017-05-15", Effective: "2017-06-01", Expires: "2022-06-01", Validity: "有效", Disclosure: "主动公开"},
		Interpretation: &InterpretationInfo{Form: "图解", Level: "专家"}}
}

func TestCheckMetadataPassesGood(t *testing.T) {
	for _, class := range []Class{Article, Notice, Picture, Page, Document, Interpretation} {
		if fs := CheckMetadata(class, goodDocument()); len(fs) != 0 {
			t.Errorf("%s: %+v", class, fs)
		}
	}
	scan := goodDocument()
	scan.Text, scan.Files = "", []File{{Name: "扫描件.pdf"}}
	if fs := CheckMetadata(Document, scan); len(fs) != 0 {
		t.Errorf("a document whose text is its attachment: %+v", fs)
	}
}

func TestCheckMetadataFinds(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Edition)
		code   string
		level  rule.Level
		only   Class // the class that asks for it; "": all
	}{
		"no title":     {func(e *Edition) { e.Title = "" }, "ResName", rule.Error, ""},
		"long title":   {func(e *Edition) { e.Title = strings.Repeat("长", 201) }, "ResName", rule.Error, ""},
		"no time":      {func(e *Edition) { e.PublishedAt = 0 }, "PubDate", rule.Warn, ""},
		"no source":    {func(e *Edition) { e.Source = "" }, "Source", rule.Warn, ""},
		"long source":  {func(e *Edition) { e.Source = strings.Repeat("长", 101) }, "Source", rule.Warn, ""},
		"long summary": {func(e *Edition) { e.Summary = strings.Repeat("长", 1001) }, "ResAbstract", rule.Warn, ""},
		"no text":      {func(e *Edition) { e.Text = " \n" }, "Text", rule.Warn, ""},
		"many keywords": {func(e *Edition) { e.Keywords = slices.Repeat([]string{"词"}, 21) }, "Keywords", rule.Warn,
			""},
		"long keyword": {func(e *Edition) { e.Keywords = []string{"好", strings.Repeat("长", 41)} }, "Keywords",
			rule.Warn, ""},
		"long author": {func(e *Edition) { e.Author = strings.Repeat("长", 101) }, "Author", rule.Warn, ""},
		"long editor": {func(e *Edition) { e.Editor = strings.Repeat("长", 41) }, "Editor", rule.Warn, ""},
		"index no": {func(e *Edition) { e.Document.IndexNo = "000014348/2017-00110" }, "IndexNo", rule.Warn,
			Document},
		"doc no":         {func(e *Edition) { e.Document.DocNo = "国办发[2017]47号" }, "DocNo", rule.Warn, Document},
		"no issuer":      {func(e *Edition) { e.Document.Issuer = "" }, "Issuer", rule.Warn, Document},
		"theme":          {func(e *Edition) { e.Document.Theme = "综合政务/电子政务" }, "Theme", rule.Warn, Document},
		"genre":          {func(e *Edition) { e.Document.Genre = "新闻" }, "Genre", rule.Warn, Document},
		"no signed":      {func(e *Edition) { e.Document.SignedOn = "" }, "SignedOn", rule.Warn, Document},
		"signed form":    {func(e *Edition) { e.Document.SignedOn = "2017年5月15日" }, "SignedOn", rule.Warn, Document},
		"effective form": {func(e *Edition) { e.Document.Effective = "2017-02-30" }, "Effective", rule.Warn, Document},
		"expires form":   {func(e *Edition) { e.Document.Expires = "五年" }, "Expires", rule.Warn, Document},
		"validity":       {func(e *Edition) { e.Document.Validity = "还行" }, "Validity", rule.Warn, Document},
		"disclosure":     {func(e *Edition) { e.Document.Disclosure = "公开" }, "OpenType", rule.Warn, Document},
		"form":           {func(e *Edition) { e.Interpretation.Form = "漫谈" }, "Form", rule.Warn, Interpretation},
		"level":          {func(e *Edition) { e.Interpretation.Level = "路人" }, "Level", rule.Warn, Interpretation},
	} {
		for _, class := range []Class{Article, Document, Interpretation} {
			e := goodDocument()
			c.change(e)
			fs := CheckMetadata(class, e)
			switch asked := c.only == "" || c.only == class; {
			case asked && (len(fs) != 1 || !found(fs, c.level, "metadata."+c.code)):
				t.Errorf("%s of %s: %+v, want one %s metadata.%s", name, class, fs, c.level, c.code)
			case !asked && len(fs) != 0:
				t.Errorf("%s does not ask for %s: %+v", class, name, fs)
			}
		}
	}
	bare := CheckMetadata(Document, &Edition{})
	if !rule.HasError(bare) || len(bare) != 6 { // title, time, source, text, issuer, signed
		t.Errorf("an empty document: %+v", bare)
	}
}

func found(fs []rule.Finding, level rule.Level, code string) bool {
	for _, f := range fs {
		if f.Code == code && f.Level == level && f.Text != "" && f.Field != "" {
			return true
		}
	}
	return false
}
