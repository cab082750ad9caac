package resource

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource/media"
)

// Changed is the event that items became public, changed, or were withdrawn. A transaction emits it with all items that
// it changed.
const Changed = "resource.changed"

// ChangedEvent is the payload of Changed.
type ChangedEvent struct {
	Items []Change `json:"items"`
}

// Change is the change of one item. It names the pages that show the item now or showed it before.
type Change struct {
	Item int64 `json:"item"`
	// Spots are the positions of the item in lists, before and after the change.
	Spots []Spot `json:"spots"`
	// Links are the items that have an accepted link with this one, so that their pages show it.
	Links []int64 `json:"links,omitempty"`
}

// Spot is the position of an item in the list of a column.
type Spot struct {
	Site   int64 `json:"site"`
	Column int64 `json:"column"`
	At     int64 `json:"at"`
}

// Kinds of jobs of this slice.
const (
	JobRelease  = "resource.release"
	JobWithdraw = "resource.withdraw"
)

// Desk changes the library. Every method checks that the actor in the context has the required permission on each item
// and column that it changes.
type Desk struct {
	db    *store.DB
	board *jobs.Board
	media *media.Store
	now   func() time.Time
}

// NewDesk returns a desk and registers the handlers of planned releases and withdrawals on board. Without blobs,
// uploads are not possible.
func NewDesk(db *store.DB, board *jobs.Board, blobs *blob.Store, now func() time.Time) *Desk {
	d := &Desk{db: db, board: board, media: &media.Store{DB: db, Blobs: blobs, Now: now}, now: now}
	due := jobs.HandleOptions{Queue: "resource", Batch: 100, Permissions: []actor.Permission{ReleaseItems}}
	board.Handle(JobRelease, d.releaseDue, due)
	board.Handle(JobWithdraw, d.withdrawDue, due)
	return d
}

// changes collects the changed items of a transaction for the event Changed.
type changes struct {
	order []int64
	by    map[int64]*Change
}

func newChanges() *changes { return &changes{by: map[int64]*Change{}} }

func (c *changes) item(id int64) *Change {
	if c.by[id] == nil {
		c.by[id] = &Change{Item: id}
		c.order = append(c.order, id)
	}
	return c.by[id]
}

// maxEventItems is the maximum number of items in one event. Items that are released together should be published in
// one revision, so the number is large; the payload is then about 1 MB. More items are emitted as several events.
const maxEventItems = 5000

// queryItems is the maximum number of ids in one query.
const queryItems = 500

func (d *Desk) emit(ctx context.Context, tx bun.Tx, c *changes) error {
	for ids := range slices.Chunk(c.order, maxEventItems) {
		payload := ChangedEvent{}
		for _, id := range ids {
			payload.Items = append(payload.Items, *c.by[id])
		}
		if err := d.board.Emit(ctx, tx, jobs.Event{Name: Changed, Revision: store.NewID(),
			Payload: payload}); err != nil {
			return err
		}
	}
	return nil
}

// actorName returns the actor as kind and id, for rows. The use case has checked before that there is an actor.
func actorName(ctx context.Context) string {
	by, _ := actor.From(ctx)
	return by.String()
}

// log adds an audit row for each item in the transaction of the change.
func (d *Desk) log(ctx context.Context, tx bun.Tx, p actor.Permission, rows []*itemRow, format string, a ...any) error {
	entries := make([]audit.Entry, len(rows))
	for i, r := range rows {
		entries[i] = audit.Entry{
			Action: p,
			Object: "item",
			ID:     r.ID,
			Owner:  r.Owner,
			Detail: fmt.Sprintf(format, a...),
		}
	}
	return audit.Append(ctx, tx, entries...)
}

// emitItems emits Changed for items whose placements did not change.
func (d *Desk) emitItems(ctx context.Context, tx bun.Tx, rows []*itemRow) error {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return d.emitChanged(ctx, tx, ids...)
}

// emitChanged emits Changed for items with their current spots and links.
func (d *Desk) emitChanged(ctx context.Context, tx bun.Tx, items ...int64) error {
	c := newChanges()
	for _, id := range items {
		c.item(id)
	}
	if err := c.addSpots(ctx, tx, c.order); err != nil {
		return err
	}
	return d.emit(ctx, tx, c)
}

// addSpots adds the current spots and accepted links of the items to their changes.
func (c *changes) addSpots(ctx context.Context, tx bun.IDB, items []int64) error {
	for ids := range slices.Chunk(slices.Clone(items), queryItems) {
		var rows []placementRow
		if err := tx.NewSelect().Model(&rows).Where("item_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
			return err
		}
		for _, r := range rows {
			ch := c.item(r.ItemID)
			ch.Spots = appendNew(ch.Spots, Spot{Site: r.SiteID, Column: r.ColumnID, At: r.At})
		}
		var links []linkRow
		if err := tx.NewSelect().Model(&links).Where("from_item IN (?) OR to_item IN (?)", bun.List(ids),
			bun.List(ids)).Where("state = ?", LinkAccepted).Scan(ctx); err != nil {
			return err
		}
		for _, l := range links {
			for _, pair := range [][2]int64{{l.From, l.To}, {l.To, l.From}} {
				if ch, ok := c.by[pair[0]]; ok {
					ch.Links = appendNew(ch.Links, pair[1])
				}
			}
		}
	}
	return nil
}

func appendNew[T comparable](s []T, v T) []T {
	if slices.Contains(s, v) {
		return s
	}
	return append(s, v)
}

// take loads items for a change and checks that the actor has the permission p on each.
func take(ctx context.Context, tx bun.Tx, p actor.Permission, ids []int64) ([]*itemRow, error) {
	by, err := actor.Allowed(ctx, p)
	if err != nil {
		return nil, err
	}
	var rows []*itemRow
	if err := tx.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	found := map[int64]bool{}
	for _, r := range rows {
		// An item outside of the scope is reported as missing, so that its existence is not disclosed.
		found[r.ID] = by.Scope.Allows(r.Owner)
	}
	for _, id := range ids {
		if !found[id] {
			return nil, missing(id)
		}
	}
	return rows, checkBranch(ctx, tx, by, p, rows)
}

// Seen is an item and the version of it that the caller has seen. A change is refused if the item has another version.
// Library.Current returns the current versions.
type Seen struct {
	Item    int64
	Version int64
}

// takeSeen is take for items whose versions the caller has seen. It returns a Conflict fault if a version differs or an
// item is in the recycle bin.
func takeSeen(ctx context.Context, tx bun.Tx, p actor.Permission, seen []Seen) ([]*itemRow, error) {
	rows, err := take(ctx, tx, p, idsOf(seen))
	if err != nil {
		return nil, err
	}
	for _, s := range seen {
		for _, r := range rows {
			if r.ID == s.Item && r.Version != s.Version {
				return nil, conflict(r.ID)
			}
			if r.State == Discarded {
				return nil, fault.New(fault.Conflict, "信息 %d 在回收站里，请先恢复", r.ID)
			}
		}
	}
	return rows, nil
}

func idsOf(seen []Seen) []int64 {
	ids := make([]int64, len(seen))
	for i, s := range seen {
		ids[i] = s.Item
	}
	return ids
}

func itemsOf(rows []*itemRow) []*Item {
	out := make([]*Item, len(rows))
	for i, r := range rows {
		out[i] = r.item()
	}
	return out
}

func missing(id int64) error {
	return fault.New(fault.NotFound, "没有编号为 %d 的信息，或您没有它的权限", id)
}

// saveItem updates an item with the next version. It returns a Conflict fault if the item was changed meanwhile.
func (d *Desk) saveItem(ctx context.Context, tx bun.Tx, r *itemRow) error {
	was := r.Version
	r.Version++
	r.UpdatedAt, r.UpdatedBy = d.now().UnixMilli(), actorName(ctx)
	r.Withdrawal = orZero(r.Withdrawal)
	res, err := tx.NewUpdate().Model(r).WherePK().Where("version = ?", was).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return conflict(r.ID)
}

func conflict(id int64) error {
	return fault.New(fault.Conflict, "信息 %d 已被别人修改，请查看现在的内容后再试", id)
}
