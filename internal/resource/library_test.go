package resource_test

import (
	"fmt"
	"slices"
	"testing"

	"guiyi/internal/resource"
)

func TestWorkList(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var ids []int64
		for i := range 5 {
			in := w.Incoming(fmt.Sprint(i), []string{"city/xwdt", "city/zcwj"}[i%2])
			if i%2 == 1 {
				in.Class, in.Edition.Document = resource.Document,
					&resource.DocumentInfo{DocNo: fmt.Sprintf("清政发〔2026〕%d号", i)}
			}
			ids = append(ids, w.Take(in)[0].ItemID)
		}
		w.Rewrite(ids[4], "草稿标题")
		for name, c := range map[string]struct {
			f    resource.Filter
			want []int64
		}{
			"all":       {resource.Filter{}, []int64{ids[4], ids[3], ids[2], ids[1], ids[0]}},
			"page":      {resource.Filter{Limit: 2}, []int64{ids[4], ids[3]}},
			"next page": {resource.Filter{Limit: 2, After: ids[3]}, []int64{ids[2], ids[1]}},
			"class":     {resource.Filter{Class: resource.Document}, []int64{ids[3], ids[1]}},
			"column":    {resource.Filter{Column: w.columns["city/zcwj"]}, []int64{ids[3], ids[1]}},
			"doc no":    {resource.Filter{DocNo: "清政发〔2026〕3号"}, []int64{ids[3]}},
			"state":     {resource.Filter{State: resource.Withdrawn}, nil},
			"owner":     {resource.Filter{Owner: w.county}, nil},
		} {
			got, err := w.lib.List(w.as(w.city), c.f)
			var have []int64
			for _, s := range got.Items {
				have = append(have, s.Item.ID)
			}
			if err != nil || !slices.Equal(have, c.want) {
				t.Errorf("%s: %v, want %v, %v", name, have, c.want, err)
			}
			if name == "all" && (got.Items[0].Title != "草稿标题" || got.Items[1].At != 1_700_000_000_000) {
				t.Errorf("%+v", got)
			}
		}
	})
}
