// Package dynamictest provides a city of two sites for tests of dynamic pages, and sends requests as the edge does.
package dynamictest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
	"guiyi/internal/theme"
	themes "guiyi/web"
)

// City maps codes to sites.
type City map[string]*dynamic.Site

// Site implements dynamic.Sites.
func (c City) Site(_ context.Context, code string) (*dynamic.Site, error) {
	if s := c[code]; s != nil {
		return s, nil
	}
	return nil, fault.New(fault.NotFound, "没有对应的网站，请检查网址。")
}

// Names implements dynamic.Sites.
func (c City) Names(_ context.Context, codes ...string) (map[string]dynamic.Name, error) {
	out := map[string]dynamic.Name{}
	for _, code := range codes {
		if s := c[code]; s != nil {
			out[code] = dynamic.Name{Name: s.Name, Base: s.Base}
		}
	}
	return out, nil
}

// New returns the sites qinghe and linshui with the default theme.
func New(t testing.TB) City {
	t.Helper()
	files, err := themes.Theme("default")
	if err != nil {
		t.Fatal(err)
	}
	set, err := theme.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return City{
		"qinghe": {
			Code:  "qinghe",
			Name:  "清河市人民政府",
			Base:  "https://www.qinghe.gov.cn",
			Phone: "0450-00000000",
			Near:  map[string]dynamic.Name{"linshui": {Name: "临水县人民政府", Base: "https://www.linshui.gov.cn"}},
			Hot:   []string{"公积金提取"},
			Theme: set,
			Sections: []theme.Link{
				{Text: "政务公开", URL: "/zwgk/"},
				{Text: "政府信息公开", URL: "/xxgk/"},
			},
			Columns: map[string]string{"zwgk": "政务公开", "zwgk/zcwj": "政策文件", "zwgk/tzgg": "通知公告"},
		},
		"linshui": {
			Code:    "linshui",
			Name:    "临水县人民政府",
			Base:    "https://www.linshui.gov.cn",
			Theme:   set,
			Columns: map[string]string{"zcwj": "文件"},
		},
	}
}

// Handler returns the handler of the mounts.
func Handler(t testing.TB, o dynamic.Options, mounts ...dynamic.Mount) http.Handler {
	t.Helper()
	if o.Sites == nil {
		o.Sites = New(t)
	}
	h, err := dynamic.New(o, mounts...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Names in the pairs of Get for values set by the edge, besides headers.
const (
	Site   = ":site"   // code of the site; default qinghe
	Client = ":client" // address of the client
	HTTPS  = ":https"  // "true"
)

// Get sends a GET request as the edge does; host, site and headers are given in pairs.
func Get(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	return Do(h, httptest.NewRequest(method, target, nil), headers...)
}

// Do sends a request for the site qinghe as the edge does, with additional headers in pairs.
func Do(h http.Handler, r *http.Request, headers ...string) *httptest.ResponseRecorder {
	r.Host = "www.qinghe.gov.cn"
	r.Header.Set("Accept", "text/html")
	forwarded := web.Forwarded{Site: "qinghe"}
	for i := 0; i+1 < len(headers); i += 2 {
		name, value := headers[i], headers[i+1]
		switch name {
		case "Host":
			r.Host = value
		case Site:
			forwarded.Site = value
		case Client:
			forwarded.Client, _ = netip.ParseAddr(value) // the zero address means unknown
		case HTTPS:
			forwarded.HTTPS = value == "true"
		default:
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(web.WithForwarded(r.Context(), forwarded)))
	return w
}
