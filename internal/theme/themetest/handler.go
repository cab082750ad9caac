package themetest

import (
	"net/http"
	"net/url"
	"strings"

	"guiyi/internal/theme"
)

const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'"

// Handler serves the samples as the edge would: with the same policy and the same attributes in the opening tag.
func Handler(set *theme.Set) (http.Handler, error) {
	pages, err := Render(set)
	if err != nil {
		return nil, err
	}
	pictures, err := Pictures()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, ok := pages[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			body = pages["/404.html"]
		}
		_, _ = w.Write(withSettings(body, r))
	})
	for _, a := range set.Assets() {
		mux.HandleFunc(a.Path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", a.Type)
			_, _ = w.Write(a.Bytes)
		})
	}
	mux.HandleFunc("/_m/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = w.Write(pictures[r.PathValue("name")])
	})
	mux.HandleFunc("/_mode", mode)
	mux.HandleFunc("POST /_access", mode)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	}), nil
}

// state reads the cookie a11y.
func state(r *http.Request) url.Values {
	c, err := r.Cookie("a11y")
	if err != nil {
		return url.Values{}
	}
	raw, err := url.QueryUnescape(c.Value)
	if err != nil {
		return url.Values{}
	}
	v, err := url.ParseQuery(raw)
	if err != nil {
		return url.Values{}
	}
	return v
}

// withSettings writes the reader's settings into the opening tag, as the edge does.
func withSettings(body []byte, r *http.Request) []byte {
	v := state(r)
	var attrs strings.Builder
	for _, key := range []string{"zoom", "theme", "art"} {
		if v.Get(key) != "" {
			attrs.WriteString(" data-" + key + `="` + v.Get(key) + `"`)
		}
	}
	for key, attr := range map[string]string{"elder": "elder", "text": "text-only", "cursor": "cursor"} {
		if v.Get(key) == "1" {
			attrs.WriteString(" data-" + attr)
		}
	}
	const tag = "<html lang=\"zh-CN\""
	return []byte(strings.Replace(string(body), tag, tag+attrs.String(), 1))
}

// mode stores settings, those in the query or the whole form, and redirects back.
func mode(w http.ResponseWriter, r *http.Request) {
	v := state(r)
	q := r.URL.Query()
	if r.Method == http.MethodPost {
		_ = r.ParseForm() // requests of tests are well-formed
		q = r.PostForm
		for _, key := range q["mode"] {
			q.Set(key, "1")
		}
	}
	if r.Method == http.MethodPost || q.Has("all") || q.Has("reset") {
		v = url.Values{}
	}
	for _, key := range []string{"zoom", "theme", "elder", "text", "cursor", "art"} {
		switch value := q.Get(key); {
		case !q.Has(key):
		case value == "" || value == "0" || key == "zoom" && value == "100" || key == "art" && value == "1":
			v.Del(key)
		default:
			v.Set(key, value)
		}
	}
	http.SetCookie(w, &http.Cookie{
		Name:     "a11y",
		Value:    v.Encode(),
		Path:     "/",
		MaxAge:   86400 * 365,
		SameSite: http.SameSiteLaxMode,
	})
	back := q.Get("back")
	if back == "" {
		if ref, err := url.Parse(r.Referer()); err == nil && ref.Host == r.Host {
			back = ref.RequestURI()
		}
	}
	if !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") {
		back = "/"
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
