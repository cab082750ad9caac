package lexicon

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/lexicon/check"
)

func levels(ctx context.Context, db bun.IDB, owner int64) (map[string]check.Level, error) {
	var rows []levelRow
	err := db.NewSelect().Model(&rows).Where("owner = ?", owner).Scan(ctx)
	out := map[string]check.Level{}
	for _, r := range rows {
		out[r.Code] = r.Level
	}
	return out, err
}

// Levels returns the levels that a site has set, by kind or dictionary.
func (d *Desk) Levels(ctx context.Context, owner int64) (map[string]check.Level, error) {
	if err := reads(ctx, owner); err != nil {
		return nil, err
	}
	return levels(ctx, d.db.Read(), owner)
}

// SetLevels replaces the levels of a site. What is not in set has its default. A level above the greatest of its kind
// is refused.
func (d *Desk) SetLevels(ctx context.Context, owner int64, set map[string]check.Level) (err error) {
	defer fault.Annotate(&err, "lexicon.SetLevels(site %d)", owner)
	if err := may(ctx, Write, owner); err != nil {
		return err
	}
	all, err := d.Dictionaries(ctx, owner)
	if err != nil {
		return err
	}
	most := map[string]check.Level{}
	for _, k := range check.Kinds() {
		most[k.Code] = k.Most
	}
	for _, x := range all {
		most[x.Code] = most[x.Kind]
	}
	var rows []levelRow
	for _, code := range slices.Sorted(maps.Keys(set)) {
		top, known := most[code]
		switch l := set[code]; {
		case !known:
			return fault.InvalidFields(map[string]string{"levels": "没有 " + code}, "没有检查或词库 %s", code)
		case !l.Valid():
			return fault.InvalidFields(map[string]string{"levels": code + " 应是 block、warn、hint 或 off"},
				"%s 的级别有误", code)
		case l == check.Block && top != check.Block:
			return fault.InvalidFields(map[string]string{"levels": code + " 最高是 warn"}, "%s 不够确定，最高只能警告", code)
		default:
			rows = append(rows, levelRow{Owner: owner, Code: code, Level: l})
		}
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*levelRow)(nil)).Where("owner = ?", owner).Exec(ctx); err != nil {
			return err
		}
		if len(rows) > 0 {
			if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
				return err
			}
		}
		return d.note(ctx, tx, Write, "levels", owner, owner, fmt.Sprintf("设定检查级别 %d 项", len(rows)))
	})
}

func leaders(ctx context.Context, db bun.IDB, owner int64) ([]check.Leader, error) {
	var rows []leaderRow
	err := db.NewSelect().Model(&rows).Where("owner = ?", owner).Order("place").Scan(ctx)
	var out []check.Leader
	for _, r := range rows {
		out = append(out, check.Leader{Name: r.Name, Titles: r.Titles})
	}
	return out, err
}

// Leaders returns the table of leaders of a site, in the order in which they are named.
func (d *Desk) Leaders(ctx context.Context, owner int64) ([]check.Leader, error) {
	if err := reads(ctx, owner); err != nil {
		return nil, err
	}
	return leaders(ctx, d.db.Read(), owner)
}

// SetLeaders replaces the table of leaders of a site.
func (d *Desk) SetLeaders(ctx context.Context, owner int64, people []check.Leader) (err error) {
	defer fault.Annotate(&err, "lexicon.SetLeaders(site %d)", owner)
	if err := may(ctx, Write, owner); err != nil {
		return err
	}
	if len(people) > maxLeaders {
		return fault.New(fault.Invalid, "领导名单最多 %d 人", maxLeaders)
	}
	var rows []leaderRow
	seen := map[string]bool{}
	for i, p := range people {
		name := strings.TrimSpace(p.Name)
		if n := len([]rune(name)); n < 2 || n > 20 || seen[name] {
			return fault.InvalidFields(map[string]string{fmt.Sprintf("leaders[%d].name", i): "姓名应是 2 到 20 个字，不重复"},
				"领导名单第 %d 人的姓名有误", i+1)
		}
		seen[name] = true
		titles := []string{}
		for _, t := range p.Titles {
			if t = strings.TrimSpace(t); t != "" {
				titles = append(titles, t)
			}
		}
		rows = append(rows, leaderRow{Owner: owner, Place: i + 1, Name: name, Titles: titles})
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*leaderRow)(nil)).Where("owner = ?", owner).Exec(ctx); err != nil {
			return err
		}
		if len(rows) > 0 {
			if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
				return err
			}
		}
		return d.note(ctx, tx, Write, "leaders", owner, owner, fmt.Sprintf("更新领导名单，共 %d 人", len(rows)))
	})
}
