package address

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// pattern is the parsed pattern of a Row.
type pattern struct {
	row      Row
	segments []segment
	subtree  bool // ends with a slash: matches everything below
	folder   bool // ends with /{$}: matches the folder only
}

// segment is one part of a path between slashes: text, or a name with text around it.
type segment struct {
	text          string // the whole segment when it has no name
	named, number bool
	before, after string
}

// table is all rows, indexed by their first segment.
type table struct {
	all   []pattern
	first map[string][]int // rows whose first segment has no name
	named []int            // rows whose first segment has a name

	portal      map[string]bool // first segments of the portal's rows
	namedPortal bool            // a row of the portal begins with a name
}

var rows = sync.OnceValue(func() *table {
	t := &table{first: map[string][]int{}, portal: map[string]bool{}}
	for i, row := range Rows() {
		p := parse(row)
		t.all = append(t.all, p)
		switch {
		case len(p.segments) == 0:
			t.first[""] = append(t.first[""], i)
		case p.segments[0].named:
			t.named = append(t.named, i)
			t.namedPortal = t.namedPortal || row.By == Portal
		default:
			t.first[p.segments[0].text] = append(t.first[p.segments[0].text], i)
			t.portal[p.segments[0].text] = t.portal[p.segments[0].text] || row.By == Portal
		}
	}
	return t
})

func parse(row Row) pattern {
	p := pattern{row: row}
	rest := strings.TrimPrefix(row.Pattern, "/")
	if cut, ok := strings.CutSuffix(rest, "{$}"); ok {
		p.folder, rest = true, strings.TrimSuffix(cut, "/")
	} else if cut, ok := strings.CutSuffix(rest, "/"); ok {
		p.subtree, rest = true, cut
	}
	if rest == "" {
		return p
	}
	for text := range strings.SplitSeq(rest, "/") {
		before, inner, named := strings.Cut(text, "{")
		name, after, _ := strings.Cut(inner, "}")
		s := segment{
			text:   text,
			named:  named,
			number: name == "no",
			before: before,
			after:  after,
		}
		p.segments = append(p.segments, s)
	}
	return p
}

func (s *segment) match(text string) bool {
	if !s.named {
		return text == s.text
	}
	text, ok := strings.CutPrefix(text, s.before)
	if !ok {
		return false
	}
	text, ok = strings.CutSuffix(text, s.after)
	return ok && text != "" && (!s.number || strings.Trim(text, "0123456789") == "")
}

// match reports whether the pattern matches a path, given without its first slash.
func (p *pattern) match(path string) bool {
	for i := range p.segments {
		text, rest, more := strings.Cut(path, "/")
		if !p.segments[i].match(text) {
			return false
		}
		if path = rest; !more {
			path = noRest
		}
	}
	switch {
	case p.subtree:
		return path != noRest
	case p.folder:
		return path == ""
	}
	return path == noRest && len(p.segments) > 0
}

// Values returns the values of the names in braces in a path that the row matches.
func (r Row) Values(path string) map[string]string {
	if !strings.Contains(r.Pattern, "{") {
		return nil
	}
	out := map[string]string{}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range parse(r).segments {
		if s.named && i < len(parts) {
			_, name, _ := strings.Cut(s.text, "{")
			name, _, _ = strings.Cut(name, "}")
			out[name] = strings.TrimSuffix(strings.TrimPrefix(parts[i], s.before), s.after)
		}
	}
	return out
}

// Example returns a path that the row matches, for tests and documents.
func (r Row) Example() string {
	out := ""
	p := parse(r)
	for _, s := range p.segments {
		switch {
		case s.number:
			out += "/" + s.before + "1" + s.after
		case s.named:
			out += "/" + s.before + "x" + s.after
		default:
			out += "/" + s.text
		}
	}
	switch {
	case p.subtree:
		return out + "/x"
	case p.folder:
		return out + "/"
	}
	return out
}

// noRest marks a path that ended without a slash. No path can contain this text.
const noRest = "\x00/"

// Find returns the row of a path: the longest pattern that matches. Columns and items have no row.
func Find(path string) (Row, bool) {
	if p := find(path); p != nil {
		return p.row, true
	}
	return Row{}, false
}

// Dynamic returns the row of a path that the portal serves.
func Dynamic(path string) (Row, bool) {
	if p := find(path); p != nil && p.row.By == Portal {
		return p.row, true
	}
	return Row{}, false
}

// IsDynamic reports whether the portal serves a path. The edge calls it for each request.
func IsDynamic(path string) bool {
	if len(path) < 2 {
		return false
	}
	first := path[1:]
	if i := strings.IndexByte(first, '/'); i >= 0 {
		first = first[:i]
	}
	if t := rows(); !t.namedPortal && !t.portal[first] {
		return false
	}
	p := find(path)
	return p != nil && p.row.By == Portal
}

// find runs for each request, so it returns a pointer and copies no row.
func find(path string) *pattern {
	if path == "" || path[0] != '/' {
		return nil
	}
	path = path[1:]
	first := path
	if i := strings.IndexByte(path, '/'); i >= 0 {
		first = path[:i]
	}
	t := rows()
	if p := t.longest(t.first[first], path); p != nil {
		return p
	}
	return t.longest(t.named, path)
}

// longest returns the row with the longest pattern that matches a path.
func (t *table) longest(among []int, path string) (best *pattern) {
	for _, i := range among {
		p := &t.all[i]
		if (best == nil || len(p.row.Pattern) > len(best.row.Pattern)) && p.match(path) {
			best = p
		}
	}
	return best
}

// MayBeColumn reports whether a top-level column of a site may have the name. A name that is the first segment of an
// address in the table is not allowed, whichever part serves it.
func MayBeColumn(slug string) bool {
	t := rows()
	return slug != "" && len(t.first[slug]) == 0 &&
		!slices.ContainsFunc(t.named, func(i int) bool { return t.all[i].segments[0].match(slug) })
}

// Taken reports whether every site serves the path itself, in one of the spellings that the edge redirects to it. No
// address of an older system may redirect from a taken path. Paths below a reserved name are free until a page is
// served there.
func Taken(path string) bool {
	for _, p := range append([]string{path}, Spellings(path)...) {
		if row, ok := Find(p); ok && (row.By != Reserved || strings.HasPrefix(p, "/_")) {
			return true
		}
	}
	return false
}

// Spellings returns other spellings of a path: with and without the final slash, and the folder of an index page.
func Spellings(path string) []string {
	folder, file := path[:strings.LastIndexByte(path, '/')+1], path[strings.LastIndexByte(path, '/')+1:]
	if file == "" {
		if len(path) < 2 {
			return nil
		}
		return []string{path[:len(path)-1], path + "index.html"}
	}
	out := []string{path + "/"}
	switch strings.ToLower(file) {
	case "index.html", "index.htm", "index.shtml", "default.html":
		out = append(out, folder)
	}
	return out
}

// ColumnFile reports whether a name is served in the folder of every column: its newest page, an older page or a feed.
func ColumnFile(name string) bool {
	return name == "" || name == RSS || name == Atom || strings.HasPrefix(name, olderPrefix)
}

// Column returns the path of a column's newest page. column is the slugs from the top, joined by "/".
func Column(column string) string { return "/" + column + "/" }

// ColumnPage returns the path of page no of a column's list; the oldest page is 1.
func ColumnPage(column string, no int64) string {
	return Column(column) + olderPrefix + strconv.FormatInt(no, 10) + ".html"
}

// SitemapPart returns the path of one part of the site map.
func SitemapPart(no int64) string { return "/sitemap-" + strconv.FormatInt(no, 10) + ".xml" }
