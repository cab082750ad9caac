package editorial

import (
	"context"
	"embed"
	"io/fs"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations are the tables of this slice.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "editorial", FS: sub}
}

func insert[T any](ctx context.Context, tx bun.Tx, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// load reads a task with what it waits for.
func load(ctx context.Context, db bun.IDB, id int64) (*Task, error) {
	t := new(Task)
	err := db.NewSelect().Model(t).Where("id = ?", id).Scan(ctx)
	if store.NotFound(err) {
		return nil, missing(id)
	}
	if err != nil {
		return nil, err
	}
	return t, db.NewSelect().Model(&t.Waits).Where("task_id = ?", id).Order("unit").Scan(ctx)
}

func missing(id int64) error {
	return fault.New(fault.NotFound, "没有编号为 %d 的审核任务，或您没有它的权限", id)
}

func conflict(id int64) error {
	return fault.New(fault.Conflict, "审核任务 %d 已被别人处理，请查看现在的情况后再试", id)
}

// save writes a task back unless somebody changed it meanwhile.
func save(ctx context.Context, tx bun.Tx, t *Task) error {
	was := t.Version
	t.Version++
	res, err := tx.NewUpdate().Model(t).WherePK().Where("version = ?", was).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return conflict(t.ID)
}

// await replaces what a task waits for; no waits when it has ended.
func await(ctx context.Context, tx bun.Tx, t *Task, waits []Wait) error {
	if _, err := tx.NewDelete().Model((*Wait)(nil)).Where("task_id = ?", t.ID).Exec(ctx); err != nil {
		return err
	}
	t.Waits = waits
	return insert(ctx, tx, waits)
}

// join gives a person his part in a task. The primary key refuses a second part, whoever asks.
func join(ctx context.Context, tx bun.Tx, t *Task, who string, step int) error {
	have := new(part)
	err := tx.NewSelect().Model(have).Where("task_id = ? AND who = ?", t.ID, who).Scan(ctx)
	switch {
	case err == nil && have.Step == 0:
		return fault.New(fault.Forbidden, "审核人不能审核自己写的或自己送审的稿件，请由别人审核。")
	case err == nil:
		return fault.New(fault.Forbidden, "您已经审过这篇稿件的第 %d 步，一个人不能审两步，请由别人审核。", have.Step)
	case !store.NotFound(err):
		return err
	}
	_, err = tx.NewInsert().Model(&part{Task: t.ID, Who: who, Step: step}).Exec(ctx)
	return err
}

// note adds an act to a task.
func note(ctx context.Context, tx bun.Tx, a Act) error {
	var last int
	if err := tx.NewSelect().Model((*Act)(nil)).ColumnExpr("COALESCE(MAX(no), 0)").Where("task_id = ?", a.Task).
		Scan(ctx, &last); err != nil {
		return err
	}
	if a.No = last + 1; a.Ticks == nil {
		a.Ticks = []string{}
	}
	_, err := tx.NewInsert().Model(&a).Exec(ctx)
	return err
}
