package site

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"guiyi/internal/kernel/rule"
)

// Action is the kind of a step.
type Action string

// The actions of a plan.
const (
	Create Action = "create"
	Update Action = "update"
	Retire Action = "retire" // hides a column that is not declared any more; its items and addresses stay
)

// Step is one difference between a declaration and the stored site.
type Step struct {
	Action Action   `json:"action"`
	Site   string   `json:"site"`
	Column string   `json:"column,omitempty"` // path; empty for a step on the site itself
	Fields []string `json:"fields,omitempty"` // names of the changed fields; only for Update
}

// String returns the step as one line: "~ qinghe zwgk/zcwj (名称, 栏目描述)".
func (s Step) String() string {
	sign := map[Action]string{Create: "+", Update: "~", Retire: "-"}[s.Action]
	line := strings.TrimSpace(sign + " " + s.Site + " " + s.Column)
	if len(s.Fields) > 0 {
		line += " (" + strings.Join(s.Fields, ", ") + ")"
	}
	return line
}

// Plan has the steps of an apply, and the findings of the checks on its result.
type Plan struct {
	Steps    []Step                    `json:"steps"`
	Findings map[string][]rule.Finding `json:"findings"` // by site code

	targets []target
}

// Empty reports whether an apply would change nothing.
func (p *Plan) Empty() bool { return len(p.Steps) == 0 }

// HasError reports whether a finding of level error stops an apply.
func (p *Plan) HasError() bool {
	for _, fs := range p.Findings {
		if rule.HasError(fs) {
			return true
		}
	}
	return false
}

// refusals returns the findings of level error, one per line.
func (p *Plan) refusals() []string {
	var lines []string
	for _, code := range slices.Sorted(maps.Keys(p.Findings)) {
		for _, f := range p.Findings[code] {
			if f.Level == rule.Error {
				lines = append(lines, code+" "+f.Field+"："+f.Text)
			}
		}
	}
	return lines
}

// target is the planned state of one site.
type target struct {
	site    *Site
	parent  string // code
	isNew   bool
	changed bool              // the row of the site differs
	domains bool              // the domains differ
	columns []*Column         // all columns after the apply; the stored ones have their ID
	touched map[string]Action // columns to write, by path
}

// plan compares declarations with the stored sites. have must contain the declared sites, the sites above them and the
// sites that have a declared domain, all by code.
func plan(decls []Declaration, have map[string]stored) *Plan {
	p := &Plan{Findings: map[string][]rule.Finding{}}
	n := networkOf(have)
	for i := range decls {
		t, steps := planSite(&decls[i], have[decls[i].Site], n.parents[decls[i].Site])
		p.Steps = append(p.Steps, steps...)
		p.targets = append(p.targets, t)
	}
	for _, t := range p.targets {
		n.sites[t.site.Code], n.parents[t.site.Code] = t.site, t.parent
	}
	for i, t := range p.targets {
		fs := Check(t.site, n.sites[t.parent], NewTree(t.columns))
		fs = append(fs, n.check(t)...)
		if t.site.State != decls[i].State { // only ChangeState changes the state and writes the log
			fs = append(fs, rule.Finding{Code: "site.state", Level: rule.Warn, Field: "state", Text: fmt.Sprintf(
				"网站现在是“%s”，声明写的是“%s”；声明不改变状态", stateName(t.site.State), stateName(decls[i].State))})
		}
		p.Findings[t.site.Code] = fs
	}
	return p
}

// network has the sites that a plan needs, by code, in their state after the apply.
type network struct {
	sites   map[string]*Site
	parents map[string]string // code of the parent
}

func networkOf(have map[string]stored) network {
	n := network{sites: map[string]*Site{}, parents: map[string]string{}}
	codes := map[int64]string{}
	for code, s := range have {
		n.sites[code], codes[s.site.ID] = s.site, code
	}
	for code, s := range have {
		n.parents[code] = codes[s.site.ParentID]
	}
	return n
}

// check returns the findings that concern several sites: an unknown parent, a cycle of parents, and a domain that
// another site already has.
func (n network) check(t target) []rule.Finding {
	var fs []rule.Finding
	refuse := func(code, field, text string) {
		fs = append(fs, rule.Finding{Code: code, Level: rule.Error, Field: field, Text: text})
	}
	if t.parent != "" && n.sites[t.parent] == nil {
		refuse("site.parent", "parent", "上级站点 "+t.parent+" 不存在")
	}
	seen := map[string]bool{}
	for up := t.parent; up != "" && !seen[up]; up = n.parents[up] {
		seen[up] = true
	}
	if seen[t.site.Code] {
		refuse("site.parent.circle", "parent", "站点 "+t.site.Code+" 经过上级站点又回到自己，请改 parent")
	}
	for _, code := range slices.Sorted(maps.Keys(n.sites)) {
		if code == t.site.Code {
			continue
		}
		for _, host := range n.sites[code].Domains {
			if slices.Contains(t.site.Domains, host) {
				refuse("site.domain.taken", "domains", "域名 "+host+" 已属于站点 "+code)
			}
		}
	}
	return fs
}

func planSite(d *Declaration, have stored, parent string) (target, []Step) {
	want := &Site{
		Code:    d.Site,
		Name:    d.Name,
		Title:   d.Title,
		Kind:    d.Kind,
		State:   d.State,
		Theme:   d.Theme,
		Dossier: d.Dossier,
		Domains: nonNil(d.Domains),
		Links:   nonNil(d.Links),
		Hot:     nonNil(d.Hot),
		Home:    nonNil(d.Home),
	}
	if want.Title == "" {
		want.Title = d.Name
	}
	t := target{site: want, parent: d.Parent, touched: map[string]Action{}}
	var steps []Step
	if have.site == nil {
		t.isNew, t.changed, t.domains = true, true, true
		steps = append(steps, Step{Action: Create, Site: d.Site})
	} else {
		want.ID, want.ParentID, want.State, want.Revision = have.site.ID, have.site.ParentID, have.site.State,
			have.site.Revision
		// without files there is no new picture: keep the stored one
		if old := have.site.Dossier; want.Dossier.EmblemHash == "" && want.Dossier.Emblem == old.Emblem {
			want.Dossier.EmblemHash, want.Dossier.EmblemType = old.EmblemHash, old.EmblemType
		}
		fields := siteDiff(have.site, want)
		t.domains = !slices.Equal(have.site.Domains, want.Domains)
		if d.Parent != parent {
			fields = append(fields, "上级站点")
		}
		if len(fields) > 0 {
			t.changed = true
			steps = append(steps, Step{Action: Update, Site: d.Site, Fields: fields})
		}
	}
	colSteps := t.planColumns(d.columns(), have.columns)
	return t, append(steps, colSteps...)
}

func (t *target) planColumns(want, have []*Column) []Step {
	var steps []Step
	old := map[string]*Column{}
	for _, c := range have {
		old[c.Path] = c
	}
	for _, c := range want {
		c.Keywords, c.Types = nonNil(c.Keywords), nonNil(c.Types)
		if o := old[c.Path]; o != nil {
			c.ID, c.ParentID, c.SiteID, c.Version = o.ID, o.ParentID, o.SiteID, o.Version
			if fields := columnDiff(o, c); len(fields) > 0 {
				t.touched[c.Path] = Update
				// a changed rank alone comes from a change of its siblings: the version stays
				if !slices.Equal(fields, []string{fieldRank}) {
					c.Version++
				}
				steps = append(steps, Step{Action: Update, Site: t.site.Code, Column: c.Path, Fields: fields})
			}
			delete(old, c.Path)
		} else {
			c.Version, t.touched[c.Path] = 1, Create
			steps = append(steps, Step{Action: Create, Site: t.site.Code, Column: c.Path})
		}
		t.columns = append(t.columns, c)
	}
	for _, c := range have {
		if old[c.Path] == nil {
			continue
		}
		gone := *c
		gone.Retired = true
		t.columns = append(t.columns, &gone)
		if !c.Retired {
			gone.Version++
			t.touched[c.Path] = Retire
			steps = append(steps, Step{Action: Retire, Site: t.site.Code, Column: c.Path})
		}
	}
	return steps
}

func siteDiff(a, b *Site) []string {
	var fields []string
	note := func(name string, same bool) {
		if !same {
			fields = append(fields, name)
		}
	}
	note("网站名称", a.Name == b.Name)
	note("标题", a.Title == b.Title)
	note("类型", a.Kind == b.Kind)
	note("主题", a.Theme == b.Theme)
	note("网站档案", a.Dossier == b.Dossier)
	note("域名", slices.Equal(a.Domains, b.Domains))
	note("友情链接", reflect.DeepEqual(a.Links, b.Links))
	note("热词", slices.Equal(a.Hot, b.Hot))
	note("首页", reflect.DeepEqual(a.Home, b.Home))
	return fields
}

// fieldRank is the name of the position among the siblings.
const fieldRank = "顺序"

func columnDiff(a, b *Column) []string {
	var fields []string
	note := func(name string, same bool) {
		if !same {
			fields = append(fields, name)
		}
	}
	note("名称", a.Name == b.Name)
	note("栏目描述", a.Description == b.Description)
	note("关键词", slices.Equal(a.Keywords, b.Keywords))
	note("类别", slices.Equal(a.Types, b.Types))
	note("更新类", a.Update == b.Update)
	note("形式", a.Kind == b.Kind)
	note("链接", a.URL == b.URL)
	note("导航", a.Nav == b.Nav)
	note(fieldRank, a.Rank == b.Rank)
	note("恢复", !a.Retired)
	return fields
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
