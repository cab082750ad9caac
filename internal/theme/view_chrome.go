package theme

import "html/template"

// Chrome is the rendered frame of a site: rendered once per (site, top column) and embedded in every page.
type Chrome struct {
	Top  template.HTML // strip 辅助导航, masthead 头部标识区, main navigation
	Foot template.HTML // footer 底部功能区
	Tabs template.HTML // mobile tab bar
}

// ChromeView is the view that Set.Chrome renders. All of it comes from the dossier and the column tree.
type ChromeView struct {
	Site      SiteCard
	Emblem    Image       // seal picture of the masthead; empty URL: the theme's neutral placeholder
	Parents   []Link      // sites of the upper governments, left end of the strip
	Languages []Lang      // other language versions
	Hot       []Link      // hot search words
	Search    SearchBox   // zero: the site has no search
	Nav       []Link      // first-level columns, home first; Current marks the top column
	Tabs      []Tab       // mobile tab bar, at most five
	Groups    []LinkGroup // footer link groups 网站链接
	Info      []Link      // footer links: 关于本站, 隐私保护, 无障碍说明, 联系我们…
	MapURL    string      // 网站地图 (one of the seven items of the footer)
	Dossier   Dossier
}

// SiteCard names the site in the masthead.
type SiteCard struct {
	Name    string // 清河市人民政府
	Domain  string // shown under the name
	HomeURL string // usually "/"
}

// Lang is another language version of the site.
type Lang struct {
	Text string // in its own language
	Code string // BCP 47, e.g. "en", "zh-Hant"
	URL  string
}

// SearchBox is the search entry of the masthead.
type SearchBox struct {
	Action      string // usually "/search"
	Site        string // site code sent along; empty: all sites
	Placeholder string
}

// Tab is one entry of the mobile tab bar.
type Tab struct {
	Text    string
	URL     string
	Icon    string // home | doc | service | talk | user
	Current bool
}

// Dossier is the registration data of the footer (standards 1.3, seven items). Empty values are not shown.
type Dossier struct {
	Sponsor   string // 主办单位
	Organizer string // 承办单位
	IDCode    string // 网站标识码
	ICP       string // ICP备案编号, linked to the registry
	Police    string // 公安机关备案号
	PoliceURL string // address of the police record; empty: text only
	Contact   string
	Phone     string
	Email     string
	Address   string
	Postcode  string
	CONAC     string // 党政机关网站标识: address of the record
	CONACIcon string // local picture of the badge; empty: text badge
	ErrorURL  string // 我为政府网站找错
	ErrorIcon string // local picture of the badge; empty: text badge
	AccessURL string // 无障碍说明, shown as a badge when set
	IPv6      bool   // “本网站支持 IPv6”
}
