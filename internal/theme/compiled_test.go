package theme_test

import (
	"fmt"
	"html/template"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"guiyi/internal/theme"
	"guiyi/internal/theme/themetest"
)

// TestAllPagesCompiled: the default theme leaves no page to html/template.
func TestAllPagesCompiled(t *testing.T) {
	for _, why := range load(t).Uncompiled() {
		t.Error(why)
	}
}

// hostile are texts that mean something in one context or another.
func hostile() []string {
	return []string{"", "清河市人民政府", `"><script>alert(1)</script>`, "'onmouseover='x", "a&b&amp;c", "javascript:alert(1)",
		"JavaScript:alert(1)", "/a b/ü?x=1&y=%2f%zz#h",
		"https://www.qinghe.gov.cn/政策", "mailto:a@b.cn", "data:text/html,x", "</title><b>", "</script>", "\x00\x01",
		"\xff\xfe坏", "+1", "x:y/z", "//evil.cn", "{{.}}",
		"a\nb\tc", "<!--", "]]>", "`${1}`", strings.Repeat("长", 50), "\u2028", "有效", "废止", "关于印发《办法》的通知", "12345热线",
		"0450-0000（办）"}
}

// scatter fills a value with hostile texts; what is empty and how long lists are depends on chance.
func scatter(g *rand.Rand, v reflect.Value, extra string, depth int) {
	switch v.Kind() {
	case reflect.String:
		texts := append(hostile(), extra)
		if s := texts[g.IntN(len(texts))]; v.Type() != reflect.TypeFor[template.JS]() {
			v.SetString(s)
		} else {
			v.SetString(fmt.Sprintf("%q", strings.ReplaceAll(s, "<", "")))
		}
	case reflect.Bool:
		v.SetBool(g.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt([]int64{0, 1, -1, 5, 100, 125, 1234567, 1 << 40}[g.IntN(8)])
	case reflect.Slice:
		if depth > 9 || g.IntN(4) == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), g.IntN(4), 4))
		for i := range v.Len() {
			scatter(g, v.Index(i), extra, depth+1)
		}
	case reflect.Pointer:
		if g.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			scatter(g, v.Elem(), extra, depth+1)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			if g.IntN(4) > 0 {
				v.Set(reflect.ValueOf(time.UnixMilli(g.Int64N(2e12))))
			}
			return
		}
		for i := range v.NumField() {
			scatter(g, v.Field(i), extra, depth+1)
		}
	}
}

// same renders a view both ways.
func same(t testing.TB, set *theme.Set, v theme.View) {
	t.Helper()
	want, err := set.ByHTMLTemplate(v)
	if err != nil {
		if _, err := set.ByProgram(v); err == nil {
			t.Fatalf("%T: html/template fails, the program does not", v)
		}
		return
	}
	got, err := set.ByProgram(v)
	if err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	if got != want {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		t.Fatalf("%T differs at byte %d\n got …%.80q\nwant …%.80q", v, at, got[max(0, at-30):], want[max(0, at-30):])
	}
}

func sameScattered(t testing.TB, set *theme.Set, seed uint64, extra string) {
	t.Helper()
	g := rand.New(rand.NewPCG(seed, 20261127))
	for _, v := range theme.PageViews() {
		p := reflect.New(reflect.TypeOf(v))
		scatter(g, p.Elem(), extra, 0)
		same(t, set, p.Elem().Interface().(theme.View))
	}
	var chrome theme.ChromeView
	scatter(g, reflect.ValueOf(&chrome).Elem(), extra, 0)
	want, err := set.ChromeByHTMLTemplate(chrome)
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Chrome(chrome)
	if err != nil || string(got.Top+got.Foot+got.Tabs) != want {
		t.Fatalf("the frame differs, %v\n got %.300q\nwant %.300q", err, got.Top, want)
	}
}

// TestProgramsAreHTMLTemplate: compiled pages are those of html/template, byte for byte.
func TestProgramsAreHTMLTemplate(t *testing.T) {
	set := load(t)
	for _, s := range themetest.Samples() {
		same(t, set, s.View)
	}
	for seed := range uint64(60) {
		sameScattered(t, set, seed, "")
	}
}

func FuzzPrograms(f *testing.F) {
	set := load(f)
	f.Add(uint64(1), `"><img src=x onerror=alert(1)>`)
	f.Add(uint64(2), "\xf0\x28\x8c\xbc&#x41;%")
	f.Fuzz(func(t *testing.T, seed uint64, extra string) { sameScattered(t, set, seed, extra) })
}

// TestLeftToHTMLTemplate: a theme may use what cannot be compiled, and its faults are told
// as html/template tells them.
func TestLeftToHTMLTemplate(t *testing.T) {
	set := load(t, overlay("templates/notfound.html",
		`{{template "open" .Page}}<p>{{printf "%q" .Page.Title}}</p>{{template "close" .Page}}`))
	if len(set.Uncompiled()) != 1 || !strings.Contains(set.Uncompiled()[0].Error(), "printf") {
		t.Errorf("slow: %v", set.Uncompiled())
	}
	v := theme.NotFound{Page: theme.Page{Title: `<"标题">`}}
	want, err := set.ByHTMLTemplate(v)
	if err != nil {
		t.Fatal(err)
	}
	if got := render(t, set, v); got != want || !strings.Contains(got, "&lt;") {
		t.Errorf("got %q", got)
	}
	set = load(t, overlay("templates/notfound.html",
		`{{template "open" .Page}}<p>{{with .Page.Title}}{{slice . 0 3}}{{end}}</p>{{template "close" .Page}}`))
	if err := set.Render(&strings.Builder{}, theme.NotFound{Page: theme.Page{Title: "x"}}); err == nil ||
		!strings.Contains(err.Error(), "out of range") {
		t.Errorf("error %v", err)
	}
}

// TestRenderByPointer: views are passed by value or by pointer.
func TestRenderByPointer(t *testing.T) {
	set := load(t)
	for _, s := range themetest.Samples() {
		p := reflect.New(reflect.TypeOf(s.View))
		p.Elem().Set(reflect.ValueOf(s.View))
		if got := render(t, set, p.Interface().(theme.View)); got != render(t, set, s.View) {
			t.Errorf("%s differs by pointer", s.Kind)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	set, err := theme.Load(base(b), fstest.MapFS{})
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range themetest.Samples() {
		if s.Kind != "article" && s.Kind != "list" && s.Kind != "home" {
			continue
		}
		b.Run(s.Kind+"/program", func(b *testing.B) {
			var page []byte
			b.ReportAllocs()
			for b.Loop() {
				if page, err = set.Append(page[:0], s.View); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(page)))
		})
		b.Run(s.Kind+"/html-template", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := set.ByHTMLTemplate(s.View); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
