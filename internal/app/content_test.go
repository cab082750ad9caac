package app

import (
	"fmt"
	"io"
	"maps"
	"testing"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/org/people"
)

// Names are those of officers; programs, the platform and whoever is not there have none, and no name of one kind is
// given to the same number of another.
func TestNamesOfPersons(t *testing.T) {
	s := started(t, "127.0.0.1:0", "", io.Discard)
	all := actor.With(t.Context(), actor.Unlimited("test"))
	o, err := s.p.People.AddOfficer(all, people.NewOfficer{Account: "wang", Name: "王明"})
	if err != nil {
		t.Fatal(err)
	}
	officer := fmt.Sprintf("officer:%d", o.ID)
	for what, c := range map[string]struct {
		ask  []string
		want map[string]string
	}{
		"nobody":            {nil, map[string]string{}},
		"an officer":        {[]string{officer}, map[string]string{officer: "王明"}},
		"twice":             {[]string{officer, officer}, map[string]string{officer: "王明"}},
		"a token":           {[]string{fmt.Sprintf("token:%d", o.ID)}, map[string]string{}},
		"without a kind":    {[]string{fmt.Sprint(o.ID), "", ":"}, map[string]string{}},
		"a user name":       {[]string{"officer:root", "officer:1x", "officer:"}, map[string]string{}},
		"not there":         {[]string{"officer:42", officer}, map[string]string{officer: "王明"}},
		"a foreign writing": {[]string{"Officer:" + fmt.Sprint(o.ID), "officer: 1"}, map[string]string{}},
	} {
		got, err := s.p.names(t.Context(), c.ask)
		if err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", what, got, err, c.want)
		}
	}
}
