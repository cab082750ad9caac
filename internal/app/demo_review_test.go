package app

import (
	"io"
	"io/fs"
	"strings"
	"testing"

	"guiyi/demo"
	"guiyi/internal/editorial"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// The demo city has texts at every stage of a review, made once, whatever restarts there are.
func TestDemoReview(t *testing.T) {
	s := started(t, "127.0.0.1:0", "", io.Discard)
	s.o.Demo = true
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	all := actor.With(t.Context(), actor.Unlimited("test"))
	dir, err := fs.Sub(demo.Files, "sites")
	must(err)
	decls, err := site.ReadDeclarations(dir)
	must(err)
	_, err = s.p.SiteDesk.Apply(all, decls, dir)
	must(err)
	for range 2 {
		if links := s.links(t.Context()); len(links) != 5 {
			t.Fatalf("%v", names(links))
		}
	}
	main, err := s.p.Sites.ByCode(all, "qinghe")
	must(err)
	tasks, err := s.p.Editorial.Tasks(all, editorial.Filter{Owner: main.ID, Limit: 50})
	must(err)
	got := []string{}
	for _, task := range tasks {
		got = append(got, string(task.State)+" "+task.Current().Name)
	}
	if strings.Join(got, ", ") != "returned 初审, open 终审, open 初审" {
		t.Errorf("tasks %v", got)
	}
	drafts, err := s.p.Library.List(all, resource.Filter{Owner: main.ID, State: resource.Draft})
	must(err)
	if len(drafts.Items) != 4 {
		t.Errorf("%d drafts", len(drafts.Items))
	}
	one := drafts.Items[0].Item
	_, err = s.p.Items.Release(all, 0, resource.Seen{Item: one.ID, Version: one.Version})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("released without its review: %v", err)
	}
	who, err := s.p.names(t.Context(), []string{tasks[0].SubmittedBy, "system:demo", "officer:1", "officer:x"})
	must(err)
	if len(who) != 1 || who[tasks[0].SubmittedBy] != "采编" {
		t.Errorf("names %v", who)
	}
}
