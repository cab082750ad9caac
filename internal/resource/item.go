package resource

import (
	"guiyi/internal/address"
	"guiyi/internal/kernel/rule"
)

// Class is the class of an item. It determines the metadata elements and the type of its page.
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

// State is the state of an item.
type State string

// The states of an item.
const (
	Draft     State = "draft"     // never released
	Scheduled State = "scheduled" // release is planned
	Live      State = "live"
	Withdrawn State = "withdrawn"
	Discarded State = "discarded" // in the recycle bin; never public
)

// WithdrawKind says why an item was withdrawn and how its addresses answer.
type WithdrawKind string

// The kinds of withdrawal.
const (
	InError      WithdrawKind = "error"        // 410; the text is no longer public
	Consolidated WithdrawKind = "consolidated" // 301 to the item that replaces it
	WithBanner   WithdrawKind = "banner"       // the page stays with a banner; lists and search no longer contain it
)

// Item is one piece of content in the library. The tags of Item, Edition, Placement, Link and Provenance name their
// database columns. The row types in store.go embed these types and add the columns used only in this package.
type Item struct {
	ID           int64       `bun:"id,pk"`
	Owner        int64       `bun:"owner"` // site id
	Class        Class       `bun:"class"`
	Version      int64       `bun:"version"` // optimistic lock: grows with every change
	State        State       `bun:"state"`
	LiveEdition  int64       `bun:"live_edition"`                 // id; 0 = none
	DraftEdition int64       `bun:"draft_edition"`                // id; 0 = none
	ReleaseAt    int64       `bun:"release_at"`                   // planned release, unix ms; 0 = none
	OfflineAt    int64       `bun:"offline_at"`                   // planned withdrawal, unix ms; 0 = none
	Withdrawal   *Withdrawal `bun:"withdrawal,type:text,notnull"` // nil unless the item is withdrawn
	CreatedAt    int64       `bun:"created_at"`                   // unix ms
	UpdatedBy    string      `bun:"updated_by"`                   // actor, such as "token:7"; "" in old rows
	UpdatedAt    int64       `bun:"updated_at"`                   // unix ms
}

// Withdrawal describes how an item was withdrawn.
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
	Amends     LinkKind = "amends"     // to the document that the item amends
	Repeals    LinkKind = "repeals"    // to the document that the item repeals
	DerivedOf  LinkKind = "source"     // from a copy to its original
	Related    LinkKind = "related"
)

var linkKinds = []LinkKind{Interprets, Amends, Repeals, DerivedOf, Related}

// Link connects two items.
type Link struct {
	From int64    `bun:"from_item,pk"`
	To   int64    `bun:"to_item,pk"`
	Kind LinkKind `bun:"kind,pk"`
}

// Placement is an item in a column of a site.
type Placement struct {
	ID       int64  `bun:"id,pk"`
	ItemID   int64  `bun:"item_id"`
	Owner    int64  `bun:"owner"` // owner of the item
	SiteID   int64  `bun:"site_id"`
	ColumnID int64  `bun:"column_id"`
	Headline string `bun:"headline"`   // "" = title of the edition
	At       int64  `bun:"at"`         // unix ms: the date that is shown and sorted by
	Primary  bool   `bun:"is_primary"` // the item's page on this site belongs to this column
	Live     bool   `bun:"live"`       // the item is live, so the list of the column shows it
}

// Place describes a placement that is to be added.
type Place struct {
	SiteID     int64
	ColumnID   int64
	ColumnPath string // for the address
	OwnPage    bool   // the item gets an address; false in page columns, where the column's address shows the item
	Headline   string
	At         int64 // unix ms; 0 = publication time of the edition; AtEnd = after all others
}

// AtEnd is the time of a placement whose item has a guessed date. So the item is at the end of lists and feeds; its
// page shows the time of its edition.
const AtEnd int64 = 1

// Provenance describes where an item comes from.
type Provenance struct {
	Source     string `bun:"source,pk"`      // name of the source: a site, a file set
	ExternalID string `bun:"external_id,pk"` // the item's key there
	OriginURL  string `bun:"origin_url"`     // original address
	FetchedAt  int64  `bun:"fetched_at"`     // unix ms
	RawHash    string `bun:"raw_hash"`       // hash of the blob with the original bytes
	Extractor  string `bun:"extractor"`      // version of the extractor or mapping
}

// Incoming is an item that is to be added to the library.
type Incoming struct {
	Owner      int64
	Class      Class
	Edition    Edition
	Places     []Place
	Provenance Provenance
	Tags       []string
	OldPaths   []OldPath
	LinksTo    []ExternalLink
	NeverMerge bool           // the item is never merged with one of the same text
	AsDraft    bool           // a new item is a draft
	IndexOrg   string         // organ code for the index number of a document that has none; "" = assign no number
	Findings   []rule.Finding // of the import; Receive adds those of the metadata standard
}

// OldPath is an old address that redirects to the item.
type OldPath struct {
	SiteID int64
	Path   string // with query, normalized by address.OldKey
	Host   string // host of the old address; "" = unknown
}

// key returns the key under which the address is answered on every host of the site.
func (o OldPath) key() oldKey { return oldKey{o.SiteID, o.Path} }

// hostKey returns the key under which the address is answered only on its own host.
func (o OldPath) hostKey() oldKey { return oldKey{o.SiteID, address.OldByHost + o.Host + o.Path} }

// ExternalLink is a link to an item of the same source, given by its key there. The item may be received later.
type ExternalLink struct {
	Kind       LinkKind
	ExternalID string
}

// Status is the result of receiving an item.
type Status string

// The statuses of received items. The importer adds "quarantined".
const (
	Imported  Status = "imported"
	Updated   Status = "updated"
	Unchanged Status = "unchanged"
	Merged    Status = "merged" // the same text was already in the library
)

// Outcome is the result of Receive for one Incoming.
type Outcome struct {
	Status   Status
	ItemID   int64
	Findings []rule.Finding
}
