package site

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"guiyi/internal/kernel/rule"
)

// Action says what a step of a plan does.
type Action string

// The actions of a plan.
const (
	Create Action = "create"
	Update Action = "update"
	Retire Action = "retire" // a column no longer declared: hidden, its items and addresses stay
)

// Step is one difference between what is declared and what is stored.
type Step struct {
	Action Action   `json:"action"`
	Site   string   `json:"site"`
	Column string   `json:"column,omitempty"` // path; empty when the site itself is meant
	Fields []string `json:"fields,omitempty"` // names of what changes, for an update
}

// String shows a step on one line: "~ qinghe zwgk/zcwj (名称, 栏目描述)".
func (s Step) String() string {
	sign := map[Action]string{Create: "+", Update: "~", Retire: "-"}[s.Action]
	line := strings.TrimSpace(sign + " " + s.Site + " " + s.Column)
	if len(s.Fields) > 0 {
		line += " (" + strings.Join(s.Fields, ", ") + ")"
	}
	return line
}

// Plan is what an apply would do, and what the checks say about the result.
type Plan struct {
	Steps    []Step                    `json:"steps"`
	Findings map[string][]rule.Finding `json:"findings"` // by site code

	targets []target
}

// Empty reports that applying would change nothing.
func (p *Plan) Empty() bool { return len(p.Steps) == 0 }

// HasError reports that a check refuses the declared sites.
func (p *Plan) HasError() bool {
	for _, fs := range p.Findings {
		if rule.HasError(fs) {
			return true
		}
	}
	return false
}

// target is the wanted state of one site and what must be written to reach it.
type target struct {
	site    *Site
	parent  string // code
	isNew   bool
	changed bool
	columns []*Column // all wanted columns, stored ids filled in where they exist
	touched map[string]Action
}

// stored is what the database holds of one site.
type stored struct {
	site    *Site
	columns []*Column
}

// plan compares declarations with what is stored, by site code.
func plan(decls []Declaration, have map[string]stored) *Plan {
	p := &Plan{Findings: map[string][]rule.Finding{}}
	for i := range decls {
		t, steps := planSite(&decls[i], have[decls[i].Site])
		p.Steps = append(p.Steps, steps...)
		p.targets = append(p.targets, t)
	}
	wanted := map[string]*Site{}
	for code, s := range have {
		wanted[code] = s.site
	}
	for _, t := range p.targets {
		wanted[t.site.Code] = t.site
	}
	for _, t := range p.targets {
		fs := Check(t.site, wanted[t.parent], NewTree(t.columns))
		if t.parent != "" && wanted[t.parent] == nil {
			fs = append(fs, rule.Finding{Code: "site.parent", Level: rule.Error, Field: "parent", Text: "上级站点 " + t.parent + " 不存在"})
		}
		if old := have[t.site.Code]; old.site != nil && decls != nil {
			fs = append(fs, stateFinding(decls, old.site)...)
		}
		p.Findings[t.site.Code] = fs
	}
	return p
}

// stateFinding warns when a file says another state than the site has: states change
// through the life-cycle command, which keeps the log.
func stateFinding(decls []Declaration, s *Site) []rule.Finding {
	for _, d := range decls {
		if d.Site == s.Code && d.State != s.State {
			return []rule.Finding{{Code: "site.state", Level: rule.Warn, Field: "state",
				Text: fmt.Sprintf("网站现在是“%s”，声明写的是“%s”；状态变更请用 guiyi site state", stateName(s.State), stateName(d.State))}}
		}
	}
	return nil
}

func planSite(d *Declaration, have stored) (target, []Step) {
	want := &Site{Code: d.Site, Name: d.Name, Title: d.Title, Kind: d.Kind, State: d.State, Theme: d.Theme, Dossier: d.Dossier,
		Domains: nonNil(d.Domains), Links: nonNil(d.Links), Hot: nonNil(d.Hot), Home: nonNil(d.Home)}
	if want.Title == "" {
		want.Title = d.Name
	}
	t := target{site: want, parent: d.Parent, touched: map[string]Action{}}
	var steps []Step
	if have.site == nil {
		t.isNew, t.changed = true, true
		steps = append(steps, Step{Action: Create, Site: d.Site})
	} else {
		want.ID, want.ParentID, want.State, want.Revision = have.site.ID, have.site.ParentID, have.site.State, have.site.Revision
		if fields := siteDiff(have.site, want); len(fields) > 0 {
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
			c.ID, c.ParentID, c.SiteID = o.ID, o.ParentID, o.SiteID
			if fields := columnDiff(o, c); len(fields) > 0 {
				t.touched[c.Path] = Update
				steps = append(steps, Step{Action: Update, Site: t.site.Code, Column: c.Path, Fields: fields})
			}
			delete(old, c.Path)
		} else {
			t.touched[c.Path] = Create
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
	da, db := a.Dossier, b.Dossier
	if db.EmblemHash == "" { // not yet read from the file system: compare the name only
		da.EmblemHash, da.EmblemType = "", ""
	}
	note("网站名称", a.Name == b.Name)
	note("标题", a.Title == b.Title)
	note("类型", a.Kind == b.Kind)
	note("主题", a.Theme == b.Theme)
	note("网站档案", da == db)
	note("域名", slices.Equal(a.Domains, b.Domains))
	note("友情链接", reflect.DeepEqual(a.Links, b.Links))
	note("热词", slices.Equal(a.Hot, b.Hot))
	note("首页", reflect.DeepEqual(a.Home, b.Home))
	return fields
}

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
	note("顺序", a.Rank == b.Rank)
	note("恢复", !a.Retired)
	return fields
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
