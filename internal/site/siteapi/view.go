package siteapi

import (
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/site"
)

// Site describes a site.
type Site struct {
	ID        api.ID     `json:"id,omitempty" doc:"编号；试运行（dry_run）时没有"`
	Code      string     `json:"code" doc:"站点代码，用在地址里"`
	Name      string     `json:"name" doc:"网站名称"`
	Kind      string     `json:"kind" doc:"portal 门户、department 部门、special 专题"`
	State     string     `json:"state" doc:"状态：applying、approved、registered、trial、running、offline、closing、closed、archived"`
	Parent    string     `json:"parent,omitempty" doc:"上级站点的代码"`
	Domains   []string   `json:"domains" nullable:"false" doc:"域名，第一个为主域名"`
	Version   int64      `json:"version" doc:"版本号，每次修改加一；修改时要带上"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
}

// Detail is a site with its declaration, but without its columns.
type Detail struct {
	Site
	Declared
}

// Declared has the declared fields of a site that requests and responses share.
type Declared struct {
	Title   string      `json:"title,omitempty" maxLength:"200" doc:"首页标题，不写同网站名称"`
	Theme   string      `json:"theme,omitempty" maxLength:"40" pattern:"^[a-z0-9-]*$" patternDescription:"小写字母、数字和连字符" doc:"主题，默认 default"`
	Dossier Dossier     `json:"dossier,omitzero" doc:"网站档案"`
	Links   []LinkGroup `json:"links,omitempty" maxItems:"50" doc:"页脚友情链接"`
	Hot     []string    `json:"hot,omitempty" maxItems:"50" doc:"搜索热词"`
	Home    []Block     `json:"home,omitempty" maxItems:"50" doc:"首页版块"`
}

// Dossier (网站档案) describes a site and its registrations.
type Dossier struct {
	SiteIDCode   string `json:"idcode,omitempty" maxLength:"20" doc:"网站标识码"`
	Sponsor      string `json:"sponsor,omitempty" maxLength:"200" doc:"主办单位"`
	Organizer    string `json:"organizer,omitempty" maxLength:"200" doc:"承办单位"`
	SponsorUSCC  string `json:"uscc,omitempty" maxLength:"18" doc:"主办单位统一社会信用代码"`
	ICP          string `json:"icp,omitempty" maxLength:"60" doc:"ICP备案号"`
	Police       string `json:"police,omitempty" maxLength:"60" doc:"公安机关备案号"`
	Contact      string `json:"contact,omitempty" maxLength:"60" doc:"联系人"`
	Phone        string `json:"phone,omitempty" maxLength:"60" doc:"联系电话"`
	Email        string `json:"email,omitempty" maxLength:"200" doc:"电子邮箱"`
	Address      string `json:"address,omitempty" maxLength:"200" doc:"地址"`
	Postcode     string `json:"postcode,omitempty" maxLength:"10" doc:"邮政编码"`
	CONAC        string `json:"conac,omitempty" maxLength:"500" doc:"党政机关网站标识的链接"`
	FindErrorURL string `json:"finderror,omitempty" maxLength:"500" doc:"“我为政府网站找错”的链接"`
	HomeURL      string `json:"home,omitempty" maxLength:"500" doc:"首页网址"`
	OpenedOn     string `json:"opened,omitempty" maxLength:"10" doc:"开通日期，如 2026-01-31"`
	IPv6         bool   `json:"ipv6,omitempty" doc:"是否显示“本网站支持IPv6”"`
}

// LinkGroup is a group of links in the footer that the reader can unfold.
type LinkGroup struct {
	Group string `json:"group" maxLength:"100" doc:"分组名称"`
	Items []Link `json:"items" maxItems:"200" nullable:"false"`
}

// Link is an address with a name.
type Link struct {
	Name string `json:"name" maxLength:"100" doc:"名称"`
	URL  string `json:"url" maxLength:"1000" doc:"完整网址，或以 / 开头"`
	Note string `json:"note,omitempty" maxLength:"200" doc:"说明"`
}

// Block is one part of a home page.
type Block struct {
	Block           string   `json:"block" maxLength:"40" doc:"版块种类：headline、focus、list、documents、disclosure、tiles、topics、figures、notice、gallery"`
	Title           string   `json:"title,omitempty" maxLength:"100"`
	Column          string   `json:"column,omitempty" maxLength:"400" doc:"显示哪个栏目（路径）"`
	Columns         []string `json:"columns,omitempty" maxItems:"12" doc:"并列显示哪些栏目"`
	Count           int      `json:"count,omitempty" minimum:"0" maximum:"100" doc:"显示几条"`
	Interpretations string   `json:"interpretations,omitempty" maxLength:"400" doc:"文件旁边的解读栏目"`
	Items           []Link   `json:"items,omitempty" maxItems:"60" doc:"磁贴"`
}

// Column describes a column.
type Column struct {
	ID          api.ID   `json:"id"`
	Parent      api.ID   `json:"parent,omitempty"`
	Path        string   `json:"path" doc:"从顶层到本栏目的标识，以 / 连接"`
	Slug        string   `json:"slug"`
	Name        string   `json:"name"`
	Kind        string   `json:"kind"`
	Description string   `json:"description,omitempty"`
	Keywords    []string `json:"keywords,omitempty"`
	Types       []string `json:"types,omitempty" doc:"栏目类别"`
	Update      string   `json:"update,omitempty" doc:"更新类"`
	URL         string   `json:"url,omitempty" doc:"链接栏目的地址"`
	Nav         bool     `json:"nav" doc:"是否在主导航显示"`
	Fixed       bool     `json:"fixed" doc:"国家统一规定的栏目，不能改名或撤销"`
	Retired     bool     `json:"retired" doc:"已撤销；地址仍然有效"`
	Rank        int      `json:"rank" doc:"同级中的次序"`
	Version     int64    `json:"version" doc:"栏目的版本号，每次修改加一；修改、撤销栏目时要带上"`
}

// ColumnInput declares a column. In the declaration of a whole site it also declares the columns below it.
type ColumnInput struct {
	Slug        string               `json:"slug" minLength:"1" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"小写字母、数字和连字符，以字母或数字开头" doc:"地址中的标识：小写字母、数字、连字符"`
	Name        string               `json:"name,omitempty" maxLength:"100" doc:"名称；政府信息公开专栏的固定栏目不用写"`
	Kind        api.OneOf[site.Kind] `json:"kind,omitempty"`
	Description string               `json:"description,omitempty" maxLength:"500" doc:"栏目描述（ColumnDescription）"`
	Keywords    []string             `json:"keywords,omitempty" maxItems:"30" doc:"栏目关键词（ColumnKeywords）"`
	Types       []string             `json:"types,omitempty" maxItems:"10" doc:"栏目类别（ColumnType）"`
	Update      string               `json:"update,omitempty" maxLength:"20" doc:"更新类：news、notice、policy、personnel、plan、static、archived"`
	URL         string               `json:"url,omitempty" maxLength:"1000" doc:"链接栏目的地址"`
	Nav         *bool                `json:"nav,omitempty" doc:"是否在主导航显示；顶层栏目默认是"`
	Children    []ColumnInput        `json:"children,omitempty" maxItems:"100" doc:"下级栏目"`
}

// Plan has the changes that a declaration makes, and the findings of the checks.
type Plan struct {
	Steps    []Step        `json:"steps" nullable:"false" doc:"将做的改动；空表示没有变化"`
	Findings []SiteFinding `json:"findings" nullable:"false" doc:"检查结果；有 error 的声明不能应用"`
}

// Step is one change.
type Step struct {
	Action string   `json:"action" doc:"create、update、retire"`
	Column string   `json:"column,omitempty" doc:"栏目路径；空为站点本身"`
	Fields []string `json:"fields,omitempty" doc:"改动的内容"`
}

// SiteFinding is one finding of a check.
type SiteFinding struct {
	Level string `json:"level" doc:"error 或 warn"`
	Code  string `json:"code"`
	Field string `json:"field"`
	Text  string `json:"text"`
}

// StateChange is one entry in the life-cycle log.
type StateChange struct {
	From             string     `json:"from,omitempty"`
	To               string     `json:"to"`
	Reason           string     `json:"reason"`
	By               string     `json:"by" doc:"谁做的"`
	Approval         string     `json:"approval,omitempty" doc:"批准文号"`
	NoticeURL        string     `json:"notice_url,omitempty" doc:"公告地址"`
	At               *time.Time `json:"at,omitempty"`
	PlannedRestoreAt *time.Time `json:"planned_restore_at,omitempty" doc:"计划恢复时间"`
}

func siteOf(s *site.Site, parent string) Site {
	return Site{
		ID:        api.NewID(s.ID),
		Code:      s.Code,
		Name:      s.Name,
		Kind:      s.Kind,
		State:     string(s.State),
		Parent:    parent,
		Domains:   append([]string{}, s.Domains...),
		Version:   s.Revision,
		UpdatedAt: api.Time(s.UpdatedAt),
	}
}

func detailOf(s *site.Site, parent string) Detail {
	d := Declared{Title: s.Title, Theme: s.Theme, Hot: s.Hot, Dossier: dossierOf(s.Dossier)}
	for _, g := range s.Links {
		d.Links = append(d.Links, LinkGroup{Group: g.Group, Items: linksOf(g.Items)})
	}
	for _, b := range s.Home {
		d.Home = append(d.Home, Block{
			Block:           b.Block,
			Title:           b.Title,
			Column:          b.Column,
			Columns:         b.Columns,
			Count:           b.Count,
			Interpretations: b.Interpretations,
			Items:           linksOf(b.Items),
		})
	}
	return Detail{Site: siteOf(s, parent), Declared: d}
}

func linksOf(in []site.Link) []Link {
	out := []Link{}
	for _, l := range in {
		out = append(out, Link(l))
	}
	return out
}

func dossierOf(d site.Dossier) Dossier {
	return Dossier{
		SiteIDCode:   d.SiteIDCode,
		Sponsor:      d.Sponsor,
		Organizer:    d.Organizer,
		SponsorUSCC:  d.SponsorUSCC,
		ICP:          d.ICP,
		Police:       d.Police,
		Contact:      d.Contact,
		Phone:        d.Phone,
		Email:        d.Email,
		Address:      d.Address,
		Postcode:     d.Postcode,
		CONAC:        d.CONAC,
		FindErrorURL: d.FindErrorURL,
		HomeURL:      d.HomeURL,
		OpenedOn:     d.OpenedOn,
		IPv6:         d.IPv6,
	}
}

func (d Dossier) dossier() site.Dossier {
	return site.Dossier{
		SiteIDCode:   d.SiteIDCode,
		Sponsor:      d.Sponsor,
		Organizer:    d.Organizer,
		SponsorUSCC:  d.SponsorUSCC,
		ICP:          d.ICP,
		Police:       d.Police,
		Contact:      d.Contact,
		Phone:        d.Phone,
		Email:        d.Email,
		Address:      d.Address,
		Postcode:     d.Postcode,
		CONAC:        d.CONAC,
		FindErrorURL: d.FindErrorURL,
		HomeURL:      d.HomeURL,
		OpenedOn:     d.OpenedOn,
		IPv6:         d.IPv6,
	}
}

func (d Declared) declare(decl *site.Declaration) {
	decl.Title, decl.Theme, decl.Hot, decl.Dossier = d.Title, d.Theme, d.Hot, d.Dossier.dossier()
	for _, g := range d.Links {
		decl.Links = append(decl.Links, site.LinkGroup{Group: g.Group, Items: plainLinks(g.Items)})
	}
	for _, b := range d.Home {
		decl.Home = append(decl.Home, site.Block{
			Block:           b.Block,
			Title:           b.Title,
			Column:          b.Column,
			Columns:         b.Columns,
			Count:           b.Count,
			Interpretations: b.Interpretations,
			Items:           plainLinks(b.Items),
		})
	}
}

func plainLinks(in []Link) []site.Link {
	var out []site.Link
	for _, l := range in {
		out = append(out, site.Link(l))
	}
	return out
}

func columnOf(c *site.Column) Column {
	return Column{
		ID:          api.NewID(c.ID),
		Parent:      api.NewID(c.ParentID),
		Path:        c.Path,
		Slug:        c.Slug,
		Name:        c.Name,
		Kind:        string(c.Kind),
		Description: c.Description,
		Keywords:    c.Keywords,
		Types:       c.Types,
		Update:      c.Update,
		URL:         c.URL,
		Nav:         c.Nav,
		Fixed:       c.Fixed,
		Retired:     c.Retired,
		Rank:        c.Rank,
		Version:     c.Version,
	}
}

func (c ColumnInput) decl() site.ColumnDecl {
	out := site.ColumnDecl{
		Slug:        c.Slug,
		Name:        c.Name,
		Kind:        site.Kind(c.Kind),
		Description: c.Description,
		Keywords:    c.Keywords,
		Types:       c.Types,
		Update:      c.Update,
		URL:         c.URL,
		Nav:         c.Nav,
	}
	for _, child := range c.Children {
		out.Children = append(out.Children, child.decl())
	}
	return out
}

func columnInputs(decls []site.ColumnDecl) []ColumnInput {
	var out []ColumnInput
	for _, d := range decls {
		out = append(out, ColumnInput{
			Slug:        d.Slug,
			Name:        d.Name,
			Kind:        api.OneOf[site.Kind](d.Kind),
			Description: d.Description,
			Keywords:    d.Keywords,
			Types:       d.Types,
			Update:      d.Update,
			URL:         d.URL,
			Nav:         d.Nav,
			Children:    columnInputs(d.Children),
		})
	}
	return out
}

func planOf(p *site.Plan, code string) Plan {
	out := Plan{Steps: []Step{}, Findings: []SiteFinding{}}
	for _, s := range p.Steps {
		out.Steps = append(out.Steps, Step{Action: string(s.Action), Column: s.Column, Fields: s.Fields})
	}
	for _, f := range p.Findings[code] {
		level := "warn"
		if f.Level == rule.Error {
			level = "error"
		}
		out.Findings = append(out.Findings, SiteFinding{Level: level, Code: f.Code, Field: f.Field, Text: f.Text})
	}
	return out
}
