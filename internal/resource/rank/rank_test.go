package rank

import (
	"slices"
	"testing"
)

func TestMay(t *testing.T) {
	t.Parallel()
	city, county, town := Site{1, "清河市人民政府办公室"}, Site{2, "临江县人民政府"}, Site{3, "临江镇人民政府"}
	bureau, bare := Site{4, "清河市财政局"}, Site{5, ""}
	for _, c := range []struct {
		acting  Site
		issuers string
		chain   []Site
		want    bool
	}{
		{city, "清河市人民政府", []Site{bureau, city}, true},
		{city, "清河市财政局", []Site{bureau, city}, true},
		{city, "临江镇人民政府", []Site{town, county, city}, true},
		{county, "清河市人民政府", []Site{town, county, city}, false}, // above the site, below the issuer
		{county, "国务院", []Site{town, county, city}, false},
		{bureau, "清河市民政局、清河市财政局", []Site{city}, true},
		{bureau, "清河市财政局第一分局", []Site{city}, false},
		{bureau, "清河市人民政府", []Site{city}, false},
		{town, "临江镇人民政府", []Site{town, county, city}, true},
		{bare, "", []Site{bare, city}, false}, // nobody issued it, and no sponsor acts
		{bare, "清河市人民政府", []Site{bare, city}, false},
		{Site{6, "办公室"}, "办公厅", nil, false},
	} {
		if got := May(c.acting, Issuers(c.issuers), c.chain); got != c.want {
			t.Errorf("%v on %s: %t", c.acting, c.issuers, got)
		}
	}
}

func TestIssuers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{"": nil, " 、 ": {}, "甲局": {"甲局"},
		"甲局、乙局 丙局;丁局": {"甲局", "乙局", "丙局", "丁局"}} {
		if got := Issuers(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
}
