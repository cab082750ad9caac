// Package guiyi_test keeps the rules of the repository: which package may import which (arch_test.go), who owns which
// table (tables_test.go), how large, documented and tested things are (repo_test.go), and what the documents name
// (docs_test.go). A failure prints the reason.
package guiyi_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

const module = "guiyi/"

// graph is what each package imports outside its tests: paths of this module without "guiyi/".
type graph map[string][]string

// levels from the ground up. A package imports downward only.
var levels = [][]string{
	{"demo", "web"}, // embedded files
	{"internal/kernel"},
	{"internal/address"},
	{"internal/org", "internal/lexicon", "internal/calendar", "internal/channel", "internal/site", "internal/theme"},
	{"internal/dynamic"},
	{"internal/resource"},
	{"internal/search", "internal/citizen"},
	{"internal/editorial", "internal/publish", "internal/answer", "internal/letter", "internal/matter",
		"internal/watch", "internal/guard", "internal/exchange"},
	{"internal/assess", "internal/insight"},
	{"internal/studio", "internal/portal", "internal/edge"},
	{"internal/app"},
	{"cmd", "test"},
}

// pairs are the imports that are allowed inside one level, each with its reason.
var pairs = map[[2]string]string{
	{"internal/kernel/*", "internal/kernel/fault"}:     "every error has a kind",
	{"internal/kernel/jobs", "internal/kernel/store"}:  "a job is a row written in the caller's transaction",
	{"internal/kernel/audit", "internal/kernel/store"}: "audit rows are written in the caller's transaction",
	{"internal/kernel/audit", "internal/kernel/actor"}: "a row says who acts",
	{"internal/kernel/audit", "internal/kernel/rule"}:  "how long rows are kept at least is a rule row",
	{"internal/kernel/token", "internal/kernel/audit"}: "who gave and took tokens is noted",
	{"internal/kernel/api", "internal/kernel/audit"}:   "a row names the request that it comes from",
	{"internal/kernel/lease", "internal/kernel/store"}: "a lease is a row that the decision to remove blobs reads",
	{"internal/kernel/jobs", "internal/kernel/actor"}:  "a handler runs with the scope of the system",
	{"internal/kernel/token", "internal/kernel/store"}: "tokens are rows",
	{"internal/kernel/token", "internal/kernel/actor"}: "a token stands for a scope",
	{"internal/kernel/api", "internal/kernel/store"}:   "the answer of an idempotency key is kept with what it did",
	{"internal/kernel/api", "internal/kernel/jobs"}:    "old answers are forgotten by a job",
	{"internal/kernel/api", "internal/kernel/token"}:   "the bearer of a token is the first caller it knows",
	{"internal/kernel/api",
		"internal/kernel/actor"}: "an operation declares its permission, and a caller is an actor",
	{"internal/kernel/api",
		"internal/kernel/web"}: "problems, request ids and security headers are those of every listener",
	{"internal/kernel/rule", "internal/kernel/yamlfile"}: "rules are files that people write",
	{"internal/site", "internal/org"}:                    "a dossier holds organisation and website codes",
	{"internal/site/*", "internal/org"}:                  "operations on sites name organs",
	{"internal/org/orgapi", "internal/site"}:             "a grant names sites by their codes",
	{"internal/lexicon/*", "internal/site"}:              "operations on dictionaries name sites",
	{"internal/channel", "internal/org"}:                 "a notice goes to officers and departments",
	{"internal/channel", "internal/calendar"}:            "a notice shows a deadline and waits for working hours",
	{"internal/theme/themetest", "web"}:                  "samples are shown in the default theme",
	{"internal/theme/themetest/serve", "web"}:            "samples are shown in the default theme",

	{"internal/kernel/store", "internal/kernel/disk"}:        "no message blames something else than the disk",
	{"internal/kernel/blob", "internal/kernel/disk"}:         "no message blames something else than the disk",
	{"internal/kernel/bus", "internal/kernel/disk"}:          "no message blames something else than the disk",
	{"internal/kernel/store/dump", "internal/kernel/fault"}:  "every error has a kind",
	{"internal/kernel/backup", "internal/kernel/store"}:      "a backup reads and fills a database of either engine",
	{"internal/kernel/backup", "internal/kernel/store/dump"}: "rows as text that both engines hold equally",
	{"internal/kernel/backup", "internal/kernel/blob"}:       "a backup copies objects and restores them",
	{"internal/kernel/backup", "internal/kernel/lease"}:      "what is being copied is not removed",
}

// engine says which packages may import a third-party module, and why no others.
type engine struct {
	prefix string
	in     []string // package or folder/...
	reason string
}

var slicesWithRows = []string{"internal/site", "internal/resource", "internal/exchange", "internal/publish",
	"internal/editorial", "internal/search/feed", "internal/lexicon"}

// engines: the first matching row decides. What is in no row may not be imported at all.
var engines = []engine{
	{"github.com/uptrace/bun/dialect", []string{"internal/kernel/store"}, "dialect branches are in one package"},
	{"github.com/uptrace/bun", append(slicesWithRows, "internal/publish/retention", "internal/publish/ledger",
		"internal/publish/control", "internal/publish/pagination", "internal/publish/deps", "internal/resource/media",
		"internal/resource/published", "internal/resource/recycle",
		"internal/exchange/importjob", "internal/org/people",
		"internal/studio", "internal/kernel/store/...", "internal/kernel/jobs/...",
		"internal/kernel/audit", "internal/kernel/lease", "internal/kernel/backup", "internal/kernel/actor",
		"internal/kernel/token",
		"internal/kernel/api"), "only what owns rows speaks SQL"},
	{"modernc.org/", []string{"internal/kernel/store"}, "database drivers are behind store"},
	{"github.com/jackc/pgx", []string{"internal/kernel/store/..."}, "database drivers are behind store"},
	{"github.com/pressly/goose", []string{"internal/kernel/store"}, "migrations run in store"},
	{"github.com/nats-io/", []string{"internal/kernel/bus"}, "no NATS type leaves bus"},
	{"gocloud.dev/", []string{"internal/kernel/blob"}, "object storage is behind blob"},
	{"github.com/emmansun/gmsm", []string{"internal/kernel/crypto"}, "GM algorithms are behind crypto"},
	{"github.com/blevesearch/", []string{"internal/search/bleveindex"}, "the search engine is behind search.Driver"},
	{"github.com/RoaringBitmap/", []string{"internal/search/bleveindex"}, "the search engine is behind search.Driver"},
	{"go.etcd.io/bbolt", []string{"internal/search/bleveindex"}, "the index checks its own root file"},
	{"github.com/prometheus/", []string{"internal/kernel/telemetry", "internal/edge/...", "internal/app/..."},
		"metrics are registered by telemetry, edge and app"},
	{"go.opentelemetry.io/", []string{"internal/kernel/telemetry", "internal/kernel/jobs/..."},
		"telemetry sets tracing up; jobs carry the trace of their cause"},
	{"github.com/robfig/cron", []string{"internal/kernel/jobs"}, "schedules belong to jobs"},
	{"github.com/xuri/excelize", []string{"internal/exchange/..."}, "foreign formats are read in exchange"},
	{"github.com/richardlehane/mscfb", []string{"internal/exchange/office"}, "office files are read in exchange/office"},
	{"github.com/klippa-app/go-pdfium", []string{"internal/exchange/office/pdf"}, "PDF files are read in a sandbox"},
	{"github.com/tetratelabs/wazero", []string{"internal/exchange/office/pdf"}, "it is the sandbox"},
	{"github.com/mmcdole/gofeed", []string{"internal/exchange/..."}, "foreign formats are read in exchange"},
	{"github.com/temoto/robotstxt", []string{"internal/exchange/..."}, "only exchange crawls"},
	{"github.com/gabriel-vasile/mimetype", []string{"internal/exchange/...", "internal/kernel/accept"},
		"what comes in is told by content in exchange"},
	{"github.com/yuin/goldmark", []string{"internal/exchange/..."}, "Markdown becomes library HTML where it comes in"},
	{"github.com/danielgtaylor/huma", []string{"internal/kernel/api", "internal/studio"},
		"operations are registered by kernel/api; studio shows their document"},
	{"golang.org/x/net/html", []string{"internal/exchange/...", "internal/kernel/htmlclean",
		"internal/lexicon/check", "internal/theme"},
		"foreign HTML is parsed where it comes in; the theme checks its own"},
	{"github.com/andybalholm/brotli", []string{"internal/publish/compress"}, "variants are made when published"},
	{"filippo.io/age", []string{"internal/kernel/backup"}, "private keys leave the machine sealed, in a backup"},
	{"github.com/klauspost/compress", []string{"internal/kernel/backup", "internal/publish/compress", "internal/search",
		"internal/exchange/...", "internal/dynamic"},
		"variants are made when published; stored texts are small; inputs come packed; an archive is packed; so are pages made per request"},
	{"github.com/spf13/cobra", []string{"internal/app/cli"}, "the command line is in app/cli"},
	{"github.com/spf13/pflag", []string{"internal/app/cli", "internal/app/config"}, "options become flags in config"},
	{"github.com/schollz/progressbar", []string{"internal/app/cli"}, "the command line is in app/cli"},
	{"rsc.io/qr", []string{"internal/portal"}, "QR codes are made per request, see docs/adr/010"},
	{"go.yaml.in/yaml", []string{"internal/app/config", "internal/kernel/yamlfile", "internal/resource/metadata",
		"test/..."}, "YAML is read where files are declared"},
	{"golang.org/x/text", []string{"internal/address", "internal/exchange/...", "internal/kernel/charset",
		"internal/search/...",
		"test/..."}, "encodings and folding are in exchange and search"},
	{"golang.org/x/crypto/argon2", []string{"internal/org/people"}, "passwords are hashed where accounts are"},
	{"golang.org/x/sync", []string{"internal/..."}, "an extension of the standard library"},
	{"golang.org/x/time", []string{"internal/kernel/api"}, "requests are counted where tokens are read"},
	{"golang.org/x/sys", []string{"internal/kernel/...", "test/..."}, "system calls stay near the ground"},
}

// pure packages compute and do nothing else.
var pure = map[string][]string{
	"internal/publish/manifest": {"internal/kernel/fault", "internal/kernel/crypto"},
	"internal/resource/rank":    {},
	"internal/publish/compress": {"internal/publish/manifest", "github.com/andybalholm/brotli",
		"github.com/klauspost/compress/gzip"},
	"internal/guard/order":      {"internal/kernel/fault", "internal/kernel/crypto"},
	"internal/watch/probe":      {"internal/kernel/fault", "internal/kernel/crypto"},
	"internal/kernel/accept":    {"internal/kernel/fault", "github.com/gabriel-vasile/mimetype"},
	"internal/kernel/charset":   {"internal/kernel/fault", "golang.org/x/text/..."},
	"internal/kernel/htmlclean": {"internal/kernel/fault", "golang.org/x/net/html/..."},
	"internal/exchange/office": {"internal/kernel/fault", "internal/kernel/htmlclean", "internal/kernel/charset",
		"github.com/richardlehane/mscfb"},
	"internal/exchange/extract": {"internal/kernel/fault", "golang.org/x/net/html/...",
		"internal/kernel/htmlclean", "internal/exchange/extract/notation"},
	"internal/exchange/extract/notation": {"internal/kernel/fault"},
	"internal/lexicon/words":             {},
	"internal/lexicon/typo":              {"internal/lexicon/words"},
	"internal/lexicon/starter":           {"internal/lexicon/check"},
	"internal/lexicon/check": {"internal/kernel/fault", "internal/kernel/htmlclean", "golang.org/x/net/html/...",
		"internal/lexicon/words", "internal/lexicon/typo"},
	"internal/search/analysis": {"internal/kernel/fault", "golang.org/x/text/..."},
	"internal/edge/header":     {"internal/publish/manifest"},
	"internal/kernel/a11y":     {},
	"internal/address":         {"golang.org/x/text/..."},
}

// impure is what a pure package may not import of the standard library. watch/probe looks at
// the network by trade.
var impure = []string{"os", "os/exec", "net", "net/http", "database/sql", "syscall", "io/ioutil", "log", "log/slog",
	"plugin"}

// httpNames are pure packages that may import net/http for its names; httpRule looks at what they use.
var httpNames = map[string][]string{"internal/publish/manifest": {"net/http"}, "internal/edge/header": {"net/http"}}

// edgeMay is all that the public listener may import of this module.
var edgeMay = []string{"internal/edge/...", "internal/guard/order", "internal/publish/manifest", "internal/kernel/blob",
	"internal/kernel/bus",
	"internal/kernel/crypto", "internal/kernel/web", "internal/kernel/a11y", "internal/kernel/fault",
	"internal/kernel/disk", "internal/kernel/rule", "internal/address"}

// rules of the import graph; each returns what breaks it.
var rules = map[string]func(graph) []string{
	"levels": levelRule, "engines": engineRule, "pure": pureRule, "edge": edgeRule, "portal": portalRule,
	"surfaces": surfaceRule, "helpers": helperRule, "renderer": rendererRule,
}

// in tells whether a package matches one of the patterns: "a/b" exactly, "a/b/..." it and below, "a/*" directly below.
func in(pkg string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if folder, ok := strings.CutSuffix(p, "/..."); ok {
			return pkg == folder || strings.HasPrefix(pkg, folder+"/")
		}
		if folder, ok := strings.CutSuffix(p, "/*"); ok {
			return path.Dir(pkg) == folder
		}
		return pkg == p
	})
}

func ours(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return slices.Contains([]string{"internal", "cmd", "demo", "web", "test"}, first)
}

func foreign(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return strings.Contains(first, ".")
}

// level returns the level of a package and the folder that has it, "internal/publish" for publish/render.
func level(pkg string) (int, string) {
	for n, folders := range levels {
		for _, f := range folders {
			if in(pkg, f+"/...") {
				return n, f
			}
		}
	}
	return -1, ""
}

func (g graph) each(check func(from, to string) string) []string {
	var broken []string
	for _, from := range slices.Sorted(maps.Keys(g)) {
		for _, to := range g[from] {
			if why := check(from, to); why != "" {
				broken = append(broken, fmt.Sprintf("%s imports %s: %s", from, to, why))
			}
		}
	}
	return broken
}

func levelRule(g graph) []string {
	var broken []string
	for pkg := range g {
		if n, _ := level(pkg); n < 0 {
			broken = append(broken,
				pkg+" has no level: a slice is named in ARCHITECTURE.md and in the table of levels first")
		}
	}
	slices.Sort(broken)
	return append(broken, g.each(func(from, to string) string {
		if !ours(to) {
			return ""
		}
		nFrom, folderFrom := level(from)
		nTo, folderTo := level(to)
		switch {
		case nFrom < 0 || nTo < 0 || nTo < nFrom:
			return ""
		case nTo > nFrom:
			return "imports go downward only; news travels upward as events (docs/adr/001)"
		case folderFrom == folderTo && folderFrom != "internal/kernel":
			return "" // parts of one slice
		}
		if folderFrom == "internal/kernel" && kernelPart(from) == kernelPart(to) {
			return ""
		}
		for p := range pairs {
			if in(from, p[0]) && to == p[1] {
				return ""
			}
		}
		if folderFrom == "internal/kernel" && strings.HasSuffix(path.Base(from), "test") {
			return "" // conformance suites bring their neighbours along; helpers below keeps them out of the program
		}
		return "both are on one level, and arch_test.go lists no reason for this pair"
	})...)
}

// kernelPart is "store" for kernel/store and kernel/store/storetest.
func kernelPart(pkg string) string {
	part, _, _ := strings.Cut(strings.TrimPrefix(pkg, "internal/kernel/"), "/")
	return part
}

func engineRule(g graph) []string {
	return g.each(func(from, to string) string {
		if !foreign(to) || isTestHelper(from) {
			return "" // helpers stay out of the program, see helperRule
		}
		for _, e := range engines {
			if strings.HasPrefix(to, e.prefix) {
				if in(from, e.in...) {
					return ""
				}
				return e.reason + " (allowed in " + strings.Join(e.in, ", ") + ")"
			}
		}
		return "a new dependency gets a row in arch_test.go and a line in docs/dependencies.md"
	})
}

func pureRule(g graph) []string {
	return g.each(func(from, to string) string {
		may, ok := pure[from]
		if !ok {
			return ""
		}
		if ours(to) || foreign(to) {
			if in(to, may...) {
				return ""
			}
			return "this package is pure: standard library and " + strings.Join(may, ", ")
		}
		if slices.Contains(impure, to) && from != "internal/watch/probe" && !in(to, httpNames[from]...) {
			return "this package is pure: no disk, no network, no process"
		}
		return ""
	})
}

func edgeRule(g graph) []string {
	broken := g.each(func(from, to string) string {
		if !in(from, "internal/edge/...") || !ours(to) || in(to, edgeMay...) {
			return ""
		}
		return "the public listener knows no database and no content"
	})
	for _, pkg := range slices.Sorted(maps.Keys(g)) {
		if !in(pkg, "internal/edge/...") {
			continue
		}
		if way := g.way(pkg, func(to string) bool {
			return in(to, "internal/kernel/store/...", "database/sql", "github.com/uptrace/bun/...")
		}); way != nil {
			broken = append(broken, "the public listener reaches SQL by "+strings.Join(way, " → "))
		}
	}
	return broken
}

func portalRule(g graph) []string {
	var broken []string
	for _, pkg := range slices.Sorted(maps.Keys(g)) {
		if !in(pkg, "internal/portal/...", "internal/dynamic/...") && !isPublicPages(pkg) {
			continue
		}
		if way := g.way(pkg, func(to string) bool { return in(to, "internal/editorial/...") }); way != nil {
			broken = append(broken, "a citizen's process cannot read drafts, but a public page reaches editorial by "+
				strings.Join(way, " → "))
		}
	}
	return broken
}

// isPublicPages tells whether a package holds the public pages of a slice: internal/letter/letterweb.
func isPublicPages(pkg string) bool {
	return path.Dir(path.Dir(pkg)) == "internal" && path.Base(pkg) == path.Base(path.Dir(pkg))+"web"
}

// surfaceRule: admin operations and public pages are mounted by the lists in app, by nobody else. So the studio does
// not change when a slice gets operations, and a slice cannot hand its operations to the public listener.
func surfaceRule(g graph) []string {
	return g.each(func(from, to string) string {
		slice := path.Base(path.Dir(to))
		switch {
		case !in(to, "internal/...") || path.Dir(path.Dir(to)) != "internal":
			return ""
		case path.Base(to) == slice+"api" && !in(from, "internal/app"):
			return "only the list of operations in app imports them: they must not reach the public listener"
		case isPublicPages(to) && !in(from, "internal/app"):
			return "only the list of mounts in app imports public pages"
		}
		return ""
	})
}

// helperRule: packages of test helpers stay out of the program.
func helperRule(g graph) []string {
	return g.each(func(from, to string) string {
		if !ours(to) || !isTestHelper(to) || isTestHelper(from) {
			return ""
		}
		return "a test helper does not belong into the program"
	})
}

// rendererRule: what is kept of pages outlives how they are rendered.
func rendererRule(g graph) []string {
	return g.each(func(from, to string) string {
		if to != "internal/publish/render" || !in(from, "internal/publish/...") ||
			in(from, "internal/publish", to) {
			return ""
		}
		return "only the publisher renders; records, marks, cuts and packs speak of pages by publish/page"
	})
}

// isTestHelper tells whether a package serves tests only: storetest, themetest/serve, test/bench.
func isTestHelper(pkg string) bool {
	return slices.ContainsFunc(strings.Split(pkg, "/"),
		func(part string) bool { return strings.HasSuffix(part, "test") })
}
