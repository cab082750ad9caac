package resource

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
)

// rowsToAdd are the new rows of one call of Receive.
type rowsToAdd struct {
	items      []*itemRow
	editions   []*editionRow
	provenance []*provenanceRow
	placements []placementRow
	addresses  []newAddress
	tags       []tagRow
	old        []oldAddressRow
	numbers    []indexNoRow
	findings   []findingRow
}

// newAddress is an address without its number.
type newAddress struct {
	row    addressRow
	column string // path of the column in which the item was placed first
	at     int64  // unix ms: date in the address
}

// redirect adds a redirect from an old address to the item. If the address already redirects to another item, it adds
// the redirect only for the host of the address. If that is taken too, it adds a finding instead.
func (r *receiver) redirect(it *itemRow, o OldPath) (added bool) {
	key := o.key()
	if holder, taken := r.old[key]; taken && holder != it.ID && o.Host != "" {
		key = o.hostKey()
	}
	switch holder, taken := r.old[key]; {
	case !taken:
		r.old[key] = it.ID
		r.added.old = append(r.added.old, oldAddressRow{SiteID: key.site, Path: key.path, ItemID: it.ID})
		return true
	case holder != it.ID:
		r.addFindings(it, []rule.Finding{{Code: "import.old-address", Level: rule.Warn, Field: "旧地址",
			Text: fmt.Sprintf("旧地址 %s 已经跳转到信息 %d，没有改到这里；如果不对，请核对两条信息的原地址", o.Path, holder)}})
	}
	return false
}

// attach adds the missing placements, tags, old addresses and links. It reports whether that changes a page.
func (r *receiver) attach(it *itemRow, in *Incoming) (changed bool) {
	for _, p := range in.Places {
		if p.At == 0 {
			p.At = in.Edition.PublishedAt
		}
		changed = r.place(it, p, in.Edition.PublishedAt) || changed
	}
	for _, tag := range in.Tags {
		if row := (tagRow{ItemID: it.ID, Tag: tag, Owner: it.Owner}); !r.tagged[row] {
			r.tagged[row] = true
			r.added.tags = append(r.added.tags, row)
		}
	}
	for _, o := range in.OldPaths {
		changed = r.redirect(it, o) || changed
	}
	for _, l := range in.LinksTo {
		r.links = append(r.links, wantedLink{from: it.ID, kind: l.Kind,
			to: sourceKey{in.Owner, in.Provenance.Source, l.ExternalID}})
	}
	if changed {
		r.touch(it)
	}
	return changed
}

func (r *receiver) place(it *itemRow, p Place, published int64) bool {
	here := r.placed[it.ID]
	if r.gone[[2]int64{it.ID, p.ColumnID}] || slices.ContainsFunc(here,
		func(h placementRow) bool { return h.ColumnID == p.ColumnID }) {
		return false
	}
	row := newPlacement(it, p, slices.ContainsFunc(here, func(h placementRow) bool { return h.SiteID == p.SiteID }))
	r.placed[it.ID] = append(here, row)
	r.added.placements = append(r.added.placements, row)
	if key := [2]int64{p.SiteID, it.ID}; p.OwnPage && !r.address[key] {
		r.address[key] = true
		r.added.addresses = append(r.added.addresses,
			newAddress{row: addressRow{SiteID: p.SiteID, ItemID: it.ID}, column: p.ColumnPath, at: p.day(published)})
	}
	return true
}

// day returns the date in the address of an item that is placed at p, in unix ms.
func (p Place) day(published int64) int64 {
	if p.At == AtEnd {
		return published
	}
	return p.At
}

// write inserts the collected rows and then adds the links.
func (r *receiver) write(ctx context.Context) error {
	a := &r.added
	addresses, err := r.numbered(ctx, a.addresses)
	if err != nil {
		return err
	}
	for _, insert := range []func() error{
		func() error { return insertAll(ctx, r.tx, a.items) },
		func() error { return insertAll(ctx, r.tx, a.editions) },
		func() error { return insertAll(ctx, r.tx, a.provenance) },
		func() error { return insertAll(ctx, r.tx, a.placements) },
		func() error { return insertAll(ctx, r.tx, addresses) },
		func() error { return insertAll(ctx, r.tx, a.tags) },
		func() error { return insertAll(ctx, r.tx, a.old) },
		func() error { return insertAll(ctx, r.tx, a.numbers) },
		func() error { return insertAll(ctx, r.tx, a.findings) },
		func() error { return r.tieAll(ctx) },
	} {
		if err := insert(); err != nil {
			return err
		}
	}
	return nil
}

// numbered returns the rows of new addresses with their numbers. It reserves the numbers once per site.
func (r *receiver) numbered(ctx context.Context, added []newAddress) ([]addressRow, error) {
	count := map[int64]int64{}
	var sites []int64
	for _, a := range added {
		if count[a.row.SiteID]++; count[a.row.SiteID] == 1 {
			sites = append(sites, a.row.SiteID)
		}
	}
	slices.Sort(sites) // all transactions lock the counters in the same order
	next := map[int64]int64{}
	for _, s := range sites {
		first, err := nextNumbers(ctx, r.tx, siteCounter(s), count[s])
		if err != nil {
			return nil, err
		}
		next[s] = first
	}
	rows := make([]addressRow, len(added))
	for i, a := range added {
		a.row.No = next[a.row.SiteID]
		next[a.row.SiteID]++
		a.row.Path = addressOf(a.column, a.at, a.row.No)
		rows[i] = a.row
	}
	return rows, nil
}

// insertChunk is the maximum number of rows in one INSERT. It is small because editions contain whole articles.
const insertChunk = 50

func insertAll[T any](ctx context.Context, tx bun.Tx, rows []T) error {
	for chunk := range slices.Chunk(rows, insertChunk) {
		if _, err := tx.NewInsert().Model(&chunk).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// wantedLink is a link whose target is given by its key in the source.
type wantedLink struct {
	from int64
	kind LinkKind
	to   sourceKey
}

// tieAll adds the links of the batch whose target is in the library. It stores the other links as pending. It also adds
// the pending links whose target is in this batch.
func (r *receiver) tieAll(ctx context.Context) error {
	var ties []linkRow
	var pending []pendingLinkRow
	for _, l := range r.links {
		if err := checkItem(ctx, r.tx, r.by, r.right, r.items[l.from]); fault.Is(err, fault.Forbidden) {
			r.leaveOut(l.from, l.kind, err) // from belongs to a merged item in a column without permission
			continue
		} else if err != nil {
			return err
		}
		if to := r.known[l.to]; to != nil {
			ties = append(ties, linkRow{Link: Link{l.from, to.ItemID, l.kind}, Owner: l.to.owner})
		} else {
			pending = append(pending, pendingLinkRow{
				Owner:      l.to.owner,
				Source:     l.to.source,
				ExternalID: l.to.externalID,
				From:       l.from,
				Kind:       l.kind,
			})
		}
	}
	if len(pending) > 0 {
		if _, err := r.tx.NewInsert().Model(&pending).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	waiting, err := r.waiting(ctx)
	if err != nil {
		return err
	}
	if err := r.tie(ctx, append(ties, waiting...)); err != nil {
		return err
	}
	return r.tellLeftOut(ctx)
}

// waiting deletes and returns the pending links whose target is in this batch.
func (r *receiver) waiting(ctx context.Context) ([]linkRow, error) {
	type source struct {
		owner int64
		name  string
	}
	came := map[source][]string{}
	for _, p := range r.added.provenance {
		k := source{p.Owner, p.Source}
		came[k] = append(came[k], p.ExternalID)
	}
	var ties []linkRow
	for k, ids := range came {
		var rows []pendingLinkRow
		err := r.tx.NewDelete().Model(&rows).Where("owner = ? AND source = ? AND external_id IN (?)", k.owner, k.name,
			bun.List(ids)).Returning("*").Scan(ctx)
		if err != nil && !store.NotFound(err) {
			return nil, err
		}
		for _, w := range rows {
			to := r.known[sourceKey{w.Owner, w.Source, w.ExternalID}].ItemID
			ties = append(ties, linkRow{Link: Link{w.From, to, w.Kind}, Owner: w.Owner})
		}
	}
	return ties, nil
}

// tie adds the missing links. A link is accepted if the actor has the permission for its target. Otherwise it is
// proposed, as in Desk.Link. A link of a kind that is not allowed is left out and reported by a finding.
func (r *receiver) tie(ctx context.Context, ties []linkRow) error {
	if len(ties) == 0 {
		return nil
	}
	var from, ends []int64
	for _, l := range ties {
		from, ends = append(from, l.From), append(ends, l.From, l.To)
	}
	var have []linkRow
	if err := r.tx.NewSelect().Model(&have).Where("from_item IN (?)", bun.List(from)).Scan(ctx); err != nil {
		return err
	}
	var items []*itemRow
	if err := r.tx.NewSelect().Model(&items).Where("id IN (?)", bun.List(ends)).Scan(ctx); err != nil {
		return err
	}
	for _, it := range items {
		r.items[it.ID] = it
	}
	var missing []linkRow
	for _, l := range ties {
		if l.From == l.To || slices.ContainsFunc(have,
			func(h linkRow) bool { return h.Link == l.Link }) {
			continue
		}
		have = append(have, l)
		from, to := r.items[l.From], r.items[l.To]
		if err := checkKind(l.Kind, from.Class, to.Class); err != nil {
			r.leaveOut(l.From, l.Kind, err)
			continue
		}
		l.State, l.At = LinkAccepted, r.desk.now().UnixMilli()
		if err := checkItem(ctx, r.tx, r.by, r.right, to); fault.Is(err, fault.Forbidden) {
			l.State = LinkProposed
		} else if err != nil {
			return err
		}
		missing = append(missing, l)
		if l.State == LinkAccepted {
			r.changes.item(l.From)
			r.changes.item(l.To)
		}
	}
	return insertAll(ctx, r.tx, missing)
}

// leftOut is the code of the finding about a link that was not added.
const leftOut = "import.link"

func (r *receiver) leaveOut(from int64, kind LinkKind, why error) {
	r.linkFindings[from] = append(r.linkFindings[from], rule.Finding{Code: leftOut, Level: rule.Warn, Field: "关联",
		Text: fmt.Sprintf("来源给出的 %s 关联没有建立：%s", kind, fault.Text(why))})
}

// tellLeftOut stores the findings about links that were not added. They replace those of earlier imports.
func (r *receiver) tellLeftOut(ctx context.Context) error {
	for id, findings := range r.linkFindings {
		if _, err := r.tx.NewDelete().Model((*findingRow)(nil)).Where("item_id = ? AND code = ?", id,
			leftOut).Exec(ctx); err != nil {
			return err
		}
		var rows []findingRow
		for _, f := range findings {
			rows = append(rows, rowOfFinding(r.items[id], f))
		}
		if err := insertAll(ctx, r.tx, rows); err != nil {
			return err
		}
	}
	return nil
}
