package site

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"
)

// stored is one site in the database.
type stored struct {
	site    *Site
	parent  string // code
	columns []*Column
}

// known is the part of the network that a plan needs: the declared sites with their columns, the sites above them, and
// the sites that have a declared domain. It is read with one statement per level of parents and per chunkSize sites.
type known struct {
	db    bun.IDB
	have  map[string]stored // by code
	codes map[int64]string  // by site ID
}

func newKnown(db bun.IDB) *known {
	return &known{db: db, have: map[string]stored{}, codes: map[int64]string{}}
}

// readKnown reads the part of the network that a plan of decls needs.
func readKnown(ctx context.Context, db bun.IDB, decls []Declaration) (map[string]stored, error) {
	k := newKnown(db)
	var codes, hosts []string
	for _, d := range decls {
		codes, hosts = append(codes, d.Site, d.Parent), append(hosts, d.Domains...)
	}
	some, err := sitesBy(ctx, db, "code", codes)
	if err != nil {
		return nil, err
	}
	k.add(some...)
	var ids []int64
	for _, d := range decls {
		if s := k.have[d.Site].site; s != nil {
			ids = append(ids, s.ID)
		}
	}
	if err := k.columns(ctx, ids...); err != nil {
		return nil, err
	}
	return k.have, k.around(ctx, hosts)
}

// columns reads the columns of sites that were already read.
func (k *known) columns(ctx context.Context, ids ...int64) error {
	for chunk := range slices.Chunk(ids, chunkSize) {
		all, err := columns(ctx, k.db, chunk...)
		if err != nil {
			return err
		}
		for _, c := range all {
			s := k.have[k.codes[c.SiteID]]
			s.columns = append(s.columns, c)
			k.have[k.codes[c.SiteID]] = s
		}
	}
	return nil
}

// around reads the sites above the sites read so far, and the sites that have one of the hosts.
func (k *known) around(ctx context.Context, hosts []string) error {
	if err := k.above(ctx); err != nil {
		return err
	}
	var owners []int64
	for chunk := range slices.Chunk(hosts, chunkSize) {
		var some []int64
		if err := k.db.NewSelect().Model((*domainRow)(nil)).Distinct().Column("site_id").Where("host IN (?)",
			bun.List(chunk)).Scan(ctx, &some); err != nil {
			return err
		}
		owners = append(owners, some...)
	}
	return k.byID(ctx, owners)
}

// above reads the parents of the sites read so far, their parents and so on, with one statement per level. When parents
// form a cycle, it still reads each site once.
func (k *known) above(ctx context.Context) error {
	for {
		var parents []int64
		for _, s := range k.have {
			if id := s.site.ParentID; id != 0 && k.codes[id] == "" {
				parents = append(parents, id)
			}
		}
		before := len(k.have)
		if err := k.byID(ctx, parents); err != nil || len(k.have) == before {
			k.setParents()
			return err
		}
	}
}

// setParents sets the parent code of each site.
func (k *known) setParents() {
	for code, s := range k.have {
		s.parent = k.codes[s.site.ParentID]
		k.have[code] = s
	}
}

func (k *known) byID(ctx context.Context, ids []int64) error {
	ids = slices.DeleteFunc(ids, func(id int64) bool { return k.codes[id] != "" })
	some, err := sitesBy(ctx, k.db, "id", ids)
	k.add(some...)
	return err
}

func (k *known) add(some ...*Site) {
	for _, s := range some {
		k.have[s.Code], k.codes[s.ID] = stored{site: s}, s.Code
	}
}

// chunkSize is the maximum number of values (IDs, codes, domains or rows) in one statement.
const chunkSize = 400

// sitesBy returns the sites for which a field of the database row, "id" or "code", has one of the values. It sorts
// values. The sites of each chunk of chunkSize values are returned oldest first.
func sitesBy[T cmp.Ordered](ctx context.Context, db bun.IDB, field string, values []T) (out []*Site, err error) {
	slices.Sort(values)
	for chunk := range slices.Chunk(slices.Compact(values), chunkSize) {
		var rows []siteRow
		err := db.NewSelect().Model(&rows).Where("? IN (?)", bun.Ident(field), bun.List(chunk)).Order("id").Scan(ctx)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			out = append(out, rows[i].site())
		}
	}
	return out, nil
}
