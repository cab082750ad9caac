package edit

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/tenant"
	"guiyi/internal/resource"
)

// Keep notes that a file is in the blob store for items of an owner to use.
func (d *Desk) Keep(ctx context.Context, owner int64, f resource.File) (err error) {
	defer fault.Annotate(&err, "edit.Keep(%d)", owner)
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	if err := scope.Check(owner); err != nil {
		return err
	}
	row := mediaRow{
		Owner: owner,
		Hash:  f.Hash,
		Type:  f.Type,
		Ext:   f.Ext,
		Size:  f.Size,
		Name:  f.Name,
		At:    d.Now().UnixMilli(),
	}
	return d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_,
			err := tx.NewInsert().Model(&row).On("CONFLICT (owner, hash) DO UPDATE").Set(
			"type = EXCLUDED.type, ext = EXCLUDED.ext, name = EXCLUDED.name, at = EXCLUDED.at").Exec(ctx)
		return err
	})
}

// Files returns, by hash, the files that an edition may name: those kept for the owner,
// and those of earlier editions of the item (0: a new one).
func (d *Desk) Files(ctx context.Context, owner, item int64, hashes []string) (map[string]resource.File, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := scope.Check(owner); err != nil {
		return nil, err
	}
	return files(ctx, d.DB.Read(), owner, item, hashes)
}

func files(ctx context.Context, db bun.IDB, owner, item int64, hashes []string) (map[string]resource.File, error) {
	out := map[string]resource.File{}
	if len(hashes) == 0 {
		return out, nil
	}
	var editions []editionFiles
	if item != 0 {
		if err := db.NewSelect().Model(&editions).Where("item_id = ? AND owner = ?", item,
			owner).Scan(ctx); err != nil {
			return nil, err
		}
	}
	for _, e := range editions {
		had := slices.Clone(e.Files)
		for _, m := range append(slices.Clone(e.Media), e.Cover) {
			had = append(had, resource.File{
				Name: m.Alt,
				Hash: m.Hash,
				Type: m.Type,
				Ext:  m.Ext,
				Size: m.Size,
			})
		}
		for _, f := range had {
			if slices.Contains(hashes, f.Hash) {
				out[f.Hash] = f
			}
		}
	}
	var rows []mediaRow
	if err := db.NewSelect().Model(&rows).Where("owner = ? AND hash IN (?)", owner,
		bun.List(hashes)).Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.Hash] = resource.File{
			Name: r.Name,
			Hash: r.Hash,
			Type: r.Type,
			Ext:  r.Ext,
			Size: r.Size,
		}
	}
	return out, nil
}

// checkFiles refuses an edition with files that are not the owner's to publish.
func checkFiles(ctx context.Context, tx bun.Tx, owner, item int64, e *resource.Edition) error {
	var hashes []string
	for _, m := range e.Media {
		hashes = append(hashes, m.Hash)
	}
	for _, f := range e.Files {
		hashes = append(hashes, f.Hash)
	}
	if e.Cover != nil {
		hashes = append(hashes, e.Cover.Hash)
	}
	have, err := files(ctx, tx, owner, item, hashes)
	if err != nil {
		return err
	}
	for _, h := range hashes {
		if _, ok := have[h]; !ok {
			return NotKept(h)
		}
	}
	return nil
}

// NotKept says that a file was not uploaded to the site.
func NotKept(hash string) error {
	return fault.New(fault.Invalid, "没有文件 %.16s…，请先把它上传到信息所属的站点", hash)
}

type mediaRow struct {
	bun.BaseModel `bun:"table:resource_media"`

	Owner int64  `bun:"owner,pk"`
	Hash  string `bun:"hash,pk"`
	Type  string `bun:"type"`
	Ext   string `bun:"ext"`
	Size  int64  `bun:"size"`
	Name  string `bun:"name"`
	At    int64  `bun:"at"`
}

type editionFiles struct {
	bun.BaseModel `bun:"table:resource_edition"`

	Cover resource.Media   `bun:"cover,type:text"`
	Media []resource.Media `bun:"media,type:text"`
	Files []resource.File  `bun:"files,type:text"`
}

type itemRow struct {
	bun.BaseModel `bun:"table:resource_item"`

	ID        int64          `bun:"id,pk"`
	Owner     int64          `bun:"owner"`
	Class     resource.Class `bun:"class"`
	Version   int64          `bun:"version"`
	State     resource.State `bun:"state"`
	ReleaseAt int64          `bun:"release_at"`
	OfflineAt int64          `bun:"offline_at"`
}

type placementRow struct {
	bun.BaseModel `bun:"table:resource_placement"`

	ID       int64  `bun:"id,pk"`
	ItemID   int64  `bun:"item_id"`
	Owner    int64  `bun:"owner"`
	SiteID   int64  `bun:"site_id"`
	ColumnID int64  `bun:"column_id"`
	Headline string `bun:"headline"`
	At       int64  `bun:"at"`
	Primary  bool   `bun:"is_primary"`
	Live     bool   `bun:"live"`
}

func (r *placementRow) placement() resource.Placement {
	return resource.Placement{
		ID:       r.ID,
		ItemID:   r.ItemID,
		Owner:    r.Owner,
		SiteID:   r.SiteID,
		ColumnID: r.ColumnID,
		Headline: r.Headline,
		At:       r.At,
		Primary:  r.Primary,
		Live:     r.Live,
	}
}
