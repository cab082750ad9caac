package metadata

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
	classes := []string{"core", "document", "interpretation"}
	seen := map[string]bool{}
	for _, el := range Elements() {
		if !idForm.MatchString(el.ID) || el.Name == "" || !enForm.MatchString(el.En) || seen[el.Class+el.ID] {
			t.Errorf("name of %+v", el)
		}
		seen[el.Class+el.ID] = true
		if !knownType.MatchString(el.Type) || (el.Type == "E") != (len(el.Values) > 0) {
			t.Errorf("%s has the type %s with values %v", el.ID, el.Type, el.Values)
		}
		if el.Need != "M" && el.Need != "O" || el.Level != rule.Error && el.Level != rule.Warn || el.Max < 1 ||
			!slices.Contains(classes, el.Class) {
			t.Errorf("bounds of %+v", el)
		}
	}
	if len(Elements()) < 20 {
		t.Errorf("%d elements", len(Elements()))
	}
}

func TestValidDocNo(t *testing.T) {
	for no, want := range map[string]bool{
		"国办发〔2020〕45号": true, "国发〔2017〕1号": true, "清政办发〔2026〕1018号": true, "国办发明电〔2020〕6号": true,
		"发改价格〔2021〕833号": true,
		"人社部发〔2019〕20号":  true, "国办秘函〔2019〕19号": true, "京（密）政发〔2020〕3号": true,
		"第711号": true, "国令第711号": true, "中华人民共和国国务院令第711号": true, "商务部公告2020年第61号": true, "2021年第5号": true,
		"第七百一十一号": true, "国务院令第 711 号": true,
		// wrong brackets
		"国办发[2020]45号": false, "国办发（2020）45号": false, "国办发【2020】45号": false, "国办发〔2020]45号": false,
		"国办发﹝2020﹞45号":  false,
		"国办发〔2020〕045号": false, "国办发〔2020〕0号": false, "第007号": false, // padding
		"国办发〔20〕45号": false, "国办发〔2020〕45": false, "〔2020〕45号": false, "国办发〔2020〕第45号": false, " 国办发〔2020〕45号": false,
		"国办发〔２０２０〕45号": false, "": false, "号": false, "第号": false,
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
		"000014349-2017-00110": "不合规范", "000014349/2017-110": "不合规范", "000014349/17-00110": "不合规范",
		"00001434-9/2017-00110": "不合规范",
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
