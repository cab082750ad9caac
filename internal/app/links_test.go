package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"guiyi/internal/app/config"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/org/people"
	"guiyi/internal/site"
)

// started opens what a process with a studio has, without its background work.
func started(t *testing.T, listen string, proxies string, log io.Writer) *server {
	t.Helper()
	cfg, err := config.Load(config.Sources{Env: []string{"GUIYI_DATA_DIR=" + t.TempDir(),
		"GUIYI_STUDIO_LISTEN=" + listen,
		"GUIYI_ROLES=studio,worker", "GUIYI_TRUSTED_PROXIES=" + proxies}})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{cfg: cfg.Config, o: ServeOptions{Log: log}}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.stopListening() })
	return s
}

// demoSite declares the main site of the demo city.
func (s *server) demoSite(t *testing.T) {
	t.Helper()
	ctx := actor.With(t.Context(), actor.Unlimited("test"))
	decl, err := site.ParseDeclaration([]byte("site: qinghe\nname: 清河\nkind: portal\nstate: applying\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.p.SiteDesk.Apply(ctx, []site.Declaration{decl}, nil); err != nil {
		t.Fatal(err)
	}
}

func names(links []EnterLink) (out []string) {
	for _, l := range links {
		out = append(out, l.Name)
	}
	return out
}

// The first link is made at each start while there is no system administrator; those of the demo with the demo only,
// on a listener that only this machine reaches, where the demo city is.
func TestLinksOfAStart(t *testing.T) {
	demo := []string{"首次设置", "演示采编", "演示审核", "演示站点管理员", "演示审计管理员"}
	for what, c := range map[string]struct {
		listen, proxies string
		demo, city      bool
		want            []string
	}{
		"no demo":         {"127.0.0.1:0", "", false, true, demo[:1]},
		"demo":            {"127.0.0.1:0", "", true, true, demo},
		"no city":         {"127.0.0.1:0", "", true, false, demo[:1]},
		"reached by all":  {"0.0.0.0:0", "", true, true, demo[:1]},
		"behind a server": {"127.0.0.1:0", "127.0.0.1", true, true, demo[:1]},
	} {
		t.Run(what, func(t *testing.T) {
			var log bytes.Buffer
			s := started(t, c.listen, c.proxies, &log)
			s.o.Demo = c.demo
			if c.city {
				s.demoSite(t)
			}
			links := s.links(t.Context())
			if !slices.Equal(names(links), c.want) {
				t.Fatalf("%v, want %v; %s", names(links), c.want, log.String())
			}
			again := s.links(t.Context())
			for i, l := range links {
				_, secret, ok := strings.Cut(l.URL, people.LinkFragment)
				if !ok || !strings.HasPrefix(l.URL, "http://") || l.URL == again[i].URL {
					t.Errorf("%+v, then %+v", l, again[i])
				}
				if _, err := s.p.People.Link(t.Context(), secret); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: the link of the start before opens: %v", l.Name, err)
				}
				if strings.Contains(log.String(), secret) {
					t.Errorf("%s: the secret is in the log", l.Name)
				}
			}
		})
	}
}

// After the first administrator is there, no start makes another.
func TestNoFirstLinkAfterwards(t *testing.T) {
	s := started(t, "127.0.0.1:0", "", io.Discard)
	_, secret, _ := strings.Cut(s.links(t.Context())[0].URL, people.LinkFragment)
	if _, err := s.p.People.UseLink(t.Context(), people.LinkUse{Secret: secret, Account: "wang", Name: "王明",
		Password: "Qinghe-2026-river"}); err != nil {
		t.Fatal(err)
	}
	if links := s.links(t.Context()); len(links) != 0 {
		t.Errorf("%v", names(links))
	}
	s.p = nil
	if links := s.links(t.Context()); links != nil {
		t.Errorf("without a database: %v", names(links))
	}
}

// Roles name permissions that operations ask for, each of which some role has, so that a person can do it.
func TestRolesAndOperations(t *testing.T) {
	s := started(t, "127.0.0.1:0", "", io.Discard)
	held := map[string]bool{}
	for _, r := range s.p.People.Roles() {
		for _, p := range r.Permissions {
			held[string(p)] = true
			if !slices.Contains(s.p.Tokens.Known, string(p)) {
				t.Errorf("role %s has %s, which no operation asks for", r.Code, p)
			}
		}
	}
	for _, p := range s.p.Tokens.Known {
		if !held[p] {
			t.Errorf("no role of internal/org/people/roles.yaml has %s: nobody can be given it", p)
		}
	}
	ctx := actor.With(context.Background(), actor.Unlimited("test"))
	for i, r := range s.p.People.Roles() {
		if r.Code == "" || r.Name == "" || len(r.Permissions) == 0 {
			t.Errorf("%+v", r)
		}
		o, err := s.p.People.AddOfficer(ctx, people.NewOfficer{Account: fmt.Sprint("o", i), Name: "名"})
		if err != nil {
			t.Fatal(err)
		}
		g := people.GrantRequest{Officer: o.ID, Role: r.Code, AllSites: true}
		if _, err := s.p.People.Give(ctx, g); err != nil {
			t.Errorf("%s cannot be given: %v", r.Code, err)
		}
	}
}
