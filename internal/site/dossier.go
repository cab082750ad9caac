package site

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/org"
)

var (
	hostPattern   = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,}|xn--[a-z0-9-]+)$`)
	icpPattern    = regexp.MustCompile(`^\p{Han}ICP备\d{6,10}号(-\d+)?$`)
	policePattern = regexp.MustCompile(`^\p{Han}公网安备\s?\d{14}号$`)
	phonePattern  = regexp.MustCompile(`^[0-9()（）\-+ 、,，转]{5,40}$`)
)

// Check checks the dossier, domains and columns of a site against the standards. parent is nil for a site without a
// parent. Findings of level error stop an apply. Other deviations are warnings, because real sites have them.
func Check(s *Site, parent *Site, tree *Tree) []rule.Finding {
	var fs []rule.Finding
	add := func(level rule.Level, code, field, text string) {
		fs = append(fs, rule.Finding{Code: code, Level: level, Field: field, Text: text})
	}
	checkDossier(s, add)
	checkDomains(s, parent, add)
	checkColumns(tree, add)
	return fs
}

// maxDomains is the maximum number of domains of one site. Package manifest accepts no more.
const maxDomains = 256

type addFinding func(level rule.Level, code, field, text string)

func checkDossier(s *Site, add addFinding) {
	d := s.Dossier
	for _, must := range []struct{ field, name, value string }{
		{"idcode", "网站标识码", d.SiteIDCode}, {"sponsor", "主办单位", d.Sponsor}, {"phone", "联系电话", d.Phone},
		{"icp", "ICP备案号", d.ICP}, {"police", "公安机关备案号", d.Police},
	} {
		if must.value == "" && s.State == Running {
			add(rule.Warn, "T-PAGE-01", must.field, "网站已开通，请补充"+must.name+"，页脚要显示")
		}
	}
	if d.SiteIDCode != "" && org.SiteIDCodeForm(d.SiteIDCode) == "" {
		add(rule.Warn, "T-TAG-07", "idcode", "网站标识码一般是 10 位数字，或 bm 加 8 位数字，请核对")
	}
	if d.SponsorUSCC != "" && !org.ValidUSCC(d.SponsorUSCC) {
		add(rule.Error, "dossier.uscc", "uscc", "统一社会信用代码的校验位不对，请核对后重填")
	}
	for _, form := range []struct {
		field, name, value string
		pattern            *regexp.Regexp
	}{{"icp", "ICP备案号", d.ICP, icpPattern}, {"police", "公安机关备案号", d.Police, policePattern},
		{"phone", "联系电话", d.Phone, phonePattern}} {
		if form.value != "" && !form.pattern.MatchString(form.value) {
			add(rule.Warn, "dossier."+form.field, form.field, form.name+"的写法少见，请核对")
		}
	}
	for _, link := range []struct{ field, addr string }{{"home", d.HomeURL}, {"conac", d.CONAC},
		{"finderror", d.FindErrorURL}} {
		if link.addr != "" && !httpURL(link.addr) {
			add(rule.Error, "dossier."+link.field, link.field, "地址要以 http:// 或 https:// 开头")
		}
	}
}

func checkDomains(s, parent *Site, add addFinding) {
	if len(s.Domains) == 0 && s.State == Running {
		add(rule.Warn, "site.domain.none", "domains", "网站已开通，请登记域名")
	}
	if len(s.Domains) > 1 {
		add(rule.Warn, "site.domain.many", "domains", "一个网站原则上只用一个域名，其他域名会跳转到第一个")
	}
	if len(s.Domains) > maxDomains {
		add(rule.Error, "site.domain.count", "domains", fmt.Sprintf("域名有 %d 个，一个网站最多 %d 个", len(s.Domains), maxDomains))
	}
	for _, host := range s.Domains {
		if strings.HasSuffix(host, ".localhost") && host != s.Code+".localhost" {
			add(rule.Error, "site.domain.form", "domains", "域名 "+host+" 只在本机有效，不能登记")
			continue
		}
		if !hostPattern.MatchString(host) {
			add(rule.Error, "site.domain.form", "domains", "域名 "+host+" 的写法不对，应为小写字母、数字、连字符和点，不带 http://")
			continue
		}
		if !strings.HasSuffix(host, ".gov.cn") {
			add(rule.Warn, "site.domain.suffix", "domains", "政府网站域名应以 .gov.cn 结尾："+host)
		}
		if parent != nil && parent.MainDomain() != "" && !hostUnder(host, parent.MainDomain()) {
			add(rule.Warn, "site.domain.parent", "domains", host+" 不在上级门户 "+parent.MainDomain()+" 的域名之下")
		}
	}
}

func checkColumns(tree *Tree, add addFinding) {
	for _, c := range tree.All() {
		if c.Retired || c.Kind.Traits().Link {
			continue
		}
		if c.Description == "" {
			add(rule.Warn, "T-TAG-02", c.Path, "栏目描述为空，网页标签 ColumnDescription 会用栏目名称代替")
		}
		for _, typ := range c.Types {
			if !slices.Contains(columnTypes, typ) {
				add(rule.Warn, "T-TAG-02", c.Path, "栏目类别“"+typ+"”不在国家列表里")
			}
		}
	}
}

func httpURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
