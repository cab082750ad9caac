package site

import (
	"fmt"
	"strings"
	"testing"

	"guiyi/internal/kernel/rule"
)

// goodSite returns a site that passes every check.
func goodSite() *Site {
	return &Site{Code: "qinghe", Name: "清河市人民政府", State: Running, Domains: []string{"www.qinghe.gov.cn"},
		Dossier: Dossier{
			SiteIDCode: "2301990001", Sponsor: "清河市人民政府", SponsorUSCC: "11441700007280420Y", ICP: "黑ICP备00000000号-1",
			Police: "黑公网安备 23019900000001号", Phone: "0450-00000000", HomeURL: "https://www.qinghe.gov.cn/",
			CONAC: "https://bszs.conac.cn/x"}}
}

func goodColumns() []*Column {
	return []*Column{{ID: 1, Path: "xwdt", Description: "新闻", Types: []string{"工作动态"}}}
}

func TestCheckFindsNothingOnAGoodSite(t *testing.T) {
	if fs := Check(goodSite(), nil, NewTree(goodColumns())); len(fs) != 0 {
		t.Errorf("%+v", fs)
	}
	ministry := goodSite()
	ministry.Dossier.SiteIDCode, ministry.Dossier.Police, ministry.Dossier.ICP = "bm29000002", "京公网安备11010202007625号",
		"京ICP备05070218号"
	if fs := Check(ministry, nil, NewTree(goodColumns())); len(fs) != 0 {
		t.Errorf("%+v", fs)
	}
}

func TestCheckFinds(t *testing.T) {
	portal := &Site{Domains: []string{"www.bd.gov.cn"}}
	for name, c := range map[string]struct {
		change func(*Site)
		level  rule.Level
		code   string
	}{
		"no id code":    {func(s *Site) { s.Dossier.SiteIDCode = "" }, rule.Warn, "T-PAGE-01"},
		"no sponsor":    {func(s *Site) { s.Dossier.Sponsor = "" }, rule.Warn, "T-PAGE-01"},
		"no phone":      {func(s *Site) { s.Dossier.Phone = "" }, rule.Warn, "T-PAGE-01"},
		"no ICP":        {func(s *Site) { s.Dossier.ICP = "" }, rule.Warn, "T-PAGE-01"},
		"no police":     {func(s *Site) { s.Dossier.Police = "" }, rule.Warn, "T-PAGE-01"},
		"twelve digits": {func(s *Site) { s.Dossier.SiteIDCode = "310000000044" }, rule.Warn, "T-TAG-07"},
		"USCC check digit": {func(s *Site) { s.Dossier.SponsorUSCC = "11441700007280420X" }, rule.Error,
			"dossier.uscc"},
		"USCC organ inside": {func(s *Site) { s.Dossier.SponsorUSCC = "11441700007280421Y" }, rule.Error,
			"dossier.uscc"},
		"ICP form":          {func(s *Site) { s.Dossier.ICP = "ICP 12345" }, rule.Warn, "dossier.icp"},
		"police form":       {func(s *Site) { s.Dossier.Police = "公安备案1号" }, rule.Warn, "dossier.police"},
		"phone form":        {func(s *Site) { s.Dossier.Phone = "请打电话" }, rule.Warn, "dossier.phone"},
		"home is a word":    {func(s *Site) { s.Dossier.HomeURL = "www.qinghe.gov.cn" }, rule.Error, "dossier.home"},
		"conac is a script": {func(s *Site) { s.Dossier.CONAC = "javascript:alert(1)" }, rule.Error, "dossier.conac"},
		"finderror no host": {func(s *Site) { s.Dossier.FindErrorURL = "https://" }, rule.Error, "dossier.finderror"},
		"no domain":         {func(s *Site) { s.Domains = nil }, rule.Warn, "site.domain.none"},
		"two domains": {func(s *Site) { s.Domains = append(s.Domains, "qinghe.gov.cn") }, rule.Warn,
			"site.domain.many"},
		"domain with scheme": {func(s *Site) { s.Domains = []string{"https://www.qinghe.gov.cn"} }, rule.Error,
			"site.domain.form"},
		"domain in capitals": {func(s *Site) { s.Domains = []string{"WWW.qinghe.gov.cn"} }, rule.Error,
			"site.domain.form"},
		"domain with port": {func(s *Site) { s.Domains = []string{"www.qinghe.gov.cn:80"} }, rule.Error,
			"site.domain.form"},
		"one label":       {func(s *Site) { s.Domains = []string{"localhost"} }, rule.Error, "site.domain.form"},
		"another's local": {func(s *Site) { s.Domains = []string{"www.localhost"} }, rule.Error, "site.domain.form"},
		"other suffix": {func(s *Site) { s.Domains = []string{"www.qinghe.com"} }, rule.Warn,
			"site.domain.suffix"},
	} {
		t.Run(name, func(t *testing.T) {
			s := goodSite()
			c.change(s)
			if fs := Check(s, nil, NewTree(goodColumns())); !has(fs, c.level, c.code) || len(fs) != 1 {
				t.Errorf("want one %s %s, got %+v", c.level, c.code, fs)
			}
			s.State = Applying // missing fields are reported only for a running site
			if fs := Check(s, nil, NewTree(goodColumns())); strings.HasPrefix(name, "no ") != (len(fs) == 0) {
				t.Errorf("while applying: %+v", fs)
			}
		})
	}
	for host, ok := range map[string]bool{"slj.bd.gov.cn": true, "bd.gov.cn": false, "www.xbd.gov.cn": false,
		"slj.gov.cn": false} {
		s := goodSite()
		s.Domains = []string{host}
		if got := !has(Check(s, portal, NewTree(goodColumns())), rule.Warn, "site.domain.parent"); got != ok {
			t.Errorf("%s under %s: %v", host, portal.MainDomain(), got)
		}
	}
}

// TestTooManyDomains: a site has no more domains than a manifest head accepts.
func TestTooManyDomains(t *testing.T) {
	s := goodSite()
	s.Domains = nil
	for i := range maxDomains {
		s.Domains = append(s.Domains, fmt.Sprintf("w%d.qinghe.gov.cn", i))
	}
	if fs := Check(s, nil, NewTree(goodColumns())); has(fs, rule.Error, "site.domain.count") {
		t.Errorf("%d domains: %+v", len(s.Domains), fs)
	}
	s.Domains = append(s.Domains, "one.more.gov.cn")
	if fs := Check(s, nil, NewTree(goodColumns())); !has(fs, rule.Error, "site.domain.count") {
		t.Errorf("%d domains: %+v", len(s.Domains), fs)
	}
}

func TestCheckColumns(t *testing.T) {
	for name, c := range map[string]struct {
		column Column
		want   int
	}{
		"good":         {Column{Path: "a", Description: "d", Types: []string{"政策文件", "政策解读"}}, 0},
		"bare":         {Column{Path: "a", Types: []string{"政策文件"}}, 1},
		"unknown type": {Column{Path: "a", Description: "d", Types: []string{"文件"}}, 1},
		"link":         {Column{Path: "a", Kind: KindLink}, 0},
		"retired":      {Column{Path: "a", Retired: true, Types: []string{"文件"}}, 0},
	} {
		fs := Check(goodSite(), nil, NewTree([]*Column{&c.column}))
		if len(fs) != c.want || c.want > 0 && !has(fs, rule.Warn, "T-TAG-02") {
			t.Errorf("%s: %+v", name, fs)
		}
	}
}

func TestRuleScopes(t *testing.T) {
	for id, want := range map[string]string{"2301990001": "qinghe 230199 2301 23", "bm29000002": "qinghe", "": "qinghe",
		"310000000044": "qinghe"} {
		s := goodSite()
		s.Dossier.SiteIDCode = id
		if got := strings.Join(s.RuleScopes(), " "); got != want {
			t.Errorf("%q: %s, want %s", id, got, want)
		}
	}
}

func TestURLWithoutDomain(t *testing.T) {
	if got := (&Site{}).URL("/x/"); got != "/x/" {
		t.Errorf("got %s", got)
	}
}
