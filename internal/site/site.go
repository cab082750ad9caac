package site

import (
	"strings"
	"time"

	"guiyi/internal/kernel/store"
	"guiyi/internal/org"
)

// State is where a site stands in its life cycle.
type State string

// The states of a site; see the package comment for the order.
const (
	Applying   State = "applying"   // 申请
	Approved   State = "approved"   // 审批
	Registered State = "registered" // 备案、取得标识
	Trial      State = "trial"      // 试运行
	Running    State = "running"    // 开通
	Offline    State = "offline"    // 临时下线
	Closing    State = "closing"    // 永久下线公告期
	Closed     State = "closed"     // 关停
	Archived   State = "archived"   // 归档
)

// Public reports whether a site in this state answers with its pages rather than
// with a notice.
func (s State) Public() bool { return s == Trial || s == Running || s == Closing }

// Site is one government website.
type Site struct {
	ID        int64
	ParentID  int64 // 0 for the top of the network
	Code      string
	Name      string // 网站名称, the SiteName tag
	Title     string // <title> of the home page
	Kind      string // portal, department or special
	State     State
	Theme     string
	Dossier   Dossier
	Domains   []string // the first is the main domain
	Links     []LinkGroup
	Hot       []string
	Home      []Block
	Revision  int64 // grows with every change
	UpdatedAt int64 // unix milliseconds
}

// MainDomain is the first domain, or "" while the site has none.
func (s *Site) MainDomain() string { return mainDomain(s.Domains) }

func mainDomain(domains []string) string {
	if len(domains) == 0 {
		return ""
	}
	return domains[0]
}

// RuleScopes are the scopes whose rules bind the site, narrowest first: the site, then
// county, city and province by the first six, four and two digits of its
// identification code (网站标识码).
func (s *Site) RuleScopes() []string {
	scopes := []string{s.Code}
	if id := s.Dossier.SiteIDCode; org.SiteIDCodeForm(id) == "local" {
		scopes = append(scopes, id[:6], id[:4], id[:2])
	}
	return scopes
}

// URL is the address of path on the site's main domain. A site without a domain gets
// the path alone.
func (s *Site) URL(path string) string { return addressOn(s.MainDomain(), path) }

func addressOn(domain, path string) string {
	if domain == "" {
		return path
	}
	return "https://" + domain + path
}

// Dossier (网站档案) is what a site must be able to show about itself: the seven items
// of the footer and the registrations behind them (政府网站发展指引, annex on page design).
type Dossier struct {
	SiteIDCode   string `yaml:"idcode" json:"idcode,omitempty"`       // 网站标识码
	Sponsor      string `yaml:"sponsor" json:"sponsor,omitempty"`     // 主办单位
	Organizer    string `yaml:"organizer" json:"organizer,omitempty"` // 承办单位
	SponsorUSCC  string `yaml:"uscc" json:"uscc,omitempty"`           // 主办单位统一社会信用代码
	ICP          string `yaml:"icp" json:"icp,omitempty"`             // ICP备案号
	Police       string `yaml:"police" json:"police,omitempty"`       // 公安机关备案号
	Contact      string `yaml:"contact" json:"contact,omitempty"`     // 联系人
	Phone        string `yaml:"phone" json:"phone,omitempty"`         // 联系电话
	Email        string `yaml:"email" json:"email,omitempty"`         //
	Address      string `yaml:"address" json:"address,omitempty"`     //
	Postcode     string `yaml:"postcode" json:"postcode,omitempty"`   //
	CONAC        string `yaml:"conac" json:"conac,omitempty"`         // link behind the 党政机关网站标识
	FindErrorURL string `yaml:"finderror" json:"finderror,omitempty"` // 我为政府网站找错
	HomeURL      string `yaml:"home" json:"home,omitempty"`           //
	OpenedOn     string `yaml:"opened" json:"opened,omitempty"`       // YYYY-MM-DD
	IPv6         bool   `yaml:"ipv6" json:"ipv6,omitempty"`           // shows 本网站支持IPv6
	// picture for the masthead, relative to the declaration
	Emblem     string `yaml:"emblem" json:"emblem,omitempty"`
	EmblemHash string `yaml:"-" json:"emblem_hash,omitempty"` // where apply put it
	EmblemType string `yaml:"-" json:"emblem_type,omitempty"` // its media type
}

// LinkGroup is one folded list of links in the footer.
type LinkGroup struct {
	Group string `yaml:"group" json:"group"`
	Items []Link `yaml:"items" json:"items"`
}

// Link is a named address.
type Link struct {
	Name string `yaml:"name" json:"name"`
	URL  string `yaml:"url" json:"url"`
	Note string `yaml:"note,omitempty" json:"note,omitempty"`
}

// Block is one part of a home page; which fields count depends on its kind.
type Block struct {
	// headline focus list documents disclosure tiles topics figures notice gallery
	Block string `yaml:"block" json:"block"`
	Title string `yaml:"title,omitempty" json:"title,omitempty"`
	// path of the column to show
	Column string `yaml:"column,omitempty" json:"column,omitempty"`
	// several lists side by side
	Columns []string `yaml:"columns,omitempty" json:"columns,omitempty"`
	Count   int      `yaml:"count,omitempty" json:"count,omitempty"` // how many items
	// column of interpretations next to documents
	Interpretations string `yaml:"interpretations,omitempty" json:"interpretations,omitempty"`
	Items           []Link `yaml:"items,omitempty" json:"items,omitempty"` // tiles
}

// blockKinds are the kinds of home page block a theme must be able to show.
var blockKinds = []string{"headline", "focus", "list", "documents", "disclosure", "tiles", "topics", "figures",
	"notice", "gallery"}

// StateChange is one entry of a site's life-cycle log (site_state_log).
type StateChange struct {
	ID               int64
	SiteID           int64
	From, To         State
	Reason           string
	AppliedBy        string
	Approval         string // approval number; forces what a rule would refuse
	NoticeURL        string
	EffectiveAt      int64 // unix milliseconds
	PlannedRestoreAt int64 // unix milliseconds, 0 when not a temporary offline
}

// shanghaiYear is the calendar year of a moment where the sites are.
func shanghaiYear(ms int64) int { return time.UnixMilli(ms).In(store.Shanghai()).Year() }

// hostUnder reports whether host is a sub-domain of the portal whose main domain is
// parent: "slj.bd.gov.cn" is under "www.bd.gov.cn".
func hostUnder(host, parent string) bool {
	return strings.HasSuffix(host, "."+strings.TrimPrefix(parent, "www."))
}
