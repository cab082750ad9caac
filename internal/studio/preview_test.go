package studio_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"guiyi/internal/app"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/kernel/token"
)

// A draft is seen as it will look, by whoever may read it, and by nobody else.
func TestPreview(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	w.api = nil // previews are no operations of the API
	tree, err := w.p.Sites.Columns(w.root, w.a.site.ID)
	w.must(err)
	draft := func(extra string) string {
		t.Helper()
		rec := w.call(w.a.secret, "POST", "/api/v1/items", `{"site":"aaa","class":"article","title":"尚未发布的草稿",`+
			extra+`"html":"<p>草稿的正文。</p><script>alert(1)</script>"}`)
		var made struct{ ID string }
		if err := json.Unmarshal(rec.Body.Bytes(), &made); err != nil || rec.Code != 201 {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		return made.ID
	}
	item := draft(fmt.Sprintf(`"columns":[{"column":"%d"}],`, tree.Path("xwdt/tzgg").ID))
	get := func(secret, path string) *httptest.ResponseRecorder {
		return w.call(secret, "GET", path, "", "Accept", "text/html")
	}

	page := get(w.a.secret, "/preview/aaa/items/"+item)
	body := page.Body.String()
	policy := page.Header().Get("Content-Security-Policy")
	if page.Code != 200 || !strings.Contains(body, "草稿的正文") || !strings.Contains(body, "通知公告") ||
		strings.Contains(body, "alert(1)") || strings.Contains(body, `src="/_qr`) || strings.Contains(policy, "script-src 'self'") ||
		!strings.Contains(policy, "sandbox") || !strings.Contains(page.Header().Get("Cache-Control"), "no-store") {
		t.Fatalf("%d %v\n%.500s", page.Code, page.Header(), body)
	}
	sheet := regexp.MustCompile(`href="(/preview/aaa/_a/[^"]+\.css)"`).FindStringSubmatch(body)
	if sheet == nil {
		t.Fatalf("the style sheet does not come from the preview: %.1500s", body)
	}
	css := get(w.a.secret, sheet[1])
	if css.Code != 200 || !strings.HasPrefix(css.Header().Get("Content-Type"), "text/css") {
		t.Errorf("style sheet: %d %v", css.Code, css.Header())
	}
	elder := get(w.a.secret, "/preview/aaa/items/"+item+"?as=elder").Body.String()
	if !strings.Contains(elder, " data-elder>") || strings.Contains(body, " data-elder>") {
		t.Error("the elder mode is not shown, or always")
	}

	auditor := w.token(token.Request{Owners: w.a.owners(), Permissions: []string{"audit.read"}})
	for name, c := range map[string]struct {
		secret, path string
		status       int
	}{
		"nobody":               {"", "/preview/aaa/items/" + item, 401},
		"another site":         {w.b.secret, "/preview/aaa/items/" + item, 404},
		"by way of their site": {w.b.secret, "/preview/bbb/items/" + item, 404},
		"other permission":     {auditor, "/preview/aaa/items/" + item, 403},
		"no item":              {w.a.secret, "/preview/aaa/items/99999", 404},
		"no number":            {w.a.secret, "/preview/aaa/items/x", 404},
		"in no column":         {w.a.secret, "/preview/aaa/items/" + draft(""), 409},
		"theme, nobody":        {"", sheet[1], 401},
		"no theme file":        {w.a.secret, "/preview/aaa/_a/x.css", 404},
		"no picture": {w.a.secret, "/preview/aaa/items/" + item + "/_m/" + strings.Repeat("0", 64) + ".png",
			404},
		"no hash": {w.a.secret, "/preview/aaa/items/" + item + "/_m/..%2f..%2fkeys", 400},
	} {
		rec := get(c.secret, c.path)
		if rec.Code != c.status || strings.Contains(rec.Body.String(), "草稿的正文") {
			t.Errorf("%s: %d, want %d", name, rec.Code, c.status)
		}
	}
}

func (tn *tenancy) owners() []int64 { return []int64{tn.site.ID} }

// A preview gives the files that an edition of its item names; whether others exist, also of the same site, it does not
// tell.
func TestPreviewFiles(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	w.api = nil
	upload := func(tn *tenancy, content string) (hash, path string) {
		t.Helper()
		rec := w.call(tn.secret, "POST", "/api/v1/sites/"+tn.site.Code+"/media?name=a.txt", content, "Content-Type",
			"application/octet-stream")
		var m struct{ Hash, Path string }
		if err := json.Unmarshal(rec.Body.Bytes(), &m); err != nil || rec.Code != 201 {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		return m.Hash, m.Path
	}
	tree, err := w.p.Sites.Columns(w.root, w.a.site.ID)
	w.must(err)
	hash, path := upload(w.a, "本条的附件")
	_, unused := upload(w.a, "没有用到的附件")
	_, foreign := upload(w.b, "别的站点的附件")
	var made struct{ ID string }
	w.ask(w.a.secret, "POST", "/items", map[string]any{"site": "aaa", "class": "article", "title": "带附件的稿件",
		"html": "<p>正文。</p>", "files": []any{map[string]any{"hash": hash, "name": "表.txt"}},
		"columns": []any{map[string]any{"column": fmt.Sprint(tree.Path("xwdt/tzgg").ID)}}}, 201, &made)
	of := "/preview/aaa/items/" + made.ID
	if body := w.call(w.a.secret, "GET", of, "").Body.String(); !strings.Contains(body, of+path) {
		t.Errorf("the page does not link to %s", of+path)
	}
	for name, c := range map[string]struct {
		secret, path string
		status       int
	}{
		"its file":              {w.a.secret, of + path, 200},
		"unused, same site":     {w.a.secret, of + unused, 404},
		"of another site":       {w.a.secret, of + foreign, 404},
		"by another site":       {w.b.secret, of + path, 404},
		"by way of their site":  {w.b.secret, "/preview/bbb/items/" + made.ID + path, 404},
		"by way of their item":  {w.b.secret, "/preview/bbb/items/" + w.b.params["item"] + path, 404},
		"nobody":                {"", of + path, 401},
		"without an item":       {w.a.secret, "/preview/aaa" + path, 404},
		"of an item of nowhere": {w.a.secret, "/preview/aaa/items/99999" + path, 404},
	} {
		rec := w.call(c.secret, "GET", c.path, "")
		if rec.Code != c.status || strings.Contains(rec.Body.String(), "附件") != (c.status == 200) {
			t.Errorf("%s: %d %.60s", name, rec.Code, rec.Body)
		}
	}
}
