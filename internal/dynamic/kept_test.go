package dynamic_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/dynamic"
	"guiyi/internal/dynamic/dynamictest"
	"guiyi/internal/kernel/form"
	"guiyi/internal/theme"
)

// box takes a letter with an attachment.
type box struct{ taken []string }

func (b *box) form() form.Form {
	return form.Form{Name: "letter", Action: address.Access, Submit: "提交", Fields: []form.Field{
		{Name: "text", Label: "来信", Kind: form.Area, Required: true},
		{Name: "files", Label: "附件", Kind: form.Files, Max: 2, MaxBytes: 4096, Accept: []string{".pdf"}},
	}}
}

func (b *box) show(w http.ResponseWriter, r *dynamic.Request, status int, state form.State) error {
	s, err := r.Site()
	if err != nil {
		return err
	}
	html, err := b.form().HTML(state)
	if err != nil {
		return err
	}
	return r.Render(w, status, theme.FormPage{Page: s.Page("来信"), Title: "来信", Form: html})
}

func (b *box) get(w http.ResponseWriter, r *dynamic.Request) error {
	return b.show(w, r, http.StatusOK, r.NewForm(b.form(), form.Input{}))
}

func (b *box) post(w http.ResponseWriter, r *dynamic.Request) error {
	times := form.Times{Longest: time.Hour}
	state, done, err := r.Take(w, b.form(), times, func(in form.Input, _ string) (string, error) {
		for _, file := range in.Files["files"] {
			from, err := file.Open()
			if err != nil {
				return "", err
			}
			text, err := io.ReadAll(from)
			if err != nil {
				return "", err
			}
			b.taken = append(b.taken, fmt.Sprintf("%s=%s", file.Name, text))
		}
		return "/thanks", nil
	})
	if done || err != nil {
		return err
	}
	return b.show(w, r, http.StatusBadRequest, state)
}

// Who forgot a field sends the form again without choosing the file again, and twice by a second click.
func TestTakeKeepsFiles(t *testing.T) {
	now := time.Now
	guard, err := form.NewGuard([]string{secret}, now)
	if err != nil {
		t.Fatal(err)
	}
	for name, keeps := range map[string]bool{"kept": true, "not kept": false} {
		var kept *form.Kept
		if keeps {
			kept, err = form.NewKept(form.KeptOptions{Dir: filepath.Join(t.TempDir(), "forms"), Now: now})
			if err != nil {
				t.Fatal(err)
			}
			defer kept.Close()
		}
		b := &box{}
		h := dynamictest.Handler(t, dynamic.Options{Guard: guard, Kept: kept}, dynamic.Mount{Name: address.MountAccess,
			Routes: []dynamic.Route{{Pattern: address.Access, Get: b.get, Post: b.post},
				{Pattern: address.AccessMode, Get: b.get, Post: b.post}}})
		v := &visitor{h: h}
		token := v.token(v.do("GET", "/_access", nil))
		w := send(t, h, map[string]string{"form-token": token}, "a.pdf", "the file")
		page := w.Body.String()
		if w.Code != 400 || !strings.Contains(page, "请填写来信") {
			t.Fatalf("%s: %d %s", name, w.Code, page)
		}
		_, rest, offered := strings.Cut(page, `name="files-kept" value="`)
		if told := strings.Contains(page, "文件没有保留下来，请重新选择附件。"); offered != keeps || told == keeps {
			t.Fatalf("%s: offered %v, told %v", name, offered, told)
		}
		if !keeps {
			continue
		}
		id, _, _ := strings.Cut(rest, `"`)
		values := map[string]string{"form-token": v.token(w), "text": "路灯不亮", "files-kept": id}
		for range 2 {
			if w = send(t, h, values, "", ""); w.Code != 303 || w.Header().Get("Location") != "/thanks" {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		if len(b.taken) != 1 || b.taken[0] != "a.pdf=the file" {
			t.Errorf("%q", b.taken)
		}
		values["files-kept"] = strings.Repeat("a", len(id))
		if w = send(t, h, values, "", ""); w.Code != 400 || !strings.Contains(w.Body.String(), "已经不在了，请重新选择附件") {
			t.Errorf("a file that is gone: %d", w.Code)
		}
	}
}

// send posts a form with a file, "" without.
func send(t *testing.T, h http.Handler, values map[string]string, file, text string) *httptest.ResponseRecorder {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, value := range values {
		if err := m.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if file != "" {
		part, err := m.CreateFormFile("files", file)
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/_access", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return dynamictest.Do(h, r, dynamictest.HTTPS, "true", dynamictest.Client, "192.0.2.1")
}
