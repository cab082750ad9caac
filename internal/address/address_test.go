package address

import (
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{ // path → pattern, "" = no row
		"/":                      "/{$}",
		"/wzdt/":                 "/wzdt/{$}",
		"/wzdt":                  "",
		"/wzdt/x":                "",
		"/search":                "/search",
		"/search/":               "",
		"/searchx":               "",
		"/Search":                "",
		"/api/v1/search":         "/api/v1/search",
		"/api/v1/search/":        "/api/",
		"/api/":                  "/api/",
		"/api/v2/x":              "/api/",
		"/api":                   "",
		"/apix/":                 "",
		"/x/api/":                "",
		"//api/":                 "",
		"/sitemap.xml":           "/sitemap.xml",
		"/sitemap-1.xml":         "/sitemap-{no}.xml",
		"/sitemap-120.xml":       "/sitemap-{no}.xml",
		"/sitemap-.xml":          "",
		"/sitemap-x.xml":         "",
		"/sitemap-1.xml/":        "",
		"/x/sitemap-1.xml":       "",
		"/_m/0123.png":           "/_m/",
		"/_m/a/b":                "/_m/",
		"/_m":                    "/_{name}",
		"/_mode":                 "/_mode",
		"/_mode/":                "/_{name}/",
		"/_modex":                "/_{name}",
		"/_x/y":                  "/_{name}/",
		"/_":                     "",
		"/letters/":              "/letters/",
		"/letters/write":         "/letters/",
		"/letters":               "",
		"/zwgk/":                 "",
		"/zwgk/search":           "",
		"/zwgk/_mode":            "",
		"":                       "",
		"search":                 "",
		"/\x00/":                 "",
		"/.well-known/acme/x":    "/.well-known/",
		"/zwgk/t20261120_1.html": "",
	} {
		row, ok := Find(path)
		if ok != (want != "") || row.Pattern != want {
			t.Errorf("Find(%q) = %q, want %q", path, row.Pattern, want)
		}
	}
}

// A pattern covers what it says, to the slash.
func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern   string
		good, bad []string
		example   string
	}{
		{"/{$}", []string{"/"}, []string{"/x", "//", ""}, "/"},
		{"/a", []string{"/a"}, []string{"/a/", "/ab", "/", "/a/b", "/A"}, "/a"},
		{"/a/{$}", []string{"/a/"}, []string{"/a", "/a/b", "/a//"}, "/a/"},
		{"/a/", []string{"/a/", "/a/b", "/a/b/c", "/a//"}, []string{"/a", "/ab/", "/b/a/"}, "/a/x"},
		{"/a/{id}", []string{"/a/1", "/a/x.html"}, []string{"/a/", "/a", "/a/1/", "/a/1/2"}, "/a/x"},
		{"/a/{no}/b", []string{"/a/1/b", "/a/007/b"}, []string{"/a/x/b", "/a//b", "/a/1/", "/a/1"}, "/a/1/b"},
		{"/p-{no}.xml", []string{"/p-1.xml"}, []string{"/p-.xml", "/p-1.xmlx", "/p-1x.xml", "/p-1.xml/"}, "/p-1.xml"},
		{"/_{name}/", []string{"/_a/", "/_a/b"}, []string{"/_/", "/_a", "/a/"}, "/_x/x"},
	} {
		row := Row{Pattern: c.pattern}
		p := parse(row)
		match := func(path string) bool { return strings.HasPrefix(path, "/") && p.match(path[1:]) }
		for _, path := range c.good {
			if !match(path) {
				t.Errorf("%s does not cover %q", c.pattern, path)
			}
		}
		for _, path := range c.bad {
			if match(path) {
				t.Errorf("%s covers %q", c.pattern, path)
			}
		}
		if row.Example() != c.example || !match(row.Example()) {
			t.Errorf("%s: example %s", c.pattern, row.Example())
		}
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pattern, path, name, value string }{
		{"/letters/{no}", "/letters/20261101", "no", "20261101"},
		{"/letters/{no}/files/{name}", "/letters/7/files/a.pdf", "name", "a.pdf"},
		{"/sitemap-{no}.xml", "/sitemap-12.xml", "no", "12"},
		{"/search", "/search", "no", ""},
	} {
		if got := (Row{Pattern: c.pattern}).Values(c.path)[c.name]; got != c.value {
			t.Errorf("%s of %s: %s is %q, want %q", c.path, c.pattern, c.name, got, c.value)
		}
	}
}

// Every row is found by its own example, and says what it must.
func TestRowsAreWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range Rows() {
		if seen[r.Pattern] {
			t.Errorf("%s stands twice", r.Pattern)
		}
		seen[r.Pattern] = true
		if got, ok := Find(r.Example()); !ok || got.Pattern != r.Pattern {
			t.Errorf("%s: its example %s is answered by %q", r.Pattern, r.Example(), got.Pattern)
		}
		switch {
		case r.Meaning == "" || !strings.HasPrefix(r.Pattern, "/"):
			t.Errorf("%s: no meaning, or no path", r.Pattern)
		case r.By == Published && (r.Mount != "" || !slices.Equal(r.Methods, []string{"GET", "HEAD"}) || r.Cache == ""):
			t.Errorf("%s: published pages are read only", r.Pattern)
		case r.By == Portal && r.Cache == "":
			t.Errorf("%s: may it be cached?", r.Pattern)
		case r.By == Reserved && (r.Mount != "" || r.Methods != nil):
			t.Errorf("%s: nobody answers there", r.Pattern)
		}
		if slices.Contains(r.Methods, "GET") != slices.Contains(r.Methods, "HEAD") {
			t.Errorf("%s: HEAD goes with GET", r.Pattern)
		}
		if slices.Contains(r.Methods, "POST") && r.Cache != NoStore {
			t.Errorf("%s: a form must not be cached", r.Pattern)
		}
	}
}

// No column of the top level and no address from before takes what the table has.
func TestNothingTakesARowsPath(t *testing.T) {
	t.Parallel()
	for _, r := range Rows() {
		first, _, _ := strings.Cut(r.Example()[1:], "/")
		if MayBeColumn(first) {
			t.Errorf("a column may be called %q beside %s", first, r.Pattern)
		}
		free := r.By == Reserved && !strings.HasPrefix(r.Pattern, "/_")
		if Taken(r.Example()) == free {
			t.Errorf("%s: taken %v", r.Example(), !free)
		}
	}
	for _, slug := range []string{"zwgk", "xxgk", "searching", "apis", "letter", "sitemap-1", "404", "wzdt2"} {
		if !MayBeColumn(slug) {
			t.Errorf("no column may be called %q", slug)
		}
	}
	for _, slug := range []string{"", "search", "api", "wzdt", "letters", "user", "services", "_x"} {
		if MayBeColumn(slug) {
			t.Errorf("a column may be called %q", slug)
		}
	}
}

// An address is taken in every spelling that the edge leads to it.
func TestTakenSpellings(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		"/", "/index.html", "/index.htm", "/INDEX.HTML", "/index.shtml", "/default.html",
		"/wzdt", "/wzdt/", "/wzdt/index.html",
		"/search", "/search/",
		"/404.html", "/closed.html", "/robots.txt", "/sitemap.xml", "/sitemap-3.xml", "/rss.xml", "/atom.xml",
		"/_mode", "/_anything", "/_m/x",
		"/api/", "/api/x", "/api",
	} {
		if !Taken(p) {
			t.Errorf("%s is free", p)
		}
	}
	for _, p := range []string{
		"", "x", "/zwgk/", "/zwgk/index.html", "/zwgk/_m", "/art/2019/1/2/art_1_2.html",
		"/index.jsp", "/search.html", "/searchx", "/sitemap.html",
		"/user/1.html", "/services/x.html", "/letters/",
	} {
		if Taken(p) {
			t.Errorf("%s is taken", p)
		}
	}
}

func TestSpellings(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"/":                 nil,
		"/zwgk":             {"/zwgk/"},
		"/zwgk/":            {"/zwgk", "/zwgk/index.html"},
		"/zwgk/index.html":  {"/zwgk/index.html/", "/zwgk/"},
		"/zwgk/Index.Shtml": {"/zwgk/Index.Shtml/", "/zwgk/"},
		"/index.htm":        {"/index.htm/", "/"},
		"/zwgk/index.jsp":   {"/zwgk/index.jsp/"},
		"/zwgk/t1.html":     {"/zwgk/t1.html/"},
		"":                  nil,
	} {
		if got := Spellings(path); !slices.Equal(got, want) {
			t.Errorf("Spellings(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestDynamic(t *testing.T) {
	t.Parallel()
	for path, mount := range map[string]string{
		Search:     MountSearch,
		SearchAPI:  MountSearch,
		Access:     MountAccess,
		AccessMode: MountAccess,
		QR:         MountQR,
		Security:   MountSecurity,
		"/api/x":   "",
	} {
		if row, ok := Dynamic(path); !ok || row.Mount != mount || !IsDynamic(path) {
			t.Errorf("%s is answered by %q, want %q", path, row.Mount, mount)
		}
	}
	for _, path := range []string{"/", "/wzdt/", "/letters/x", "/_m/x", "/_x", "/zwgk/", "/search/", ""} {
		if row, ok := Dynamic(path); ok || row.Pattern != "" || IsDynamic(path) {
			t.Errorf("%s is dynamic", path)
		}
	}
}

// The short way that the edge takes for each request says what the table says.
func TestIsDynamic(t *testing.T) {
	t.Parallel()
	for _, row := range Rows() {
		for _, path := range []string{row.Example(), row.Example() + "/", row.Example() + "x", "/x" + row.Example(),
			strings.ToUpper(row.Example())} {
			if _, want := Dynamic(path); IsDynamic(path) != want {
				t.Errorf("%s: %v, want %v", path, !want, want)
			}
		}
	}
	for _, path := range []string{"", "/", "//", "search", "/search?x", "/api", "/api/", "/api//x", "/.well-known/x"} {
		if _, want := Dynamic(path); IsDynamic(path) != want {
			t.Errorf("%s: %v, want %v", path, !want, want)
		}
	}
}

// Whatever is below a column that the table allows is in no row, and whatever is below one that it refuses may be.
func FuzzMayBeColumn(f *testing.F) {
	f.Add("zwgk", "x")
	f.Add("_", "")
	f.Add("sitemap-1.xml", "")
	f.Add("", "/")
	f.Fuzz(func(t *testing.T, slug, rest string) {
		if strings.Contains(slug, "/") || !MayBeColumn(slug) {
			return
		}
		for _, path := range []string{"/" + slug, "/" + slug + "/", "/" + slug + "/" + rest} {
			if row, ok := Find(path); ok {
				t.Fatalf("column %q is allowed, but %q is %s", slug, path, row.Pattern)
			}
		}
	})
}

func TestColumnFiles(t *testing.T) {
	t.Parallel()
	for _, p := range []string{Column("zwgk/zcwj"), ColumnPage("zwgk/zcwj", 12), Column("zwgk/zcwj") + RSS,
		Column("zwgk/zcwj") + Atom} {
		if name, ok := strings.CutPrefix(p, "/zwgk/zcwj/"); !ok || !ColumnFile(name) {
			t.Errorf("%s is not the column's", p)
		}
	}
	if ColumnPage("a", 2) != "/a/index_2.html" || SitemapPart(3) != "/sitemap-3.xml" {
		t.Error("a published address changed")
	}
	for _, name := range []string{"index.html", "t20261120_1.html", "rss", "x"} {
		if ColumnFile(name) {
			t.Errorf("%s is the column's", name)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, r := range Rows() {
		f.Add(r.Example())
	}
	f.Add("/\x00/\x00//_")
	f.Fuzz(func(t *testing.T, path string) {
		row, ok := Find(path)
		if ok && (row.Pattern == "" || !strings.HasPrefix(path, "/")) {
			t.Fatalf("%q is answered by %q", path, row.Pattern)
		}
		if ok && row.By == Portal && !Taken(path) {
			t.Fatalf("%q is dynamic and free", path)
		}
	})
}

// BenchmarkStatic is what the look-up adds to each request for a published page.
func BenchmarkStatic(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Dynamic("/zwgk/zcwj/202611/t20261120_1.html"); ok {
			b.Fatal("dynamic")
		}
	}
}

// TestKindsOfPages: a page is of one kind, a kind has one address, and only what is published has either.
func TestKindsOfPages(t *testing.T) {
	t.Parallel()
	at := map[string]string{}
	for _, row := range Rows() {
		if row.Page == "" {
			continue
		}
		if other, ok := at[row.Page]; ok {
			t.Errorf("%s is at %s and at %s", row.Page, other, row.Pattern)
		}
		if at[row.Page] = row.Pattern; row.By != Published || strings.Contains(row.Example(), "x/") {
			t.Errorf("%s is no page of one address that is published: %+v", row.Page, row)
		}
	}
	for _, pattern := range []string{"/sitemap-{no}.xml", Media, Assets, Search} {
		if slices.ContainsFunc(Rows(), func(r Row) bool { return r.Pattern == pattern && r.Page != "" }) {
			t.Errorf("%s is one page", pattern)
		}
	}
}
