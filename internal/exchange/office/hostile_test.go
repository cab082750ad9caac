package office

import (
	"bytes"
	"context"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"
	"time"

	"guiyi/internal/kernel/fault"
)

// TestHostile: what is refused, and as what.
func TestHostile(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<w:tbl><w:tr><w:tc>", 100) + para1("底") + strings.Repeat("</w:tc></w:tr></w:tbl>", 100)
	for name, c := range map[string]struct {
		file []byte
		kind fault.Kind
		says string
	}{
		"bomb":      {word(t, para1(strings.Repeat(" ", 90<<20))), fault.TooLarge, "压缩炸弹"},
		"big part":  {word(t, para1(strings.Repeat("ab c", 30<<20))), fault.TooLarge, ""},
		"paragraph": {word(t, strings.Repeat("<w:p/>", 1_000_000)), fault.TooLarge, "段"},
		"deep":      {word(t, deep), fault.TooLarge, "太深"},
		"entities": {packed(t, "word/document.xml", `<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>`+wordHead+
			para1("&a;")+wordTail), fault.Unsupported, "DOCTYPE"},
		"laughs": {packed(t, "word/document.xml", `<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><w>&b;</w>`),
			fault.Unsupported, "DOCTYPE"},
		"twins": {packed(t, "word/document.xml", wordHead+para1("甲")+wordTail, `word\Document.xml`, "<a/>"),
			fault.Unsupported, "同名"},
		"many parts": {packed(t, many(6000)...), fault.TooLarge, "超过"},
		"liar":       {liar(t), fault.TooLarge, "超过"},
		"cut":        {word(t, para1("甲"))[:200], fault.Unsupported, ""},
		"not closed": {packed(t, "word/document.xml", wordHead+"<w:p><w:r>"), fault.Unsupported, "损坏"},
		"nested":     {packed(t, "a.zip", string(packed(t, "word/document.xml", "<a/>"))), fault.Unsupported, "没有正文"},
		"old":        {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old"), fault.Unsupported, "旧格式"},
		"page":       {[]byte("<html><body>甲</body></html>"), fault.Unsupported, "不是 Word"},
		"empty":      {nil, fault.Unsupported, "不是 Word"},
		"table": {word(t, "<w:tbl><w:tr>"+strings.Repeat("<w:tc/>", 150_000)+"</w:tr></w:tbl>"),
			fault.TooLarge, "表格太大"},
		"fields": {word(t, "<w:p><w:r>"+strings.Repeat(`<w:fldChar w:fldCharType="begin"/>`, 99)+"</w:r></w:p>"),
			fault.TooLarge, "域"},
	} {
		_, err := Import(t.Context(), bytes.NewReader(c.file), int64(len(c.file)))
		if fault.KindOf(err) != c.kind || err == nil || !strings.Contains(fault.Text(err), c.says) {
			t.Errorf("%s: %v, want %v with %q", name, err, c.kind, c.says)
		}
	}
}

func many(n int) []string {
	out := make([]string, 0, n*2)
	for i := range n {
		out = append(out, "p"+strings.Repeat("x", i%50)+string(rune('0'+i/50)), "")
	}
	return out
}

// liar is an archive whose end states one entry while there are thousands.
func liar(t *testing.T) []byte {
	b := packed(t, many(6000)...)
	end := bytes.LastIndex(b, []byte("PK\x05\x06"))
	binary.LittleEndian.PutUint16(b[end+10:], 1)
	return b
}

// TestNothingRuns: active content is left out, wherever it is, and the rest is read.
func TestNothingRuns(t *testing.T) {
	t.Parallel()
	d := imported(t, word(t, para1("&lt;script&gt;alert(1)&lt;/script&gt;")+
		`<w:p><w:hyperlink r:id="rId1"><w:r><w:t>点</w:t></w:r></w:hyperlink></w:p>`+
		drawn(`r:embed="rId2"`, `&quot;&gt;&lt;svg onload=alert(1)&gt;`)+
		`<script>alert(2)</script>`+
		`<w:p><w:r><w:t><b onclick="x">甲</b></w:t></w:r></w:p>`,
		"word/_rels/document.xml.rels", `<R><r Id="rId1" Target="java&#9;script:alert(1)" TargetMode="External"/>`+
			`<r Id="rId2" Target="../../../media/a.png"/></R>`,
		"media/a.png", "x", "word/vbaProject.bin", "macro"))
	for _, bad := range []string{"<script", "<svg", "javascript", "<b ", "vba"} {
		if strings.Contains(d.HTML, bad) {
			t.Errorf("%s is in %s", bad, d.HTML)
		}
	}
	if !strings.Contains(d.HTML, "甲") || d.Report.count(Macro) != 1 || d.Report.count(Unlinked) != 1 {
		t.Errorf("%s %v", d.HTML, d.Report)
	}
}

// TestBounded: memory and time of the largest document that is taken are bounded, and the end of the time is obeyed.
func TestBounded(t *testing.T) {
	file := word(t, strings.Repeat(para1("为贯彻落实有关要求，现将有关事项通知如下，请认真遵照执行。"), 40_000))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	imported(t, file)
	runtime.ReadMemStats(&after)
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 1500 {
		t.Errorf("%d MB were allocated for 40,000 paragraphs", used)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := Import(ctx, bytes.NewReader(file), int64(len(file))); fault.KindOf(err) != fault.TooLarge {
		t.Errorf("%v, want the end of the time", err)
	}
}

// FuzzImport: no document crashes the import, and what comes out has nothing that runs.
func FuzzImport(f *testing.F) {
	for _, c := range imports {
		f.Add(c.body, styles, numberings, rels)
	}
	f.Fuzz(func(t *testing.T, body, style, number, rel string) {
		file := word(t, body, "word/styles.xml", style, "word/numbering.xml", number,
			"word/_rels/document.xml.rels", rel,
			"word/footnotes.xml", notes, "word/media/image1.png", "x")
		d, err := Import(context.Background(), bytes.NewReader(file), int64(len(file)))
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatal(err)
			}
			return
		}
		for _, bad := range []string{"<script", "<svg", "<iframe", "<object", "<form", `="javascript:`} {
			if strings.Contains(d.HTML, bad) {
				t.Fatalf("%s in %s", bad, d.HTML)
			}
		}
	})
}

// TestSniff: a file is what its first bytes say, whatever its name.
func TestSniff(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]Family{
		"PK\x03\x04":                         Zip,
		"PK\x05\x06":                         Zip,
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1ab": Compound,
		"{\\rtf1\\ansi":                      RTF,
		"%PDF-1.7":                           PDF,
		"\xef\xbb\xbf\n%PDF-1.4":             PDF,
		"PK":                                 Plain,
		"第一条":                                Plain,
		"":                                   Plain,
	} {
		if got := Sniff(strings.NewReader(head), int64(len(head))); got != want {
			t.Errorf("%q: %s, want %s", head, got, want)
		}
	}
}
