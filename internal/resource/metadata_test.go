package resource

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"guiyi/internal/kernel/rule"
)

var (
	idForm    = regexp.MustCompile(`^[A-Z][A-Za-z]+$`)
	enForm    = regexp.MustCompile(`^[A-Z][a-z]*( [A-Za-z]+)*$`)
	knownType = regexp.MustCompile(`^(C|C\.\.[1-9]\d*|D8|DT14|E|P:docno|P:index|P:theme)$`)
)

// The standard itself: names, notation, bounds.
func TestElements(t *testing.T) {
	classes := []string{"core", string(Document), string(Interpretation)}
	seen := map[string]bool{}
	for _, el := range Elements() {
		if !idForm.MatchString(el.ID) || el.Name == "" || !enForm.MatchString(el.En) || seen[el.Class+el.ID] {
			t.Errorf("name of %+v", el)
		}
		seen[el.Class+el.ID] = true
		if !knownType.MatchString(el.Type) || (el.Type == "E") != (len(el.Values) > 0) {
			t.Errorf("%s has the type %s with values %v", el.ID, el.Type, el.Values)
		}
		if el.Need != "M" && el.Need != "O" || el.Level != rule.Error && el.Level != rule.Warn || el.Max < 1 || !slices.Contains(classes, el.Class) {
			t.Errorf("bounds of %+v", el)
		}
	}
	if len(Elements()) < 20 {
		t.Errorf("%d elements", len(Elements()))
	}
	full := metadataValues(Document, goodDocument())
	for _, el := range Elements() { // an element the checker never sees would check nothing
		if _, ok := full[el.ID]; !ok {
			t.Errorf("no value is ever read for %s", el.ID)
		}
	}
}

func goodDocument() *Edition {
	return &Edition{Title: "关于供热的通知", Source: "市政府办公室", Text: "正文", PublishedAt: 1_700_000_000_000, Keywords: []string{"供热"}, Summary: "摘要",
		Author: "王明", Editor: "李华",
		Document: &Official{IndexNo: "000014349/2017-00110", DocNo: "国办发〔2017〕47号", Issuer: "国务院办公厅", Theme: `综合政务\电子政务`, Genre: "通知",
			SignedOn: "2017-05-15", Effective: "2017-06-01", Expires: "2022-06-01", Validity: "有效", Disclosure: "主动公开"},
		Interpretation: &Reading{Form: "图解", Level: "专家"}}
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
		"no title":       {func(e *Edition) { e.Title = "" }, "ResName", rule.Error, ""},
		"long title":     {func(e *Edition) { e.Title = strings.Repeat("长", 201) }, "ResName", rule.Error, ""},
		"no time":        {func(e *Edition) { e.PublishedAt = 0 }, "PubDate", rule.Warn, ""},
		"no source":      {func(e *Edition) { e.Source = "" }, "Source", rule.Warn, ""},
		"long source":    {func(e *Edition) { e.Source = strings.Repeat("长", 101) }, "Source", rule.Warn, ""},
		"long summary":   {func(e *Edition) { e.Summary = strings.Repeat("长", 1001) }, "ResAbstract", rule.Warn, ""},
		"no text":        {func(e *Edition) { e.Text = " \n" }, "Text", rule.Warn, ""},
		"many keywords":  {func(e *Edition) { e.Keywords = slices.Repeat([]string{"词"}, 21) }, "Keywords", rule.Warn, ""},
		"long keyword":   {func(e *Edition) { e.Keywords = []string{"好", strings.Repeat("长", 41)} }, "Keywords", rule.Warn, ""},
		"long author":    {func(e *Edition) { e.Author = strings.Repeat("长", 101) }, "Author", rule.Warn, ""},
		"long editor":    {func(e *Edition) { e.Editor = strings.Repeat("长", 41) }, "Editor", rule.Warn, ""},
		"index no":       {func(e *Edition) { e.Document.IndexNo = "000014348/2017-00110" }, "IndexNo", rule.Warn, Document},
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

func TestValidDocNo(t *testing.T) {
	for no, want := range map[string]bool{
		"国办发〔2020〕45号": true, "国发〔2017〕1号": true, "清政办发〔2026〕1018号": true, "国办发明电〔2020〕6号": true, "发改价格〔2021〕833号": true,
		"人社部发〔2019〕20号": true, "国办秘函〔2019〕19号": true, "京（密）政发〔2020〕3号": true,
		"第711号": true, "国令第711号": true, "中华人民共和国国务院令第711号": true, "商务部公告2020年第61号": true, "2021年第5号": true, "第七百一十一号": true, "国务院令第 711 号": true,
		"国办发[2020]45号": false, "国办发（2020）45号": false, "国办发【2020】45号": false, "国办发〔2020]45号": false, "国办发﹝2020﹞45号": false, // wrong brackets
		"国办发〔2020〕045号": false, "国办发〔2020〕0号": false, "第007号": false, // padding
		"国办发〔20〕45号": false, "国办发〔2020〕45": false, "〔2020〕45号": false, "国办发〔2020〕第45号": false, " 国办发〔2020〕45号": false, "国办发〔２０２０〕45号": false, "": false, "号": false, "第号": false,
	} {
		if got := ValidDocNo(no); got != want {
			t.Errorf("ValidDocNo(%q) = %v", no, got)
		}
	}
}

func TestCheckIndexNo(t *testing.T) {
	for no, want := range map[string]string{
		"000014349/2017-00110": "", "11441700007280420Y/2021-00050": "", "11440232MB2D06811W/202110-00013": "",
		"000014348/2017-00110": "校验位", "11441700007280420X/2021-00050": "校验位",
		"000014349-2017-00110": "不合规范", "000014349/2017-110": "不合规范", "000014349/17-00110": "不合规范", "00001434-9/2017-00110": "不合规范",
		"000014349/2017-00110 ": "不合规范", "": "不合规范", "11441700007280420y/2021-00050": "不合规范",
	} {
		if got := CheckIndexNo(no); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("CheckIndexNo(%q) = %q, want %q", no, got, want)
		}
	}
}

// T-FOI-12: the 22 classes of gov.cn with their children.
func TestThemeClasses(t *testing.T) {
	classes := ThemeClasses()
	if len(classes) != 22 {
		t.Errorf("%d top classes", len(classes))
	}
	for top, kids := range classes {
		if !ValidTheme(top) || strings.Contains(top, `\`) || top != "其他" && len(kids) == 0 {
			t.Errorf("top class %q with %v", top, kids)
		}
		for i, kid := range kids {
			if !ValidTheme(top+`\`+kid) || !ValidTheme(kid) || slices.Contains(kids[:i], kid) {
				t.Errorf("class %q of %q", kid, top)
			}
		}
	}
	for theme, want := range map[string]bool{
		`综合政务\政务公开`: true, "财政、金融、审计": true, "税务": true, `工业、交通\其他`: true, "其他": true,
		`综合政务\税务`: false, `综合政务\`: false, `\税务`: false, "综合": false, "": false, `综合政务\政务公开\其他`: false,
	} {
		if got := ValidTheme(theme); got != want {
			t.Errorf("ValidTheme(%q) = %v", theme, got)
		}
	}
}

func FuzzNotations(f *testing.F) {
	f.Add("国办发〔2020〕45号")
	f.Add("000014349/2017-00110")
	f.Add("\xff第1号")
	f.Fuzz(func(t *testing.T, s string) {
		if ValidDocNo(s) && !strings.HasSuffix(s, "号") {
			t.Errorf("%q is no document number", s)
		}
		if CheckIndexNo(s) == "" && !strings.Contains(s, "/") {
			t.Errorf("%q is no index number", s)
		}
		ValidTheme(s)
	})
}
