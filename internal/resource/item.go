package resource

import (
	"guiyi/internal/address"
	"guiyi/internal/kernel/rule"
)

// Class is the metadata class of an item; it decides which elements are asked for and
// which page shows it.
type Class string

// The classes of items.
const (
	Article        Class = "article"        // 动态、要闻
	Notice         Class = "notice"         // 通知公告
	Picture        Class = "picture"        // 图片新闻
	Document       Class = "document"       // 公文
	Interpretation Class = "interpretation" // 政策解读
	Page           Class = "page"           // 概况、关于本站等单页
)

// State is the state of an item in its life.
type State string

// The states of an item.
const (
	Draft     State = "draft"     // never released
	Scheduled State = "scheduled" // release is planned
	Live      State = "live"
	Withdrawn State = "withdrawn"
)

// WithdrawKind says why an item left public view and how its addresses answer.
type WithdrawKind string

// The kinds of withdrawal.
const (
	InError      WithdrawKind = "error"        // 410, nothing of the text stays public
	Consolidated WithdrawKind = "consolidated" // 301 to the item that replaces it
	WithBanner   WithdrawKind = "banner"       // page stays with a banner, lists and search forget it
)

// Item is one information resource. Item, Edition, Placement, Link and Provenance name the columns
// that their fields are stored in, so that a field is written down once; the rows in store.go add
// what is of no use outside this package.
type Item struct {
	ID           int64       `bun:"id,pk"`
	Owner        int64       `bun:"owner"` // site id
	Class        Class       `bun:"class"`
	Version      int64       `bun:"version"` // optimistic lock: grows with every change
	State        State       `bun:"state"`
	LiveEdition  int64       `bun:"live_edition"`                 // 0 when none
	DraftEdition int64       `bun:"draft_edition"`                // 0 when none
	ReleaseAt    int64       `bun:"release_at"`                   // planned release, unix ms, 0 none
	OfflineAt    int64       `bun:"offline_at"`                   // planned withdrawal, unix ms, 0 none
	Withdrawal   *Withdrawal `bun:"withdrawal,type:text,notnull"` // nil when it was not withdrawn
	CreatedAt    int64       `bun:"created_at"`
	UpdatedBy    string      `bun:"updated_by"` // kind and id of who did, such as "token:7"; "" before that was noted
	UpdatedAt    int64       `bun:"updated_at"`
}

// Withdrawal is how an item was withdrawn.
type Withdrawal struct {
	Kind      WithdrawKind `json:"kind"`
	Reason    string       `json:"reason"`
	Successor int64        `json:"successor,omitempty"` // item that replaces it
	At        int64        `json:"at"`
}

// LinkKind says how one item refers to another.
type LinkKind string

// The kinds of links between items.
const (
	Interprets LinkKind = "interprets" // from an interpretation to its document
	Amends     LinkKind = "amends"     // to the document that it changes
	Repeals    LinkKind = "repeals"    // to the document that it ends
	DerivedOf  LinkKind = "source"     // from a copy to what it was taken from
	Related    LinkKind = "related"
)

var linkKinds = []LinkKind{Interprets, Amends, Repeals, DerivedOf, Related}

// Link ties two items.
type Link struct {
	From int64    `bun:"from_item,pk"`
	To   int64    `bun:"to_item,pk"`
	Kind LinkKind `bun:"kind,pk"`
}

// Placement puts an item into a column of a site.
type Placement struct {
	ID       int64  `bun:"id,pk"`
	ItemID   int64  `bun:"item_id"`
	Owner    int64  `bun:"owner"` // owner of the item
	SiteID   int64  `bun:"site_id"`
	ColumnID int64  `bun:"column_id"`
	Headline string `bun:"headline"`   // "" uses the edition's title
	At       int64  `bun:"at"`         // date shown and sorted by, unix ms
	Primary  bool   `bun:"is_primary"` // the placement whose column the item's page on this site belongs to
	Live     bool   `bun:"live"`       // the item is live and listed
}

// Place says where an item is to be placed; the desk makes a Placement of it.
type Place struct {
	SiteID     int64
	ColumnID   int64
	ColumnPath string // for the address
	OwnPage    bool   // false in page columns, whose address shows the item itself
	Headline   string
	At         int64 // 0 uses the edition's publish time; AtEnd stands behind all others
}

// AtEnd is the time of a placement whose item is dated by guess: it stands at the end of lists and feeds, and its page
// shows the time of its edition. It is one millisecond after 1970 began.
const AtEnd int64 = 1

// Provenance is where an item came from.
type Provenance struct {
	Source     string `bun:"source,pk"`      // name of the source: a site, a file set
	ExternalID string `bun:"external_id,pk"` // the item's key there
	OriginURL  string `bun:"origin_url"`     // original address
	FetchedAt  int64  `bun:"fetched_at"`     // unix ms
	RawHash    string `bun:"raw_hash"`       // blob with the bytes as they came
	Extractor  string `bun:"extractor"`      // version of the extractor or mapping
}

// Incoming is one item on its way into the library.
type Incoming struct {
	Owner      int64
	Class      Class
	Edition    Edition
	Places     []Place
	Provenance Provenance
	Tags       []string
	OldPaths   []OldPath
	LinksTo    []ExternalLink
	NeverMerge bool           // written here: never merged with an item of the same text
	AsDraft    bool           // a new item waits as a draft until it is released
	IndexOrg   string         // organ code for the index number of a document that has none; "" gives none
	Findings   []rule.Finding // of the import itself; the metadata standard adds its own
}

// OldPath is an address that must go on answering with a redirect to the item.
type OldPath struct {
	SiteID int64
	Path   string // with query, in the spelling of address.OldKey
	Host   string // where it was; "" when that is not known
}

// key is where the address answers, on any host of the site.
func (o OldPath) key() oldKey { return oldKey{o.SiteID, o.Path} }

// hostKey is where it answers on its own host only.
func (o OldPath) hostKey() oldKey { return oldKey{o.SiteID, address.OldByHost + o.Host + o.Path} }

// ExternalLink names its target by the key it has in the same source; the target may
// arrive later.
type ExternalLink struct {
	Kind       LinkKind
	ExternalID string
}

// Status says how an input ended.
type Status string

// How inputs end; quarantined is the importer's own.
const (
	Imported  Status = "imported"
	Updated   Status = "updated"
	Unchanged Status = "unchanged"
	Merged    Status = "merged" // the same text was already in the library
)

// Outcome is the result for one Incoming.
type Outcome struct {
	Status   Status
	ItemID   int64
	Findings []rule.Finding
}
