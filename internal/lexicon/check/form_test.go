package check

import (
	"fmt"
	"strings"
	"testing"
)

// id makes a valid ID number from 17 digits.
func id(first string) string {
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(first[i]-'0') * w
	}
	return first + string("10X98765432"[sum%11])
}

// cardOf makes a number with Luhn's check digit.
func cardOf(first string) string {
	for d := range 10 {
		if n := fmt.Sprint(first, d); luhn(n) {
			return n
		}
	}
	return ""
}

func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, s)
}

func TestPersonal(t *testing.T) {
	n, x := id("23010219900307123"), ""
	for i := 100; x == ""; i++ {
		if v := id(fmt.Sprintf("23010219900307%d", i)); v[17] == 'X' {
			x = v
		}
	}
	wrong := n[:17] + string('0'+(n[17]-'0'+1)%10)
	card := cardOf("622202100112345678")
	for s, want := range map[string]string{
		n:                                    "personal.id",
		"身份证" + x + "。":                      "personal.id",
		"身份证" + strings.ToLower(x):           "personal.id",
		wide(n):                              "personal.id",
		wide(x[:17]) + "Ｘ":                   "personal.id",
		n[:6] + " " + n[6:14] + " " + n[14:]: "personal.id",
		n[:6] + "-" + n[6:14] + "-" + n[14:]: "personal.id",
		n[:6] + "\u200b" + n[6:]:             "personal.id",
		"张三" + n + " 李四" + x:                 "personal.id personal.id",
		n + " " + x:                          "personal.id personal.id",
		wrong:                                "",
		n + "1":                              "",
		"9" + n:                              "",
		id("23010219901307123"):              "", // month 13
		id("99010219900307123"):              "", // no such province
		"统一社会信用代码" + n:                       "",
		n[:3] + "***********" + n[14:]:       "",
		"身份证230102900307123":                 "personal.id15",
		"单号230102900307123":                  "",
		"电话13800138000":                      "personal.phone",
		"电话１３８００１３８０００": "personal.phone",
		"138-0013-8000":     "personal.phone",
		"138 0013 8000":     "personal.phone",
		"+86 13800138000":   "personal.phone",
		"金额13800138000.50元": "",
		"0.13800138000":     "",
		"编号A13800138000":    "",
		"12800138000":       "",
		"138001380001":      "",
		"0451-12345678":     "",
		"账号" + card:         "personal.card",
		card[:4] + " " + card[4:8] + " " + card[8:12] + " " + card[12:16] + " " + card[16:]: "personal.card",
		"订单编号" + card:                               "",
		card[:18] + string('0'+(card[18]-'0'+1)%10): "",
		"护照号码E12345678":                             "personal.passport",
		"型号E12345678":                               "",
		"往来港澳通行证C12345678":                          "personal.passport",
		"2026年11月29日":                               "",
		"预算1234567890123456789元":                    "",
	} {
		var got []string
		for _, f := range Check(text(s), Options{}).Findings {
			if strings.HasPrefix(f.Code, "personal.") {
				got = append(got, f.Code)
				if f.Suggest[0] == f.Text || !strings.Contains(f.Suggest[0], "***") {
					t.Errorf("%s is masked as %s", f.Text, f.Suggest[0])
				}
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %s", s, got, want)
		}
	}
	r := Check(Document{Files: []File{{Name: "名单.xlsx", Text: "张三 " + n}}}, Options{})
	if !r.Blocks() || r.Findings[0].Part != InFile {
		t.Errorf("in an attachment: %+v", r)
	}
}

func TestDocumentNumbers(t *testing.T) {
	for s, want := range map[string]string{
		"国办发〔2026〕3号":       "",
		"《意见》（国办发〔2026〕3号）": "",
		"国办发[2026]3号":       "number.brackets [2026]3号>〔2026〕3号",
		"国办发(2026)3号":       "number.brackets (2026)3号>〔2026〕3号",
		"国办发（2026）3号":       "number.brackets （2026）3号>〔2026〕3号",
		"国办发【2026】3号":       "number.brackets 【2026】3号>〔2026〕3号",
		"国办发［２０２６］3号":       "number.brackets ［２０２６］3号>〔2026〕3号",
		"国办发〔2026]3号":       "number.brackets 〔2026]3号>〔2026〕3号; mark.pair 〔",
		"国办发〔2026〕第3号":      "number.form 〔2026〕第3号>〔2026〕3号",
		"国办发〔2026〕03号":      "number.form 〔2026〕03号>〔2026〕3号",
		"国办发〔26〕3号":         "number.form 〔26〕3号>〔2026〕3号",
		"国办发〔2026〕 3 号":     "number.form 〔2026〕 3 号>〔2026〕3号",
		"国办发〔2026〕3，":       "number.form 〔2026〕3>〔2026〕3号",
		"黑政办发2021年42号":      "number.form 黑政办发2021年42号>黑政办发〔2021〕42号",
		"小区（2026）3号楼":       "",
		"（2026）京01民终3号":     "",
		"附件[1]、[2]":         "",
		"人民路2026号":          "",
		"2026年第3号公告":        "",
	} {
		if got := in(text(s), Options{}); got != want {
			t.Errorf("%s: got %q, want %q", s, got, want)
		}
	}
}

func TestMarks(t *testing.T) {
	for s, want := range map[string]string{
		"《办法》和《细则》":     "",
		"《办法和《细则》":      "mark.pair 《",
		"办法》":           "mark.pair 》",
		"《关于印发《办法》的通知》": "mark.nest 《办法》>〈办法〉",
		"《关于印发〈办法〉的通知》": "",
		"“改革”和“开放":      "mark.usage “",
		"1）第一项":         "",
		"（一）第一项":        "",
		"《甲》、《乙》":       "mark.usage 》、《>》《",
		"好。。":           "mark.usage 。。>。",
		"一,二":           "mark.usage 一,二>一，二",
		"1,000元":        "",
		"第一、加强领导":       "mark.usage 第一、>第一，",
		"（一）、加强领导":      "mark.usage （一）、>（一）",
		"二0二六年":         "mark.numeral 二0二>二〇二",
		"二〇二六年":         "",
		"10几个人":         "mark.numeral 10几个",
		"等等……":          "mark.usage 等……",
		"　　正文":          "space.stray 　　>",
		"正文　　":          "space.stray 　　>",
		"正文":            "",
	} {
		if got := in(text(s), Options{}); got != want {
			t.Errorf("%s: got %q, want %q", s, got, want)
		}
	}
}

func TestStructure(t *testing.T) {
	for s, want := range map[string]string{
		`<h2>甲</h2><h3>乙</h3><h2>丙</h2>`: "",
		`<h2>甲</h2><h4>乙</h4>`:           "heading.order 乙",
		`<h3>甲</h3>`:                     "heading.order 甲",
		`<h1>甲</h1>`:                     "heading.order 甲",
		`<h2> </h2>`:                     "heading.order  ",
		`<table><tr><td>甲<td>乙<tr><td>1<td>2</table>`:         "table.header 甲",
		`<table><tr><th>甲<th>乙<tr><td>1<td>2</table>`:         "",
		`<table><tr><td>甲</table>`:                            "",
		`<img src=a.png>`:                                     "image.alt ",
		`<img src=a.png alt="">`:                              "", // decoration
		`<a href="/x"><img src=a.png alt=""></a>`:             "image.alt ",
		`<img src=a.png alt="IMG_2031.jpg">`:                  "image.alt IMG_2031.jpg",
		`<img src=a.png alt="图片">`:                            "image.alt 图片",
		`<img src=a.png alt="市长在会上讲话">`:                       "",
		`<img src="http://10.1.2.3/a.png" alt="市长在会上讲话">`:     "link.internal http://10.1.2.3/a.png",
		`<p><a href="/x">点击这里</a></p>`:                        "link.text 点击这里",
		`<p><a href="/x">《办法》全文</a></p>`:                      "",
		`<p><a href="java&#10;script:alert(1)">办法</a></p>`:    "link.dangerous java\nscript:alert(1)",
		`<p><a href=" JavaScript:alert(1)">办法</a></p>`:        "link.dangerous JavaScript:alert(1)",
		`<p><a href="data:text/html,x">办法</a></p>`:            "link.dangerous data:text/html,x",
		`<p><a href="#">办法</a></p>`:                           "link.broken #",
		`<p><a href="">办法</a></p>`:                            "link.broken ",
		`<p><a href="http:/www.gov.cn">办法</a></p>`:            "link.broken http:/www.gov.cn",
		`<p><a href="htttp://www.gov.cn">办法</a></p>`:          "link.broken htttp://www.gov.cn",
		`<p><a href="http://www.gov.cn@x.com/">办法</a></p>`:    "link.broken http://www.gov.cn@x.com/",
		`<p><a href="www.gov.cn">办法</a></p>`:                  "link.broken www.gov.cn",
		`<p><a href="https://www.gov.cn/a">办法</a></p>`:        "",
		`<p><a href="/a?b=1#c">办法</a></p>`:                    "",
		`<p><a href="mailto:a@b.gov.cn">办法</a></p>`:           "",
		`<p><a href="http://192.168.1.5/a">办法</a></p>`:        "link.internal http://192.168.1.5/a",
		`<p><a href="http://[::1]/a">办法</a></p>`:              "link.internal http://[::1]/a",
		`<p><a href="http://oa.local/">办法</a></p>`:            "link.internal http://oa.local/",
		`<p><a href="file:///C:/a.doc">办法</a></p>`:            "link.internal file:///C:/a.doc",
		`<p><a href="C:\a.doc">办法</a></p>`:                    `link.internal C:\a.doc`,
		`<p>见 http://192.168.1.5/a 。</p>`:                     "link.internal http://192.168.1.5/a",
		`<p>见 https://www.gov.cn/a 。</p>`:                     "",
		`<div>甲<p>乙</p>丙</div><script>点击</script>`:            "",
		`<a href="http://10.0.0.1/"><img src=a alt=工程示意></a>`: "link.internal http://10.0.0.1/",
	} {
		d, err := ParseHTML(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := in(d, Options{}); got != want {
			t.Errorf("%s: got %q, want %q", s, got, want)
		}
	}
}

func TestFileNames(t *testing.T) {
	for name, bad := range map[string]bool{
		"1.docx": true, "新建 Microsoft Word 文档.docx": true, "附件1.pdf": true, "附件.pdf": true, "20261129.xls": true,
		"IMG_2031.jpg": true, "微信图片_20261129.jpg": true, "未命名.docx": true,
		"d41d8cd98f00b204e9800998ecf8427e.pdf": true, "": true,
		"最终版.docx": true, "没有扩展名": true, "清河市2026年预算公开表.xlsx": false, "附件1：申请表.docx": false, "申请表.docx": false,
		"2026年工作计划.docx": false, "新建道路规划图.pdf": true, // begins like what a program names
	} {
		if got := in(Document{Files: []File{{Name: name}}}, Options{}) != ""; got != bad {
			t.Errorf("%q: found %v, want %v", name, got, bad)
		}
	}
}

func TestLeaders(t *testing.T) {
	o := Options{Leaders: NewLeaders([]Leader{
		{"赵一民", []string{"市委书记"}}, {"钱立新", []string{"市委副书记", "市长"}}, {"孙晓", []string{"副市长"}}, {"李卫东", []string{"副市长"}},
		{"周", []string{"秘书长"}},
	})}
	for s, want := range map[string]string{
		"市长钱立新出席会议":            "",
		"市委副书记、市长钱立新出席":        "",
		"市长钱立兴出席会议":            "leader.name 钱立兴>钱立新",
		"市长王大明出席会议":            "", // of another city, perhaps
		"原市长钱立兴":               "",
		"副市长钱立新":               "leader.title 副市长>市委副书记",
		"市委书记钱立新":              "leader.title 市委书记>市委副书记",
		"常务副市长孙晓":              "",
		"赵一民、钱立新、孙晓出席":         "",
		"钱立新、赵一民出席":            "leader.order 钱立新、赵一民>赵一民、钱立新",
		"市长钱立新、市委书记赵一民出席":      "leader.order 钱立新、市委书记赵一民",
		"钱立新讲话。赵一民主持。":         "",
		"孙晓说，钱立新主持会议，要求大家认真学习": "", // a comma alone makes no enumeration
		"赵一民钱立新":               "",
		"":                     "",
	} {
		got := in(text(s), o)
		if got != want {
			t.Errorf("%s: got %q, want %q", s, got, want)
		}
	}
}

func TestEntries(t *testing.T) {
	for file, want := range map[string]string{
		"按排\t安排\n# 注\n\n布署\t部署|安排\t理由\tblock\t甲布署|乙": "按排\t安排\n布署\t部署|安排\t理由\tblock\t甲布署|乙\n",
		"\xef\xbb\xbf词,应写作\r\n按排,安排\r\n":             "按排\t安排\n",
		"正确\t错词\n安排\t按排\n":                           "按排\t安排\n",
		"大麻\n冰毒\n":                                   "大麻\n冰毒\n",
		"\"甲,乙\",丙\n":                                "甲,乙\t丙\n",
	} {
		got, err := ParseEntries([]byte(file))
		if err != nil || string(FormatEntries(got)) != want {
			t.Errorf("%q: %q, %v", file, FormatEntries(got), err)
		}
	}
	for file, want := range map[string]string{
		"\xff\xfe":                        "UTF-8",
		"按排\t安排\n按排\t安置":                  "重复",
		"按排\t安排\nＡＢ\t乙\nab\t丙":            "重复",
		"中\t国":                            "单个汉字",
		"按排\t安排\t\tred":                   "级别",
		"按排\t按排":                          "相同",
		"1##\t1":                          "#",
		"a\tb\tc\td\te\tf":                "列",
		strings.Repeat("长", 41):           "超过",
		"按排\t" + strings.Repeat("长", 201): "超过",
		"\"a,b":                           "CSV",
		"\t安排":                            "没有词语",
	} {
		if _, err := ParseEntries([]byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", file, err, want)
		}
	}
}

func FuzzEntries(f *testing.F) {
	for _, s := range []string{"按排\t安排", "a,b\n\"c", "词,建议\n甲乙,丙", "#", "\xef\xbb\xbf"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := ParseEntries(file)
		if err != nil {
			return
		}
		if again, err := ParseEntries(FormatEntries(got)); err == nil && len(again) > len(got) {
			t.Fatalf("%d entries became %d", len(got), len(again))
		}
	})
}
