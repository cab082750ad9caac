package guiyi_test

import (
	"strings"
	"testing"
)

// TestRulesCanFail proves that each rule finds what it is there to find, and lets pass what is right.
func TestRulesCanFail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule string
		g    graph
		want string // part of the finding; "" = none
	}{
		{"levels", graph{"internal/resource": {"internal/site", "internal/kernel/store", "strings"}}, ""},
		{"levels", graph{"internal/resource": {"internal/publish"}}, "downward only"},
		{"levels", graph{"internal/kernel/store": {"internal/site"}}, "downward only"},
		{"levels", graph{"internal/portal": {"internal/app"}}, "downward only"},
		{"levels", graph{"internal/publish": {"internal/exchange"}}, "lists no reason"},
		{"levels", graph{"internal/site": {"internal/org"}}, ""},
		{"levels", graph{"internal/org": {"internal/site"}}, "lists no reason"},
		{"levels", graph{"internal/theme": {"internal/exchange/extract"}}, "downward only"},
		{"levels", graph{"internal/publish": {"internal/publish/render", "internal/theme"}}, ""},
		{"levels", graph{"internal/kernel/blob": {"internal/kernel/fault"}}, ""},
		{"levels", graph{"internal/kernel/blob": {"internal/kernel/store"}}, "lists no reason"},
		{"levels", graph{"internal/kernel/store/storetest": {"internal/kernel/store"}}, ""},
		{"levels", graph{"internal/helpers": {}}, "has no level"},

		{"engines", graph{"internal/kernel/store": {"github.com/uptrace/bun/dialect/pgdialect", "modernc.org/sqlite",
			"github.com/jackc/pgx/v5/stdlib"}}, ""},
		{"engines", graph{"internal/resource": {"github.com/uptrace/bun"}}, ""},
		{"engines", graph{"internal/resource": {"github.com/uptrace/bun/dialect/pgdialect"}}, "dialect branches"},
		{"engines", graph{"internal/portal": {"github.com/uptrace/bun"}}, "owns rows"},
		{"engines", graph{"internal/site": {"modernc.org/sqlite"}}, "drivers"},
		{"engines", graph{"internal/publish": {"github.com/nats-io/nats.go"}}, "leaves bus"},
		{"engines", graph{"internal/exchange": {"gocloud.dev/blob"}}, "behind blob"},
		{"engines", graph{"internal/search": {"github.com/blevesearch/bleve/v2/search"}}, "search.Driver"},
		{"engines", graph{"internal/site": {"github.com/prometheus/client_golang/prometheus"}}, "metrics"},
		{"engines", graph{"internal/publish": {"github.com/xuri/excelize/v2"}}, "exchange"},
		{"engines", graph{"internal/publish": {"github.com/emmansun/gmsm/sm2"}}, "behind crypto"},
		{"engines", graph{"internal/site": {"example.org/new/library"}}, "docs/dependencies.md"},

		{"pure", graph{"internal/publish/manifest": {"internal/kernel/fault", "internal/kernel/crypto",
			"crypto/sha256"}}, ""},
		{"pure", graph{"internal/publish/manifest": {"internal/kernel/blob"}}, "pure"},
		{"pure", graph{"internal/publish/manifest": {"golang.org/x/sync/errgroup"}}, "pure"},
		{"pure", graph{"internal/guard/order": {"os"}}, "no disk"},
		{"pure", graph{"internal/watch/probe": {"net/http"}}, ""},
		{"pure", graph{"internal/watch/probe": {"internal/kernel/store"}}, "pure"},
		{"pure", graph{"internal/kernel/htmlclean": {"net/http"}}, "no network"},
		{"pure", graph{"internal/search/analysis": {"internal/search"}}, "pure"},

		{"edge", graph{"internal/edge": {"internal/edge/header", "internal/publish/manifest", "internal/kernel/blob"}},
			""},
		{"edge", graph{"internal/edge": {"internal/resource"}}, "no content"},
		{"edge", graph{"internal/edge/audit": {"internal/kernel/store"}}, "no database"},
		{"edge", graph{"internal/edge": {"internal/kernel/web"}, "internal/kernel/web": {"internal/kernel/store"}},
			"reaches SQL by"},
		{"edge", graph{"internal/edge": {"database/sql"}}, "reaches SQL by"},

		{"renderer", graph{"internal/publish": {"internal/publish/render"}}, ""},
		{"renderer", graph{"internal/publish/deps": {"internal/publish/page"}}, ""},
		{"renderer", graph{"internal/publish/deps": {"internal/publish/render"}}, "only the publisher renders"},
		{"portal", graph{"internal/portal": {"internal/search"}, "internal/search": {"internal/resource"}}, ""},
		{"portal", graph{"internal/portal": {"internal/editorial"}}, "cannot read drafts"},
		{"portal", graph{"internal/portal": {"internal/answer"}, "internal/answer": {"internal/editorial"}},
			"internal/answer → internal/editorial"},

		{"portal", graph{"internal/letter/letterweb": {"internal/letter"}, "internal/letter": {"internal/editorial"}},
			"internal/letter → internal/editorial"},
		{"portal", graph{"internal/letter/letterapi": {"internal/editorial"}}, ""},

		{"surfaces", graph{"internal/app": {"internal/site/siteapi", "internal/letter/letterweb"}}, ""},
		{"surfaces", graph{"internal/portal": {"internal/letter/letterweb"}}, "list of mounts"},
		{"surfaces", graph{"internal/portal": {"internal/site/siteapi"}}, "list of operations"},
		{"surfaces", graph{"internal/site": {"internal/site/siteapi"}}, "list of operations"},
		{"surfaces", graph{"internal/studio": {"internal/site/siteapi"}}, "list of operations"},
		{"surfaces", graph{"internal/app/cli": {"internal/site/siteapi"}}, "list of operations"},
		{"surfaces", graph{"internal/studio": {"internal/letter/letterweb"}}, "list of mounts"},
		{"surfaces", graph{"internal/edge": {"internal/kernel/web"}}, ""},

		{"helpers", graph{"internal/kernel/jobs/jobstest": {"internal/kernel/store/storetest"}}, ""},
		{"helpers", graph{"internal/app": {"internal/theme/themetest"}}, "does not belong"},
		{"helpers", graph{"internal/site": {"internal/kernel/store/storetest"}}, "does not belong"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			found := strings.Join(rules[c.rule](c.g), "\n")
			if c.want == "" && found != "" {
				t.Errorf("%v is right, but: %s", c.g, found)
			}
			if c.want != "" && !strings.Contains(found, c.want) {
				t.Errorf("%v: want a finding about %q, got %q", c.g, c.want, found)
			}
		})
	}
}

// coming are the imports that the next slices need, tried before the slices are there. What a slice needs and may not
// have stands beside it.
var coming = []struct {
	from, to string
	allowed  bool
}{
	{"internal/letter/letterweb", "internal/theme", true},
	{"internal/answer/answerweb", "internal/theme", true},
	{"internal/letter/letterweb", "internal/dynamic", true},
	{"internal/app", "internal/letter/letterweb", true},
	{"internal/citizen/citizenweb", "internal/theme", true},
	{"internal/matter/matterweb", "internal/theme", true},
	{"internal/letter", "internal/kernel/accept", true},
	{"internal/letter", "internal/kernel/htmlclean", true},
	{"internal/letter", "internal/calendar", true},
	{"internal/letter", "internal/channel", true},
	{"internal/letter", "internal/citizen", true},
	{"internal/letter", "internal/resource", true},
	{"internal/editorial", "internal/kernel/htmlclean", true},
	{"internal/editorial", "internal/kernel/accept", true},
	{"internal/editorial", "internal/lexicon", true},
	{"internal/watch", "internal/kernel/egress", true},
	{"internal/citizen", "internal/kernel/egress", true},
	{"internal/channel", "internal/kernel/egress", true},
	{"internal/channel", "internal/org", true},
	{"internal/channel", "internal/calendar", true},
	{"internal/matter", "internal/kernel/charset", true},
	{"internal/guard", "internal/site", true},
	{"internal/insight", "internal/letter", true},
	{"internal/assess", "internal/watch", true},
	{"internal/edge", "internal/guard/order", true},
	{"internal/editorial", "internal/org", true},
	{"internal/editorial", "internal/calendar", true},
	{"internal/editorial", "internal/channel", true},
	{"internal/editorial", "internal/theme", true},
	{"internal/editorial", "internal/resource/media", true},
	{"internal/editorial", "internal/kernel/audit", true},
	{"internal/app", "internal/editorial/editorialapi", true},
	{"internal/org", "internal/kernel/egress", true}, // officers sign in by OIDC
	{"internal/org", "internal/kernel/session", true},
	{"internal/calendar", "internal/kernel/rule", true},
	{"internal/channel", "internal/kernel/jobs", true},
	{"internal/letter", "internal/kernel/form", true},
	{"internal/letter", "internal/kernel/crypto", true},
	{"internal/letter/letterweb", "internal/kernel/form", true},
	{"internal/letter/letterweb", "internal/search", true}, // pages that may answer already
	{"internal/citizen", "internal/channel", true},
	{"internal/citizen", "internal/kernel/session", true},
	{"internal/citizen", "internal/resource", true}, // favourites
	{"internal/citizen/citizenweb", "internal/dynamic", true},
	{"internal/matter", "internal/citizen", true},
	{"internal/matter", "internal/calendar", true},
	{"internal/matter", "internal/search", true},
	{"internal/guard", "internal/kernel/form", true}, // which fields of a form are free text
	{"internal/guard", "internal/channel", true},
	{"internal/watch", "internal/channel", true},
	{"internal/answer", "internal/search", true},
	{"internal/answer", "internal/lexicon", true},
	{"internal/answer", "internal/calendar", true},
	{"internal/answer", "internal/citizen", true},
	{"internal/search", "internal/lexicon", true},
	{"internal/assess", "internal/publish", true},
	{"internal/insight", "internal/answer", true},
	{"internal/insight", "internal/matter", true},
	{"internal/insight", "internal/guard", true},

	{"internal/editorial", "internal/publish", false}, // what a release will change is asked by app
	{"internal/studio", "internal/editorial/editorialapi", false},
	{"internal/answer/answerweb", "internal/editorial", false},
	{"internal/answer", "internal/letter", false}, // a question becomes a letter by an event
	{"internal/citizen", "internal/letter", false},
	{"internal/citizen/citizenweb", "internal/letter/letterweb", false},
	{"internal/matter", "internal/letter", false},
	{"internal/search", "internal/citizen", false},
	{"internal/guard", "internal/edge", false},
	{"internal/edge", "internal/citizen", false},
	{"internal/edge", "internal/kernel/session", false},
	{"internal/watch", "internal/letter", false},
	{"internal/letter", "internal/insight", false},
	{"internal/org", "internal/citizen", false},
	{"internal/channel", "internal/letter", false},
	{"internal/kernel/form", "internal/theme", false},

	{"internal/letter", "internal/publish/render", false},
	{"internal/letter", "internal/exchange", false},
	{"internal/letter", "internal/letter/letterweb", false},
	{"internal/letter/letterweb", "internal/editorial", false},
	{"internal/theme", "internal/resource", false},
	{"internal/theme", "internal/site", false},
	{"internal/org", "internal/channel", false},
	{"internal/calendar", "internal/channel", false},
	{"internal/resource", "internal/editorial", false},
	{"internal/edge", "internal/guard", false},
	{"internal/edge", "internal/letter/letterweb", false},
	{"internal/edge", "internal/theme", false},
	{"internal/watch/probe", "internal/kernel/egress", false},
	{"internal/guard/order", "internal/kernel/store", false},
	{"internal/kernel/egress", "internal/kernel/store", false},
	{"internal/kernel/accept", "internal/org", false},
	{"internal/channel", "gopkg.in/mail.v2", false},
}

// TestComingSlices: the rules leave the next slices what they need, and keep out what they may not have.
func TestComingSlices(t *testing.T) {
	t.Parallel()
	for _, c := range coming {
		var found []string
		for _, rule := range rules {
			found = append(found, rule(graph{c.from: {c.to}, "internal/app": {"internal/letter/letterweb"}})...)
		}
		if c.allowed != (len(found) == 0) {
			t.Errorf("%s → %s: allowed %v, but: %v", c.from, c.to, c.allowed, found)
		}
	}
}
