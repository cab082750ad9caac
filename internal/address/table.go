package address

// Responder names the part of the platform that serves a path.
type Responder string

// The responders.
const (
	Published Responder = "published" // the site's signed snapshot
	Portal    Responder = "portal"    // the portal, per request
	Reserved  Responder = "reserved"  // no part yet: the name is reserved for later pages
)

// Cache is the cache class of an answer.
type Cache string

// Cache classes.
const (
	Revalidate Cache = "revalidate" // stored, but revalidated for each use
	Minutes    Cache = "minutes"    // 5 minutes
	Day        Cache = "day"        // 24 hours
	Immutable  Cache = "immutable"  // a year: the address changes with the content
	NoStore    Cache = "no-store"   // never stored: it may depend on the reader
)

// Row is one kind of address that every site has.
type Row struct {
	// Pattern is a path ("/search", "/{$}", "/wzdt/{$}"), a path with names ("/sitemap-{no}.xml"), or a subtree, which
	// ends with a slash ("/_m/").
	Pattern string
	By      Responder
	// Page is the kind of the page published here, see internal/publish/page.
	Page string
	// Mount names the mount of the portal that serves the path.
	Mount string
	// Methods that are allowed; GET includes HEAD. Empty: the responder decides.
	Methods []string
	Cache   Cache
	Meaning string
}

// Paths that other packages use.
const (
	Home        = "/"
	SiteMap     = "/wzdt/"
	NotFound    = "/404.html"
	Closed      = "/closed.html"
	Robots      = "/robots.txt"
	Sitemap     = "/sitemap.xml"
	RSS         = "rss.xml"  // in the folder of a column, or of the site
	Atom        = "atom.xml" // in the folder of a column, or of the site
	Media       = "/_m/"     // pictures and attachments, by their hash
	Assets      = "/_a/"     // files of the theme, by their hash
	Search      = "/search"
	API         = "/api/"
	SearchAPI   = "/api/v1/search"
	Access      = "/_access"
	AccessMode  = "/_mode"
	QR          = "/_qr"
	Security    = "/.well-known/security.txt" // contact for reports of a vulnerability (RFC 9116)
	olderPrefix = "index_"
)

// Names of the kinds of page with one address per site.
const (
	PageHome     = "home"
	PageMap      = "map"
	PageNotFound = "notfound"
	PageClosed   = "closed"
	PageRobots   = "robots"
	PageSitemap  = "sitemap"
	PageRSS      = "rss"
	PageAtom     = "atom"
)

// Names of the portal's mounts.
const (
	MountSearch   = "search"
	MountAccess   = "access"
	MountQR       = "qr"
	MountSecurity = "security"
)

// Rows returns the table.
func Rows() []Row {
	get := []string{"GET", "HEAD"}
	form := []string{"GET", "HEAD", "POST"}
	published := func(pattern, page string, cache Cache, meaning string) Row {
		return Row{
			Pattern: pattern,
			By:      Published,
			Page:    page,
			Methods: get,
			Cache:   cache,
			Meaning: meaning,
		}
	}
	portal := func(pattern, mount string, methods []string, cache Cache, meaning string) Row {
		return Row{
			Pattern: pattern,
			By:      Portal,
			Mount:   mount,
			Methods: methods,
			Cache:   cache,
			Meaning: meaning,
		}
	}
	reserved := func(pattern, meaning string) Row { return Row{Pattern: pattern, By: Reserved, Meaning: meaning} }
	return []Row{
		published("/{$}", PageHome, Revalidate, "首页"),
		published(SiteMap+"{$}", PageMap, Revalidate, "网站地图"),
		published(NotFound, PageNotFound, Revalidate, "页面不存在"),
		published(Closed, PageClosed, Revalidate, "网站关停公告"),
		published(Robots, PageRobots, Revalidate, "爬虫规则"),
		published(Sitemap, PageSitemap, Minutes, "站点地图索引"),
		published("/sitemap-{no}.xml", "", Minutes, "站点地图"),
		published("/"+RSS, PageRSS, Minutes, "订阅"),
		published("/"+Atom, PageAtom, Minutes, "订阅"),
		published(Media, "", Immutable, "图片与附件"),
		published(Assets, "", Immutable, "主题文件"),

		portal(Search, MountSearch, get, NoStore, "智能搜索"),
		portal(SearchAPI, MountSearch, get, NoStore, "搜索接口"),
		portal(API, "", nil, NoStore, "公众接口：没有登记的地址应答 404"),
		portal(Access, MountAccess, form, NoStore, "无障碍设置"),
		portal(AccessMode, MountAccess, form, NoStore, "保存无障碍设置"),
		portal(QR, MountQR, get, Day, "页面二维码"),
		portal(Security, MountSecurity, get, Day, "安全联系方式（RFC 9116）"),

		reserved("/_{name}", "平台"),
		reserved("/_{name}/", "平台"),
		reserved("/.well-known/", "RFC 8615"),
		reserved("/letters/", "政民互动"),
		reserved("/user/", "用户中心"),
		reserved("/services/", "政务服务"),
	}
}
