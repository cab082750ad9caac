package media

import (
	"strings"
	"testing"
)

func TestDownload(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"附件1：申请表（样式）.pdf":        "附件1：申请表（样式）.pdf",
		"附件1：申请表（样式）":            "附件1：申请表（样式）.pdf",
		"通知.PDF":                 "通知.pdf",
		"报表.xls":                 "报表.xls.pdf",
		"../../etc/passwd":       "_.._etc_passwd.pdf",
		`C:\a\b.pdf`:             "C__a_b.pdf",
		"a/b:c*d?.pdf":           "a_b_c_d_.pdf",
		"安装.exe":                 "安装.exe.pdf",
		"photo\u202Efdp.exe":     "photofdp.exe.pdf",
		"两\n行\t名":                "两行名.pdf",
		"":                       "附件.pdf",
		".pdf":                   "附件.pdf",
		" . . ":                  "附件.pdf",
		"\u200b零宽\ufeff":         "零宽.pdf",
		"a\x00b":                 "ab.pdf",
		strings.Repeat("长", 200): strings.Repeat("长", 79) + "….pdf",
	} {
		if got := (File{Name: name, Ext: "pdf"}).Download(); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
		if got := (File{Name: name, Ext: "pdf"}).Download(); len(got) > 255 || strings.ContainsAny(got, `/\`) {
			t.Errorf("%q: %q cannot be saved", name, got)
		}
	}
}
