package people

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Department is a unit of the authority.
type Department struct {
	ID      int64
	Code    string // as scopes name it; never changes
	Name    string
	Parent  int64 // 0 = top
	Version int64
}

func (r *departmentRow) department() *Department {
	return &Department{ID: r.ID, Code: r.Code, Name: r.Name, Parent: r.ParentID, Version: r.Version}
}

var unitShape = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

const maxDepartment = 100 // characters of a name

// AddDepartment makes a department; parent 0 is the top. It requires Write.
func (d *Desk) AddDepartment(ctx context.Context, code, name string, parent int64) (_ *Department, err error) {
	defer fault.Annotate(&err, "people.AddDepartment(%q)", code)
	if _, err := allowed(ctx, Write); err != nil {
		return nil, err
	}
	r := &departmentRow{
		ID:       store.NewID(),
		Code:     fold(code),
		Name:     strings.TrimSpace(name),
		ParentID: parent,
		Version:  1,
	}
	wrong := map[string]string{}
	if !unitShape.MatchString(r.Code) {
		wrong["code"] = "最多 40 个字符，可用小写字母、数字和减号"
	}
	if n := utf8.RuneCountInString(r.Name); n == 0 || n > maxDepartment {
		wrong["name"] = "请填写名称，不超过 100 个字"
	}
	if len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong, "部门信息有 %d 处要更正", len(wrong))
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := departmentThere(ctx, tx, parent); err != nil {
			return err
		}
		taken, err := tx.NewSelect().Model((*departmentRow)(nil)).Where("code = ?", r.Code).Exists(ctx)
		if err != nil {
			return err
		}
		if taken {
			return fault.InvalidFields(map[string]string{"code": "这个代码已有部门用"}, "部门 %s 已存在", r.Code)
		}
		if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Action: Write, Object: "department", ID: r.ID,
			Detail: "建立部门 " + r.Code + " " + r.Name})
	})
	if err != nil {
		return nil, err
	}
	return r.department(), nil
}

// Departments returns all departments, by code: a city has hundreds. It requires Read.
func (d *Desk) Departments(ctx context.Context) ([]*Department, error) {
	if _, err := allowed(ctx, Read); err != nil {
		return nil, err
	}
	var rows []departmentRow
	if err := d.db.Read().NewSelect().Model(&rows).Order("code").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]*Department, len(rows))
	for i := range rows {
		out[i] = rows[i].department()
	}
	return out, nil
}

// department returns a department for Me, nil for 0.
func (d *Desk) department(ctx context.Context, id int64) (*Department, error) {
	if id == 0 {
		return nil, nil
	}
	r := &departmentRow{}
	err := d.db.Read().NewSelect().Model(r).Where("id = ?", id).Scan(ctx)
	return r.department(), err
}

// departmentThere refuses a department that does not exist. 0 stands for none.
func departmentThere(ctx context.Context, db bun.IDB, id int64) error {
	if id == 0 {
		return nil
	}
	there, err := db.NewSelect().Model((*departmentRow)(nil)).Where("id = ?", id).Exists(ctx)
	if err == nil && !there {
		return fault.InvalidFields(map[string]string{"department": "没有这个部门"}, "没有编号为 %d 的部门", id)
	}
	return err
}
