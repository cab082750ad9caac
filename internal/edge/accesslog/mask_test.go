package accesslog

import (
	"strings"
	"testing"
)

func TestMaskTarget(t *testing.T) {
	for in, want := range map[string]string{
		"/":                            "/",
		"/search?q=供热&page=2&site=all": "/search?q=供热&page=2&site=all",
		"/old.jsp?id=7&k=%E4%B8%AD":    "/old.jsp?id=7&k=%E4%B8%AD",
		"/search?q=2026-11-29":         "/search?q=2026-11-29",
		"/x?v=20261129101700":          "/x?v=20261129101700",
		"/x?ts=1795000000000":          "/x?ts=1795000000000", // milliseconds are no telephone number
		// by value, however it is written
		"/search?q=13800138000":                          "/search?q=***",
		"/search?q=138-0013-8000&page=2":                 "/search?q=***&page=2",
		"/search?q=%31%33%38%30%30%31%33%38%30%30%30":    "/search?q=***",
		"/search?q=%2531%2533800138000":                  "/search?q=***",
		"/search?q=王某+138+0013+8000的电话":                  "/search?q=***",
		"/search?q=%EF%BC%91%EF%BC%93800138000":          "/search?q=***",
		"/search?q=%2B86+13800138000":                    "/search?q=***",
		"/search?q=0931-8460114":                         "/search?q=***",
		"/search?q=11010519491231002X":                   "/search?q=***",
		"/search?q=110105194912310021":                   "/search?q=***",
		"/search?q=110105491231002":                      "/search?q=***",
		"/search?q=6222021001116245702":                  "/search?q=***",
		"/search?q=zhang.san%40example.cn":               "/search?q=***",
		"/x?a=9f86d081884c7d659a2feaa0c55ad015":          "/x?a=***",
		"/x?j=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.sig":  "/x?j=***",
		"/x?13800138000":                                 "/x?***",
		"/x?13800138000=1":                               "/x?***=***",
		"/x?to=%2Flogin%3Ftoken%3Dabc":                   "/x?to=***",
		"/x?to=%252Flogin%253Fname%253Dabc":              "/x?to=***",
		"/search?q=%31%33800138000%zz":                   "/search?q=***",
		"/search?q=138%E3%80%810013%E3%80%818000":        "/search?q=***",
		"/search?q=138%E2%80%940013%E2%80%948000":        "/search?q=***",
		"/search?q=138%C2%A00013%0A8000":                 "/search?q=***",
		"/search?q=%u0031%u0033800138000":                "/search?q=***",
		"/search?q=%u5F20%u4E09":                         "/search?q=***", // 张三
		"/search?q=%u4F9B%u70ED%u":                       "/search?q=%u4F9B%u70ED%u",
		"/search?q=138001%E2%80%8B38000":                 "/search?q=***",
		"/search?q=13800%00138000":                       "/search?q=***",
		"/search?q=138/0013,8000":                        "/search?q=***",
		"/search?q=幺三八零零一三八零零〇":                          "/search?q=***",
		"/search?q=@a+zhang@example.com":                 "/search?q=***",
		"/search?q=zhang＠example。com":                    "/search?q=***",
		"/search?q=E12345678":                            "/search?q=***",
		"/search?q=%E6%8A%A4%E7%85%A7g12345678%E5%8F%B7": "/search?q=***",
		"/search?q=黑A·12345":                             "/search?q=***",
		"/search?q=%E5%BC%A0%E4%B8%89":                   "/search?q=***",
		"/search?q=李四+工伤":                                "/search?q=***",
		"/search?q=@供热":                                  "/search?q=@供热",
		"/search?q=a@b":                                  "/search?q=a@b",
		"/search?q=二〇二六年十一月":                             "/search?q=二〇二六年十一月",
		"/search?q=许可证":                                  "/search?q=许可证",
		"/search?q=张贴的布告":                                "/search?q=张贴的布告",
		"/search?q=清政发〔2026〕12号":                         "/search?q=清政发〔2026〕12号",
		"/search?q=2026/11/29,2026/12/31":                "/search?q=2026/11/29,2026/12/31",
		"/search?q=100%&from=1":                          "/search?q=100%&from=1",
		// a whole address
		"http://u:p@localhost/search?q=a&key=1": "http://localhost/search?q=a&key=***",
		"*":                                     "*",
		"localhost:80":                          "localhost:80",
		// by name
		"/x?phone=1&b=2":              "/x?phone=***&b=2",
		"/x?b=2;PHONE=1":              "/x?b=2;PHONE=***",
		"/x?user%5Bid_card%5D=1":      "/x?user%5Bid_card%5D=***",
		"/x?idCard=&name=李&code=9":    "/x?idCard=&name=***&code=***",
		"/x?smsCode=1234&decode=1":    "/x?smsCode=***&decode=1",
		"/x?access_token=a&keyword=b": "/x?access_token=***&keyword=b",
		"/x?%E5%A7%93%E5%90%8D=a":     "/x?%E5%A7%93%E5%90%8D=***",
		"/x?tel1=5&hotel=6":           "/x?tel1=***&hotel=6",
		"/x?e-mail=a":                 "/x?e-mail=***",
		// in paths
		"/letters/13800138000":                            "/letters/***",
		"/letters/9f86d081884c7d659a2feaa0c55ad015/reply": "/letters/***/reply",
		"/reset/abc":               "/reset/***",
		"/token/x/y":               "/token/***/y",
		"/a/b;jsessionid=12AB?x=1": "/a/b;jsessionid=***?x=1",
		"/xwdt/2026-11-29-notice-of-the-winter-heating.html": "/xwdt/2026-11-29-notice-of-the-winter-heating.html",
		"/art/2026/11/29/art_1234_567890.html":               "/art/2026/11/29/art_1234_567890.html",
		"/P020261129567890123456.pdf":                        "/P020261129567890123456.pdf",
	} {
		if got := maskTarget(in, false); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
	if got := maskTarget("/a/13800138000.html?phone=1", true); got != "/a/13800138000.html?phone=***" {
		t.Errorf("a published path is public, its query is not: %s", got)
	}
}

func TestMaskReferrer(t *testing.T) {
	for in, want := range map[string]string{
		"":                                        "",
		"https://www.gov.cn/a/?b=1":               "https://www.gov.cn/a/?b=1",
		"https://u:p@x.cn/a#token=1":              "https://x.cn/a",
		"https://x.cn?code=1":                     "https://x.cn?code=***",
		"https://x.cn/l/13800138000?n=1":          "https://x.cn/l/***?n=1",
		"/l/13800138000":                          "/l/***",
		"android-app://com.tencent.mm/":           "android-app://com.tencent.mm/",
		"https://x.cn/s?wd=%31%33800138000&rsv=1": "https://x.cn/s?wd=***&rsv=1",
	} {
		if got := maskReferrer(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

// Whatever comes, masking ends, and a telephone number in a value is not in the result.
func FuzzMask(f *testing.F) {
	f.Add("a", "b", "/x")
	f.Add("%", "%2", "/%%%")
	f.Add("=&;", "+", "//;;")
	f.Fuzz(func(t *testing.T, name, rest, path string) {
		_ = maskReferrer(path)
		_ = maskTarget(path, false)
		if strings.ContainsAny(name+rest, "&;=%") || strings.ContainsAny(rest, "0123456789") {
			return
		}
		if got := maskTarget("/x?"+name+"=13800138000"+rest, true); strings.Contains(got, "13800138000") {
			t.Errorf("%q %q: %s", name, rest, got)
		}
	})
}
