package address

import (
	"slices"
	"strings"
	"testing"
)

// TestOldSpellings: all spellings of one address have one key, and addresses of two pages have two.
func TestOldSpellings(t *testing.T) {
	t.Parallel()
	for want, spellings := range map[string][]string{
		"/list.jsp?cat=政策&id=5": {
			"/list.jsp?cat=政策&id=5", "/list.jsp?cat=%E6%94%BF%E7%AD%96&id=5", "/list.jsp?cat=%e6%94%bf%e7%ad%96&id=5",
			"/list.jsp?id=5&cat=%E6%94%BF%E7%AD%96", "/list.jsp?cat=%D5%FE%B2%DF&id=5",
			"/list.jsp?cat=%d5%fe%b2%df&id=5",
			"/list.jsp?cat=%u653F%u7B56&id=5", "/list.jsp?cat=%25E6%2594%25BF%25E7%25AD%2596&id=5",
			"/list.jsp?cat=政策&amp;id=5", "/list.jsp;jsessionid=0A1B?cat=政策&id=5", "//list.jsp?cat=政策&id=5",
			"/./list.jsp?cat=政策&&id=5&", "/a/../list.jsp?cat=政策&id=5", "/list.jsp?cat=政策&id=5&_=1725971040",
			"/list.jsp?cat=政策&id=5#top", "/list.jsp?utm_source=wx&cat=政策&id=5&from=timeline",
		},
		"/news/show.asp?cid=3&id=12": {
			"/News/Show.asp?ID=12&cid=3", "/news/show.asp?id=12&cid=3", "/NEWS/SHOW.ASP?CID=3&Id=12",
			"/News/Show.asp?cid=3&ID=12&from=singlemessage&isappinstalled=0", `/News\Show.asp?cid=3&ID=12`,
		},
		"/政策/1.html": {"/政策/1.html", "/%E6%94%BF%E7%AD%96/1.html", "/%D5%FE%B2%DF/1.html",
			"/%d5%fe%b2%df/1.html"},
		"/xw/":               {"/xw/", "/xw", "/xw/index.html", "/xw/Index.HTM", "/xw/default.aspx", "/xw/index.jsp"},
		"/?p=123":            {"/?p=123", "/index.php?p=123", "/index.php?p=123&utm_medium=x"},
		"/x.jsp?q=a%26b%20c": {"/x.jsp?q=a%26b+c", "/x.jsp?q=a%26b%20c"},
		"/x.jsp?from=省政府":    {"/x.jsp?from=省政府", "/x.jsp?from=%E7%9C%81%E6%94%BF%E5%BA%9C"},
		"/A/b.jsp?Id=1":      {"/A/b.jsp?Id=1"},
		"/a/b.jsp?Id=1":      {"/a/b.jsp?Id=1"},
		"/100%.html":         {"/100%.html", "/100%25.html"},
	} {
		for _, s := range spellings {
			host, p, q, ok := SplitOld("http://old.gov.cn" + s)
			if got := OldKey(p, q); !ok || host != "old.gov.cn" || got != want {
				t.Errorf("%s: %q of %q, want %q", s, got, host, want)
			}
		}
	}
	for _, bad := range []string{"", "/a.html", "ftp://h/a", "http://h", "http:///a", "javascript:alert(1)",
		"http://a@h/x", "mailto:a@b"} {
		if _, _, _, ok := SplitOld(bad); ok {
			t.Errorf("%q is an address", bad)
		}
	}
	if host, _, _, _ := SplitOld("HTTP://WWW.Old.gov.cn:8080/a"); host != "www.old.gov.cn" {
		t.Errorf("host %q", host)
	}
}

// TestOldKeys: the host that a page came from goes first; a file that takes no parameters is found with any.
func TestOldKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p, q string
		want []string
	}{
		{"/a.asp", "id=1", []string{"/_old/h.cn/a.asp?id=1", "/a.asp?id=1"}},
		{"/a.html", "x=1", []string{"/_old/h.cn/a.html?x=1", "/a.html?x=1", "/_old/h.cn/a.html", "/a.html"}},
		{"/a\x00.html", "", nil},
	} {
		if got := OldKeys("H.cn:8080", c.p, c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s?%s: %q, want %q", c.p, c.q, got, c.want)
		}
	}
}

// TestAddedParameters: what a share or a counter adds is left aside, what an old system asked for is not.
func TestAddedParameters(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"id=1&from=singlemessage":             "id=1",
		"id=1&from=timeline&isappinstalled=0": "id=1",
		"id=1&from=农业局":                       "from=农业局&id=1",
		"id=1&from=12":                        "from=12&id=1",
		"id=1&utm_source=a&utm_medium=b":      "id=1",
		"id=1&share_token=x&sharer_shareid=y": "id=1",
		"id=1&nsukey=abc%2Bdef":               "id=1",
		"id=1&_=1725971040":                   "id=1",
		"id=1&t=2":                            "id=1&t=2",
		"hmsr=x&id=1&clicktime=1&enterid=2":   "id=1",
		"from=timeline":                       "",
		"id=1&id=2":                           "id=1&id=2",
		"flag&id=1":                           "flag&id=1",
		"id=&x":                               "id=&x",
		"":                                    "",
		"&&&":                                 "",
		"id=1%00":                             "id=1%00",
	} {
		if got := oldQuery(query, false); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// FuzzOldKey: a key is its own key, begins with one slash, and names no host.
func FuzzOldKey(f *testing.F) {
	f.Add("/News/Show.asp", "ID=12&cid=3")
	f.Add("/%D5%FE", "%u653F=%")
	f.Add("//h/..", "+&=&;")
	f.Fuzz(func(t *testing.T, p, q string) {
		key := OldKey(p, q)
		if key == "" {
			return
		}
		if !strings.HasPrefix(key, "/") || strings.HasPrefix(key, "//") {
			t.Fatalf("%q?%q: %q", p, q, key)
		}
		bare, query, _ := strings.Cut(key, "?")
		// a path with a question mark is another address
		if strings.Contains(p, "?") || strings.Contains(query, "%25") {
			return
		}
		if again := OldKey(bare, query); again != key {
			t.Fatalf("%q?%q: %q, then %q", p, q, key, again)
		}
	})
}
