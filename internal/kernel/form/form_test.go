package form

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// ticket has a field of every kind.
func ticket() Form {
	return Form{
		Name:   "ticket",
		Action: "/tickets/write",
		Submit: "提交",
		Fields: []Field{
			{Name: "back", Kind: Hidden},
			{Name: "unit", Label: "收信单位", Kind: Select, Required: true, Choices: []Choice{{"a", "甲"}, {"b", "乙"}}},
			{Name: "title", Label: "标题", Kind: Text, Required: true, Max: 10, FreeText: true, Hint: "不超过 10 个字"},
			{Name: "body", Label: "内容", Kind: Area, Required: true, FreeText: true},
			{Name: "day", Label: "日期", Kind: Date},
			{Name: "tel", Label: "电话", Kind: Phone, Personal: true, Autocomplete: "tel"},
			{Name: "mail", Label: "邮箱", Kind: Email, Personal: true, Autocomplete: "email"},
			{Name: "code", Label: "查询密码", Kind: Password, Required: true},
			{Name: "public", Label: "是否公开", Kind: Radio, Choices: []Choice{{"1", "公开"}, {"0", "不公开"}}, Default: "0"},
			{Name: "reply", Label: "答复方式", Kind: Checks, Max: 2, Choices: []Choice{{"s", "网站"}, {"t", "电话"}, {"m", "邮件"}}},
			{Name: "files", Label: "附件", Kind: Files, Max: 2, MaxBytes: 1 << 10, Accept: []string{".pdf", ".jpg"}},
			{Name: "true", Label: "情况属实", Kind: Check, Required: true},
		},
	}
}

// searchForm is sent in the address.
func searchForm() Form {
	q := Field{Name: "q", Label: "搜索词", Kind: Text}
	return Form{Name: "find", Action: "/search", Get: true, Submit: "搜索", Fields: []Field{q}}
}

// good are values without a fault.
func good() url.Values {
	return url.Values{"unit": {"a"}, "title": {"路灯不亮"}, "body": {"建设街\n第三盏"}, "code": {"p w "}, "true": {"1"}}
}

func read(t *testing.T, f Form, values url.Values) Input {
	t.Helper()
	r := httptest.NewRequest("POST", f.Action, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	in, err := f.Read(r)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestValid(t *testing.T) {
	if err := ticket().Valid(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(f *Form){
		"no name":               func(f *Form) { f.Name = "" },
		"name in capitals":      func(f *Form) { f.Name = "Ticket" },
		"no path":               func(f *Form) { f.Action = "tickets" },
		"other site":            func(f *Form) { f.Action = "https://evil.example/" },
		"no button":             func(f *Form) { f.Submit = "" },
		"field without name":    func(f *Form) { f.Fields[2].Name = "" },
		"field twice":           func(f *Form) { f.Fields[2].Name = "body" },
		"named as the trap":     func(f *Form) { f.Fields[2].Name = "website" },
		"named as the token":    func(f *Form) { f.Fields[2].Name = "form-token" },
		"no label":              func(f *Form) { f.Fields[2].Label = "" },
		"choice without choice": func(f *Form) { f.Fields[1].Choices = nil },
		"text with choices":     func(f *Form) { f.Fields[2].Choices = []Choice{{"a", "b"}} },
		"default of a text":     func(f *Form) { f.Fields[2].Default = "x" },
		"files without a bound": func(f *Form) { f.Fields[10].MaxBytes = 0 },
		"files of any type":     func(f *Form) { f.Fields[10].Accept = nil },
		"personal in address":   func(f *Form) { f.Get = true },
	} {
		f := ticket()
		change(&f)
		if f.Valid() == nil {
			t.Errorf("%s: taken", name)
		}
	}
	personal := ticket().Names(func(d Field) bool { return d.Personal })
	free := ticket().Names(func(d Field) bool { return d.FreeText })
	if !slices.Equal(personal, []string{"tel", "mail"}) || !slices.Equal(free, []string{"title", "body"}) {
		t.Errorf("personal %q, free text %q", personal, free)
	}
}

func TestCheck(t *testing.T) {
	f := ticket()
	if faults := f.Check(read(t, f, good())); len(faults) != 0 {
		t.Fatalf("%+v", faults)
	}
	for _, c := range []struct{ name, field, value, want string }{
		{"missing text", "title", "", "请填写标题。"},
		{"only blanks", "title", " \t　 ", "请填写标题。"},
		{"missing choice", "unit", "", "请选择收信单位。"},
		{"missing box", "true", "", "请勾选“情况属实”。"},
		{"missing password", "code", "", "请填写查询密码。"},
		{"long", "title", strings.Repeat("长", 11), "标题最多 10 个字，现在有 11 个，请删减。"},
		{"as long as it may be", "title", strings.Repeat("长", 10), ""},
		{"long area", "body", strings.Repeat("长", 2001), "内容最多 2000 个字，现在有 2001 个，请删减。"},
		{"choice that is none", "unit", "c", "请从列出的选项中选择收信单位。"},
		{"radio that is none", "public", "2", "请从列出的选项中选择是否公开。"},
		{"box with another value", "true", "on", "选项无效，请重新勾选。"},
		{"mail", "mail", "a@b.cn", ""},
		{"mail with a name", "mail", "张三 <a@b.cn>", "请填写正确的电子邮箱，例如 name@example.com。"},
		{"no mail", "mail", "a.b.cn", "请填写正确的电子邮箱，例如 name@example.com。"},
		{"mobile", "tel", "138 0000 0000", ""},
		{"land line", "tel", "(0450)0000-0000", ""},
		{"abroad", "tel", "+86 138-0000-0000", ""},
		{"hotline", "tel", "12345", ""},
		{"few digits", "tel", "110", "请填写正确的电话号码，例如 13800000000 或 0450-00000000。"},
		{"words", "tel", "不方便", "请填写正确的电话号码，例如 13800000000 或 0450-00000000。"},
		{"plus inside", "tel", "138+00000000", "请填写正确的电话号码，例如 13800000000 或 0450-00000000。"},
		{"day", "day", "2026-11-20", ""},
		{"no such day", "day", "2026-02-30", "日期应写作 2026-11-20。"},
		{"day in words", "day", "昨天", "日期应写作 2026-11-20。"},
	} {
		v := good()
		v.Set(c.field, c.value)
		faults := f.Check(read(t, f, v))
		if got := faults.text(c.field); got != c.want || len(faults) > 1 {
			t.Errorf("%s: %+v, want %q", c.name, faults, c.want)
		}
	}
	v := good()
	v["reply"] = []string{"s", "t", "m"}
	v["title"] = []string{"a", "b"}
	if got := f.Check(read(t, f, v)); len(got) != 2 || got[0] != (Fault{"title", "只能填写一个值。"}) ||
		got[1] != (Fault{"reply", "最多选择 2 项。"}) {
		t.Errorf("%+v", got)
	}
	f.Fields[2].Check = func(v string) string { return map[bool]string{true: "请写明地点。"}[!strings.Contains(v, "街")] }
	if got := f.Check(read(t, f, good())); len(got) != 1 || got[0].Text != "请写明地点。" {
		t.Errorf("own check: %+v", got)
	}
	if err := f.Check(read(t, f, url.Values{})).Error(); err == nil || !strings.Contains(err.Error(), "提示") {
		t.Errorf("error for a program: %v", err)
	}
	if Faults(nil).Error() != nil {
		t.Error("no fault is an error")
	}
}

// Values are normalized, and only fields of the form are read.
func TestRead(t *testing.T) {
	f := ticket()
	v := good()
	v.Set("title", "  路灯\r\n不亮\x00\u202e ")
	v.Set("body", "一\r\n二\r三\x07\xff")
	v.Set("isAdmin", "1")
	in := read(t, f, v)
	if in.Get("title") != "路灯 不亮" || in.Get("body") != "一\n二\n三" || in.Get("code") != "p w " {
		t.Errorf("%q %q %q", in.Get("title"), in.Get("body"), in.Get("code"))
	}
	if in.Get("isAdmin") != "" || in.All("isAdmin") != nil || in.Get("nothing") != "" {
		t.Error("a value is taken that was not asked for")
	}
	r := httptest.NewRequest("POST", "/tickets/write?title=planted&true=1", strings.NewReader("body=x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if in, err := f.Read(r); err != nil || in.Get("title") != "" || in.Get("true") != "" || in.Get("body") != "x" {
		t.Errorf("a link fills in a form that is posted: %q %v", in.Get("title"), err)
	}
	in, err := searchForm().Read(httptest.NewRequest("GET", "/search?q=a+b", nil))
	if err != nil || in.Get("q") != "a b" {
		t.Errorf("%q %v", in.Get("q"), err)
	}
	for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data",
		"multipart/form-data; boundary=x"} {
		r := httptest.NewRequest("POST", "/tickets/write", strings.NewReader("%zz=%"))
		r.Header.Set("Content-Type", kind)
		if _, err := f.Read(r); err == nil {
			t.Errorf("%s: rubbish is read", kind)
		}
	}
}

// TestReadTooLarge: a body beyond the bound says so, however it is sent.
func TestReadTooLarge(t *testing.T) {
	for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		r := httptest.NewRequest("POST", "/", strings.NewReader("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"+
			strings.Repeat("a=b&", 1000)))
		r.Header.Set("Content-Type", kind)
		r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 100)
		_, err := ticket().Read(r)
		if _, ok := errors.AsType[*http.MaxBytesError](err); !ok {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func multi(t *testing.T, f Form, files map[string]string) Input {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, values := range good() {
		if err := w.WriteField(name, values[0]); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		part, err := w.CreateFormFile("files", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", f.Action, &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	in, err := f.Read(r)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestFiles(t *testing.T) {
	f := ticket()
	required := ticket()
	required.Fields[10].Required = true
	for _, c := range []struct {
		name  string
		form  Form
		files map[string]string
		want  string
	}{
		{"none", f, nil, ""},
		{"one", f, map[string]string{"a.PDF": "x"}, ""},
		{"two", f, map[string]string{"a.pdf": "x", "b.jpg": "x"}, ""},
		{"three", f, map[string]string{"a.pdf": "x", "b.jpg": "x", "c.jpg": "x"}, "最多上传 2 个文件。"},
		{"other type", f, map[string]string{"a.exe": "x"}, "只接受以下类型的文件：.pdf、.jpg。"},
		{"double ending", f, map[string]string{"a.pdf.exe": "x"}, "只接受以下类型的文件：.pdf、.jpg。"},
		{"no ending", f, map[string]string{"pdf": "x"}, "只接受以下类型的文件：.pdf、.jpg。"},
		{"large", f, map[string]string{"a.pdf": strings.Repeat("x", 1025)}, "每个文件不能超过 1 KB。"},
		{"empty", f, map[string]string{"a.pdf": ""}, "文件是空的，请重新选择。"},
		{"missing", required, nil, "请选择要上传的附件。"},
	} {
		in := multi(t, c.form, c.files)
		if got := c.form.Check(in); got.text("files") != c.want || len(got) > 1 {
			t.Errorf("%s: %+v, want %q", c.name, got, c.want)
		}
		if in.Get("title") != "路灯不亮" {
			t.Errorf("%s: the texts beside files are lost", c.name)
		}
	}
}
