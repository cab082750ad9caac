package guiyi_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// surfaceWords name a way into the platform: a command, a flag, a request, a page. A domain that says "PUT" or "guiyi
// site list" says it to people who see a form as well; it names the field and the reason, and the surface adds how to
// mend it there.
var surfaceWords = regexp.MustCompile(`guiyi [a-z]|(?:^|[^a-z-])--[a-z]|\b(?:GET|PUT|POST|PATCH|DELETE)\b|` +
	`\b(?:body|query|header)\.[a-z]|/api/v1|Authorization|请求头|请求体|命令行|用[^，。；]{0,8}接口|按钮|请点击|控制台`)

// surfaceLeft counts, by slice, the texts that may still name a surface. A slice without a line has none.
var surfaceLeft = map[string]int{}

// isSurface tells whether a package is a way into the platform, or what one is made of.
func isSurface(pkg string) bool {
	return in(pkg, "internal/app/...", "internal/studio/...", "internal/portal/...", "internal/dynamic/...",
		"internal/kernel/api/...") || isPublicPages(pkg) || strings.HasSuffix(path.Base(pkg), "api")
}

// textRule finds words of a surface in the Chinese texts of a domain package.
func textRule(s source) (broken []string) {
	if s.test() || isSurface(path.Dir(s.path)) {
		return nil
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING || !strings.ContainsFunc(lit.Value, isHan) {
			return true
		}
		if w := surfaceWords.FindString(lit.Value); w != "" {
			broken = append(broken, fmt.Sprintf("%s: %s names a surface (%q): name the field and the reason, the "+
				"command, the operation or the page adds what to do there", s.at(lit), lit.Value, w))
		}
		return true
	})
	return broken
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// TestTextsNameNoSurface: rule 11 of the architecture, for every text of every domain.
func TestTextsNameNoSurface(t *testing.T) {
	t.Parallel()
	found := map[string][]string{}
	for _, s := range goFiles(t, "internal/") {
		if broken := textRule(s); broken != nil {
			found[group(s.path)] = append(found[group(s.path)], broken...)
		}
	}
	for slice, broken := range found {
		if len(broken) > surfaceLeft[slice] {
			slices.Sort(broken)
			t.Errorf("%s has %d texts that name a surface, at most %d may:\n%s", slice, len(broken), surfaceLeft[slice],
				strings.Join(broken, "\n"))
		}
	}
	for slice, n := range surfaceLeft {
		if len(found[slice]) < n {
			t.Errorf("%s has only %d texts left that name a surface: lower its number in surfaceLeft", slice,
				len(found[slice]))
		}
	}
}

// TestTextRuleCanFail proves that the rule finds what it is there to find, and lets pass what is right.
func TestTextRuleCanFail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, text string
		wrong      bool
	}{
		{"internal/site/a.go", "没有站点 %s", false},
		{"internal/site/a.go", "没有站点 %s，用 guiyi site list 看有哪些站点", true},
		{"internal/site/a.go", "站点 %s 已经存在，修改请用 PUT 并带上版本号", true},
		{"internal/site/a.go", "请用 --reason 写明原因", true},
		{"internal/resource/a.go", "body.at 应是将来的时间", true},
		{"internal/kernel/token/a.go", "请核对 Authorization 请求头", true},
		{"internal/letter/a.go", "请点击提交按钮", true},
		{"internal/site/a.go", "栏目请用栏目接口修改", true},
		{"internal/address/a.go", "搜索接口", false},
		{"internal/letter/a.go", "两个日期之间用 -- 连接", false},
		{"internal/letter/a.go", "see PUT in English", false},
		{"internal/site/siteapi/a.go", "修改请用 PUT", false},
		{"internal/app/cli/a.go", "用 guiyi site list 看有哪些站点", false},
		{"internal/letter/letterweb/a.go", "请点击提交按钮", false},
		{"internal/site/a_test.go", "用 guiyi site list 看有哪些站点", false},
	} {
		src := fmt.Sprintf("package p\nvar _ = fault.New(fault.Invalid, %q)\n", c.text)
		if got := textRule(parse(t, c.path, src)); (len(got) > 0) != c.wrong {
			t.Errorf("%s: %s: %v", c.path, c.text, got)
		}
	}
}
