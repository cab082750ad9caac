package notation

import (
	"testing"
)

func TestTime(t *testing.T) {
	cases := []struct {
		in, want string
		precise  Precision
	}{
		{"2024-09-10 09:24", "2024-09-10 09:24", Minute}, {"2024-09-10 09:24:31", "2024-09-10 09:24", Minute},
		{"2024-9-1", "2024-09-01 00:00", Day},
		{"2024年9月10日 9时24分", "2024-09-10 09:24", Minute}, {"2024年09月10日", "2024-09-10 00:00", Day},
		{"2024年9月10日 星期二 下午3:05", "2024-09-10 15:05", Minute},
		{"2024年9月10日（星期二）上午12:05", "2024-09-10 00:05", Minute}, {"2017——04——12 21:37", "2017-04-12 21:37", Minute},
		{"2017—04—12 21：37", "2017-04-12 21:37", Minute},
		{"２０２４－０９－１０　０９：２４", "2024-09-10 09:24", Minute}, {"2024/9/10", "2024-09-10 00:00", Day},
		{"2024.09.10", "2024-09-10 00:00", Day},
		{"2023-08-19 10∶08", "2023-08-19 10:08", Minute}, {"2019年06月15日08:18", "2019-06-15 08:18", Minute},
		{"2019-09-11T02:46:57", "2019-09-11 02:46", Minute},
		{"2026-10-12T01:30:00Z", "2026-10-12 09:30", Minute}, {"2024-01-29 12:00 PM", "2024-01-29 12:00", Minute},
		{"20240910", "2024-09-10 00:00", Day}, {"20240910 0924", "2024-09-10 09:24", Minute},
		{"Tue, 10 Sep 2024 01:24:00 GMT", "2024-09-10 09:24", Minute},
		{"Tue, 10 Sep 2024 09:24:00 +0800", "2024-09-10 09:24", Minute},
		{"Tue, 3 Sep 2024 09:24:00 +0800", "2024-09-03 09:24", Minute},
		{"二〇二四年九月十日", "2024-09-10 00:00", Day}, {"二○一九年十二月三十一日", "2019-12-31 00:00", Day},
		{"二零二〇年元月廿一日", "2020-01-21 00:00", Day},
		{"1725931440", "2024-09-10 09:24", Minute}, {"1725931440000", "2024-09-10 09:24", Minute},
	}
	for _, c := range cases {
		got, precise, ok := Time(c.in)
		if !ok || got.Format("2006-01-02 15:04") != c.want || precise != c.precise {
			t.Errorf("%s: %v %s %v, want %s %s", c.in, got, precise, ok, c.want, c.precise)
		}
	}
	for _, bad := range []string{"", "abc", "2024-13-01", "2024-02-30", "12345", "2024年", "1024-01-01", "2024-06-150",
		"12024-06-15"} {
		if got, _, ok := Time(bad); ok {
			t.Errorf("%q: %v, want none", bad, got)
		}
	}
}

func TestDocNumber(t *testing.T) {
	cases := []struct{ in, want, raw string }{
		{"国办发〔2019〕6号", "国办发〔2019〕6号", "国办发〔2019〕6号"}, {"国办发[2019]06号", "国办发〔2019〕6号", "国办发[2019]06号"},
		{"清政发（2026）018 号", "清政发〔2026〕18号", "清政发（2026）018 号"}, {"清政发(2026)18号", "清政发〔2026〕18号", "清政发(2026)18号"},
		{"清政发【2026】18号", "清政发〔2026〕18号", "清政发【2026】18号"}, {"清政发﹝2026﹞第18号", "清政发〔2026〕18号", "清政发﹝2026﹞第18号"},
		{"清政发［2026］18号", "清政发〔2026〕18号", "清政发［2026］18号"}, {"清政发〔２０２６〕１８号", "清政发〔2026〕18号", "清政发〔２０２６〕１８号"},
		{"文号：清政办函〔2026〕3号", "清政办函〔2026〕3号", "清政办函〔2026〕3号"}, {"国令第712号", "国令第712号", "国令第712号"},
		{"根据《条例》（国发〔2015〕43号）", "国发〔2015〕43号", "国发〔2015〕43号"},
	}
	for _, c := range cases {
		got, raw, ok := DocNumber(c.in)
		if !ok || got != c.want || raw != c.raw {
			t.Errorf("%s: %q %q %v, want %q %q", c.in, got, raw, ok, c.want, c.raw)
		}
	}
	for _, bad := range []string{"", "清政发2026年18号", "第18号楼", "〔2026〕18号", "2026年第18号公告栏"} {
		if got, _, ok := DocNumber(bad); ok {
			t.Errorf("%q: %q, want none", bad, got)
		}
	}
}

func TestChineseNumber(t *testing.T) {
	for in, want := range map[string]int{"一": 1, "十": 10, "十二": 12, "二十": 20, "二十九": 29, "三十一": 31, "廿一": 21, "卅": 30,
		"元": 1, "": 0} {
		if got := chineseNumber(in); got != want {
			t.Errorf("%s: %d, want %d", in, got, want)
		}
	}
}

func TestMoments(t *testing.T) {
	s := Narrow("会议时间：２０２４年９月１０日至2024年9月12日，发布于2024-09-13 08:05。二〇二四年九月十日")
	got := Moments(s)
	want := []string{"2024-09-10 00:00", "2024-09-12 00:00", "2024-09-13 08:05", "2024-09-10 00:00"}
	if len(got) != len(want) {
		t.Fatalf("%d moments, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].At.Format("2006-01-02 15:04") != w {
			t.Errorf("moment %d: %v, want %s", i, got[i].At, w)
		}
		if got[i].Start < 0 || got[i].End > len(s) || got[i].Start >= got[i].End {
			t.Errorf("moment %d: offsets %d to %d", i, got[i].Start, got[i].End)
		}
	}
	for _, none := range []string{"", "没有日期", "电话 0450-88881234", "编号 120240910", "2024年度", "1.2.3"} {
		if got := Moments(none); len(got) > 0 {
			t.Errorf("%q: %v", none, got)
		}
	}
}

func TestMinutes(t *testing.T) {
	for in, want := range map[string]string{
		"2024年9月10日 上午8:05": "08:05", "2024年9月10日 下午8:05": "20:05", "2024年9月10日 晚上11点30分": "23:30",
		"2024年9月10日 凌晨0:05": "00:05", "2024年9月10日 中午12:30": "12:30",
		"2024-09-10 12:30 AM": "12:30", "2024-09-10 24:05": "00:00", "2024-09-10 09:61": "00:00",
	} {
		if got, _, ok := Time(in); !ok || got.Format("15:04") != want {
			t.Errorf("%s: %v, want %s", in, got, want)
		}
	}
}

func FuzzNotation(f *testing.F) {
	for _, s := range []string{"2024-09-10 09:24", "二〇二四年九月十日", "清政发〔2026〕18号", "国令第712号", "1725931440", "（２０２６）０号",
		""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, p, ok := Time(s); ok && (at.IsZero() || p != Minute && p != Day) {
			t.Fatalf("%q: %v %s", s, at, p)
		}
		canonical, raw, ok := DocNumber(s)
		if !ok {
			return
		}
		if raw == "" {
			t.Fatalf("%q: no original", s)
		}
		again, _, ok := DocNumber(canonical)
		if !ok || again != canonical {
			t.Fatalf("%q: %q is not stable: %q", s, canonical, again)
		}
	})
}

// TestTimesOfFeeds: a time without zone or with CST is Beijing time; times of other zones are converted.
func TestTimesOfFeeds(t *testing.T) {
	for in, want := range map[string]string{
		"2024-09-10 20:24:00":                        "2024-09-10 20:24 minute",
		"2024/9/10 20:24:00":                         "2024-09-10 20:24 minute",
		"2024年9月10日 20:24":                           "2024-09-10 20:24 minute",
		"Tue, 10 Sep 2024 20:24:00":                  "2024-09-10 20:24 minute",
		"Tue, 10 Sep 2024 20:24:00 CST":              "2024-09-10 20:24 minute",
		"Tue, 10 Sep 2024 20:24:00 GMT+8":            "2024-09-10 20:24 minute",
		"Tue, 10 Sep 2024 20:24:00 +0800":            "2024-09-10 20:24 minute",
		"Tue, 10 Sep 2024 12:24:00 GMT":              "2024-09-10 20:24 minute",
		"Tue, 10 Sep 2024 12:24:00 Z":                "2024-09-10 20:24 minute",
		"Tue, 10 Sep 2024 08:24:00 -0400":            "2024-09-10 20:24 minute",
		"Tue, 10 Sep 2024 08:24:00 EDT":              "2024-09-10 20:24 minute",
		"10 September 2024 20:24":                    "2024-09-10 20:24 minute",
		"Tuesday, 10-Sep-24 12:24:00 UTC":            "2024-09-10 20:24 minute",
		"Tue Sep 10 20:24:00 CST 2024":               "2024-09-10 20:24 minute",
		"Tue Sep 10 2024 20:24:00 GMT+0800 (中国标准时间)": "2024-09-10 20:24 minute",
		"Sep 10, 2024 8:24 PM":                       "2024-09-10 20:24 minute",
		"Sep 10, 2024 12:24 AM":                      "2024-09-10 00:24 minute",
		"2024-09-10T12:24:00Z":                       "2024-09-10 20:24 minute",
		"2024-09-10T20:24:00+0800":                   "2024-09-10 20:24 minute",
		"2024-09-10T20:24:00.123+08:00":              "2024-09-10 20:24 minute",
		"2024-09-10 12:24:00 +0000":                  "2024-09-10 20:24 minute",
		"2024-09-10 12:24:00 UTC":                    "2024-09-10 20:24 minute",
		"2024-09-10T20:24:00":                        "2024-09-10 20:24 minute",
		"2024-09-10 20:24 北京时间":                      "2024-09-10 20:24 minute",
		"2024-09-10":                                 "2024-09-10 00:00 day",
		"10 Sep 2024":                                "2024-09-10 00:00 day",
		"Sep 10, 2024":                               "2024-09-10 00:00 day",
		"1725971040":                                 "2024-09-10 20:24 minute",
		"1725971040000":                              "2024-09-10 20:24 minute",
		"Tue, 31 Sep 2024 20:24:00":                  "none",
		"Tue, 10 Sep 2024 25:24:00":                  "none",
		"10 Brumaire 2024":                           "none",
		"yesterday":                                  "none",
	} {
		at, p, ok := Time(in)
		got := "none"
		if ok {
			got = at.Format("2006-01-02 15:04 ") + string(p)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// TestChineseNumerals: zero and the digits in all forms that input methods offer; dates of the lunar calendar are
// refused.
func TestChineseNumerals(t *testing.T) {
	for in, want := range map[string]string{
		"二О二三年十月九日": "2023-10-09", "二о二三年十月九日": "2023-10-09", "二Ο二三年十月九日": "2023-10-09",
		"二◯二三年十月九日": "2023-10-09", "二⭕二三年十月九日": "2023-10-09", "二零二三年十月九日": "2023-10-09",
		"二0二三年十月九日": "2023-10-09", "二０二三年十月九日": "2023-10-09", "二○二三年十月九日": "2023-10-09",
		"贰零贰叁年拾月玖日": "2023-10-09", "貳零貳叁年拾月玖日": "2023-10-09", "贰零贰叁年零壹拾月零玖日": "2023-10-09",
		"二〇二三年10月9日": "2023-10-09", "2023年十月九日": "2023-10-09", "二〇二三年十月九号": "2023-10-09",
		"二 〇 二 三 年 十 月 九 日": "2023-10-09", "二〇二三年十二月廿九日": "2023-12-29", "二〇二三年元月三十一日": "2023-01-31",
		"一九九八年拾贰月叁拾壹日": "1998-12-31",
		"农历二〇二三年十月九日":  "none", "二〇二三年腊月初八": "none", "二〇二三年正月十五日": "none", "癸卯年十月初九": "none",
		"二〇二三年十三月九日": "none", "二〇二三年二月三十日": "none", "二〇二三年十月": "none",
	} {
		at, _, ok := Time(in)
		got := "none"
		if ok {
			got = at.Format("2006-01-02")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
