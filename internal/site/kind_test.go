package site

import (
	"slices"
	"strings"
	"testing"
)

func TestKinds(t *testing.T) {
	var names []string
	for _, row := range Kinds() {
		names = append(names, string(row.Kind))
		if row.Name == "" || row.Kind.Traits() != row {
			t.Errorf("%+v, found %+v", row, row.Kind.Traits())
		}
		if row.Link && (row.Single || row.List || row.Block || row.ByName) {
			t.Errorf("%s has no page and no items, but %+v", row.Kind, row)
		}
		if row.Single && row.List {
			t.Errorf("%s is one item and a list", row.Kind)
		}
	}
	if got := Kind("").Choices(); !slices.Equal(got, names) {
		t.Errorf("choices %v, kinds %v", got, names)
	}
	for _, k := range []Kind{"", "List", "blog"} {
		if k.Traits() != (KindTraits{}) {
			t.Errorf("%q has %+v", k, k.Traits())
		}
	}
	if got := Kind("").Meaning(); !strings.HasPrefix(got, "list 列表、page 单页、") || !strings.HasSuffix(got, "；默认 list") {
		t.Error(got)
	}
}
