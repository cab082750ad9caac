package site

import (
	"strings"
	"time"

	"guiyi/internal/kernel/store"
	"guiyi/internal/org"
)

// State is the state of a site in its life cycle.
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

// Public reports whether a site in this state answers with its pages. In other states it answers with a notice.
func (s State) Public() bool { return s == Trial || s == Running || s == Closing }

// Site is one government website.
type Site struct {
	ID        int64
	ParentID  int64 // 0: no parent
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

// MainDomain returns the first domain, "" when the site has none.
func (s *Site) MainDomain() string { return mainDomain(s.Domains) }

func mainDomain(domains []string) string {
	if len(domains) == 0 {
		return ""
	}
	return domains[0]
}

// RuleScopes returns the scopes whose rules apply to the site, the narrowest first: its code, then the codes of its
// county, city and province. These are the first six, four and two digits of its identification code (网站标识码).
func (s *Site) RuleScopes() []string {
	scopes := []string{s.Code}
	if id := s.Dossier.SiteIDCode; org.SiteIDCodeForm(id) == "local" {
		scopes = append(scopes, id[:6], id[:4], id[:2])
	}
	return scopes
}

// URL returns the absolute address of path on the main domain. Without a domain it returns path.
func (s *Site) URL(path string) string { return addressOn(s.MainDomain(), path) }

func addressOn(domain, path string) string {
	if domain == "" {
		return path
	}
	return "https://" + domain + path
}

// Dossier (网站档案) describes a site: what the footer of each page must say about it, and its registrations
// (政府网站发展指引, annex on page design).
type Dossier struct {
	SiteIDCode   string `yaml:"idcode" json:"idcode,omitempty"`       // 网站标识码
	Sponsor      string `yaml:"sponsor" json:"sponsor,omitempty"`     // 主办单位
	Organizer    string `yaml:"organizer" json:"organizer,omitempty"` // 承办单位
	SponsorUSCC  string `yaml:"uscc" json:"uscc,omitempty"`           // 主办单位统一社会信用代码
	ICP          string `yaml:"icp" json:"icp,omitempty"`             // ICP备案号
	Police       string `yaml:"police" json:"police,omitempty"`       // 公安机关备案号
	Contact      string `yaml:"contact" json:"contact,omitempty"`     // 联系人
	Phone        string `yaml:"phone" json:"phone,omitempty"`         // 联系电话
	Email        string `yaml:"email" json:"email,omitempty"`
	Address      string `yaml:"address" json:"address,omitempty"`
	Postcode     string `yaml:"postcode" json:"postcode,omitempty"`
	CONAC        string `yaml:"conac" json:"conac,omitempty"`         // address that the 党政机关网站标识 links to
	FindErrorURL string `yaml:"finderror" json:"finderror,omitempty"` // 我为政府网站找错
	HomeURL      string `yaml:"home" json:"home,omitempty"`
	OpenedOn     string `yaml:"opened" json:"opened,omitempty"` // YYYY-MM-DD
	IPv6         bool   `yaml:"ipv6" json:"ipv6,omitempty"`     // shows 本网站支持IPv6
	// Emblem is the picture in the masthead, a path relative to the declaration.
	Emblem     string `yaml:"emblem" json:"emblem,omitempty"`
	EmblemHash string `yaml:"-" json:"emblem_hash,omitempty"` // hash of the picture in the blob store
	EmblemType string `yaml:"-" json:"emblem_type,omitempty"` // media type of the picture
}

// LinkGroup is a group of links in the footer that the reader can unfold.
type LinkGroup struct {
	Group string `yaml:"group" json:"group"`
	Items []Link `yaml:"items" json:"items"`
}

// Link is an address with a name.
type Link struct {
	Name string `yaml:"name" json:"name"`
	URL  string `yaml:"url" json:"url"`
	Note string `yaml:"note,omitempty" json:"note,omitempty"`
}

// Block is one part of a home page. Its kind decides which fields are used.
type Block struct {
	// Block is the kind, one of blockKinds.
	Block string `yaml:"block" json:"block"`
	Title string `yaml:"title,omitempty" json:"title,omitempty"`
	// Column is the path of the column to show.
	Column string `yaml:"column,omitempty" json:"column,omitempty"`
	// Columns are the paths of several columns to show side by side.
	Columns []string `yaml:"columns,omitempty" json:"columns,omitempty"`
	Count   int      `yaml:"count,omitempty" json:"count,omitempty"` // number of items
	// Interpretations is the path of the column of interpretations beside the documents.
	Interpretations string `yaml:"interpretations,omitempty" json:"interpretations,omitempty"`
	Items           []Link `yaml:"items,omitempty" json:"items,omitempty"` // links of the tiles
}

// blockKinds are the kinds of home page blocks that every theme must support.
var blockKinds = []string{"headline", "focus", "list", "documents", "disclosure", "tiles", "topics", "figures",
	"notice", "gallery"}

// StateChange is one entry in the life-cycle log of a site (site_state_log).
type StateChange struct {
	ID               int64
	SiteID           int64
	From, To         State
	Reason           string
	AppliedBy        string
	Approval         string // number of an approval; permits what a rule would refuse
	NoticeURL        string
	EffectiveAt      int64 // unix milliseconds
	PlannedRestoreAt int64 // unix milliseconds, 0 unless To is Offline
}

// shanghaiYear returns the calendar year of ms (unix milliseconds) in Asia/Shanghai.
func shanghaiYear(ms int64) int { return time.UnixMilli(ms).In(store.Shanghai()).Year() }

// hostUnder reports whether host is below the main domain of a portal. A leading "www." of the main domain is ignored:
// "slj.bd.gov.cn" is below "www.bd.gov.cn".
func hostUnder(host, mainDomain string) bool {
	return strings.HasSuffix(host, "."+strings.TrimPrefix(mainDomain, "www."))
}
