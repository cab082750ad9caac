package app

import (
	"context"
	"net/netip"
	"path/filepath"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/org/people"
)

// EnterLink is a one-time link that is printed at start.
type EnterLink struct {
	Name string // who enters by it
	URL  string
}

// links makes the one-time links of this start: that of the first administrator while there is none, and with the demo
// those of its officers. A process that cannot write says so and goes on.
func (s *server) links(ctx context.Context) (out []EnterLink) {
	if s.p == nil || !s.cfg.HasRole("studio") {
		return nil
	}
	ctx = actor.With(ctx, actor.Actor{
		Kind:        actor.System,
		ID:          "serve",
		Permissions: []actor.Permission{people.Rescue},
		Scope:       actor.Scope{All: true},
	})
	add := func(name, secret string, err error) {
		switch {
		case err != nil:
			s.engines.Tel.Log.WarnContext(ctx, "no link to enter", "name", name, "err", err)
		case secret != "":
			out = append(out, EnterLink{Name: name, URL: urlOf(s.private, s.cfg.Studio) + people.LinkFragment + secret})
		}
	}
	secret, err := s.p.People.FirstLink(ctx)
	add("首次设置", secret, err)
	if err != nil || !s.o.Demo || !s.onlyLoopback() {
		return out
	}
	demo, err := s.demoOfficers(ctx)
	if err != nil {
		add("演示", "", err)
	}
	for _, o := range demo {
		secret, err := s.p.People.DemoLink(ctx, o)
		add("演示"+o.Name, secret, err)
	}
	if len(demo) > 0 {
		if err := s.p.demoReview(ctx); err != nil {
			s.engines.Tel.Log.WarnContext(ctx, "no texts under review in the demo city", "err", err)
		}
	}
	return out
}

// onlyLoopback reports whether the inner listener is reached from this machine only.
func (s *server) onlyLoopback() bool {
	at, err := netip.ParseAddrPort(s.private.Addr().String())
	return err == nil && at.Addr().IsLoopback() && len(s.cfg.TrustedProxies) == 0
}

// demoOfficers are the officers of the demo city, none where its main site is not there.
func (s *server) demoOfficers(ctx context.Context) ([]people.DemoOfficer, error) {
	sites, err := s.p.Sites.ByCodes(ctx, "qinghe", "linjiang", "rsj", "jtj")
	if err != nil || sites["qinghe"] == nil {
		return nil, err
	}
	main := []int64{sites["qinghe"].ID}
	var all []int64
	for _, one := range sites {
		all = append(all, one.ID)
	}
	return []people.DemoOfficer{
		{Account: "demo-writer", Name: "采编", Roles: []string{"writer"}, Sites: main},
		{Account: "demo-reviewer", Name: "审核", Roles: []string{"reviewer"}, Sites: all},
		{Account: "demo-admin", Name: "站点管理员", Roles: []string{"site-admin", "reviewer"}, Sites: main},
		{Account: "demo-auditor", Name: "审计管理员", Roles: []string{people.Auditor}},
	}, nil
}

// peopleSecrets returns what personal data in rows is encrypted or hashed with: second factors and phone numbers of
// officers, ignored findings.
func (e *Engines) peopleSecrets() ([]string, error) {
	own := filepath.Join(e.Config.DataDir, peopleSecret)
	return readSecrets(e.Config.People.Secret, e.Config.People.SecretFile, own)
}

// StudioURL returns the address of the inner listener by the configuration, for a command.
func (p *Platform) StudioURL() string {
	scheme := "http"
	if p.Config.Studio.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + p.Config.Studio.Listen + "/"
}
