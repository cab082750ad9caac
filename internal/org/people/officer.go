package people

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// State is the state of an officer.
type State string

// The states.
const (
	Active   State = "active"   // 在用
	Disabled State = "disabled" // 停用: cannot sign in, sessions are ended
)

// Choices implements api.Choice.
func (State) Choices() []string { return []string{string(Active), string(Disabled)} }

// Meaning implements api.Choice.
func (State) Meaning() string { return "active 在用，disabled 停用" }

// Officer is a person who works on the platform. Times are unix milliseconds.
type Officer struct {
	ID         int64
	Account    string // lower case
	Name       string
	Department int64 // 0 = none
	State      State
	Demo       bool
	Phone      string // only where one officer is read; "" = none
	CreatedAt  int64
	Version    int64
	Grants     []Granted
}

// Granted is a role of an officer, with the places where it is valid.
type Granted struct {
	ID       int64
	Officer  int64
	Role     string // code
	AllSites bool
	Sites    []int64
	Branches []int64  // ids of columns; none = no limit
	Units    []string // codes of departments; none = no limit
	By       string   // actor
	At       int64
}

func (r *officerRow) officer() *Officer {
	return &Officer{
		ID:         r.ID,
		Account:    r.Account,
		Name:       r.Name,
		Department: r.DepartmentID,
		State:      r.State,
		Demo:       r.Demo,
		CreatedAt:  r.CreatedAt,
		Version:    r.Version,
	}
}

func (r *grantRow) granted() Granted {
	return Granted{
		ID:       r.ID,
		Officer:  r.OfficerID,
		Role:     r.Role,
		AllSites: r.AllSites,
		Sites:    r.Sites,
		Branches: r.Branches,
		Units:    r.Units,
		By:       r.GrantedBy,
		At:       r.GrantedAt,
	}
}

// scope is where the grant is valid.
func (g Granted) scope() actor.Scope {
	return actor.Scope{All: g.AllSites, Owners: g.Sites, Branches: g.Branches, Units: g.Units}
}

// subject is the id of an officer as actors and sessions have it.
func subject(id int64) string { return strconv.FormatInt(id, 10) }

// NewOfficer describes an officer to be made.
type NewOfficer struct {
	Account    string
	Name       string
	Department int64
}

var accountShape = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,31}$`)

const maxName = 50 // characters

// fold is how an account is compared: people write it in any case, with blanks around it.
func fold(account string) string { return strings.ToLower(strings.TrimSpace(account)) }

// check puts the fields right and says what is wrong with them.
func (n *NewOfficer) check() map[string]string {
	wrong := map[string]string{}
	n.Account, n.Name = fold(n.Account), strings.TrimSpace(n.Name)
	if !accountShape.MatchString(n.Account) {
		wrong["account"] = "2 到 32 个字符，以小写字母开头，可用小写字母、数字、点、减号和下划线"
	}
	if text := nameFault(n.Name); text != "" {
		wrong["name"] = text
	}
	return wrong
}

func nameFault(name string) string {
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return "请填写姓名，不超过 50 个字，不含控制字符"
	}
	return ""
}

// AddOfficer makes an officer, who has no role and cannot sign in before a password is set by a link. It requires
// Write.
func (d *Desk) AddOfficer(ctx context.Context, n NewOfficer) (_ *Officer, err error) {
	defer fault.Annotate(&err, "people.AddOfficer")
	by, err := allowed(ctx, Write)
	if err != nil {
		return nil, err
	}
	if wrong := n.check(); len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong, "人员信息有 %d 处要更正", len(wrong))
	}
	var made *officerRow
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := departmentThere(ctx, tx, n.Department); err != nil {
			return err
		}
		made, err = d.insertOfficer(ctx, tx, n, false, by)
		return err
	})
	if err != nil {
		return nil, err
	}
	return made.officer(), nil
}

// insertOfficer adds the row of a checked officer and the audit row.
func (d *Desk) insertOfficer(ctx context.Context, tx bun.Tx, n NewOfficer, demo bool,
	by actor.Actor) (*officerRow, error) {
	r := &officerRow{
		ID:           store.NewID(),
		Account:      n.Account,
		Name:         n.Name,
		DepartmentID: n.Department,
		State:        Active,
		Demo:         demo,
		CreatedBy:    by.String(),
		CreatedAt:    d.now().UnixMilli(),
		Version:      1,
	}
	taken, err := tx.NewSelect().Model((*officerRow)(nil)).Where("account = ?", n.Account).Exists(ctx)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, fault.InvalidFields(map[string]string{"account": "这个账户名已有人用"},
			"账户 %s 已存在，请换一个账户名", n.Account)
	}
	if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
		return nil, err
	}
	return r, audit.Append(ctx, tx, audit.Entry{Action: Write, Object: "officer", ID: r.ID,
		Detail: "建立账户 " + r.Account})
}

// OfficerChange says what becomes of an officer; what is nil stays.
type OfficerChange struct {
	Name       *string
	Phone      *string // "" = none
	Department *int64
	State      *State
}

// ChangeOfficer changes an officer. Disabling ends the sessions. It requires Write.
func (d *Desk) ChangeOfficer(ctx context.Context, id, version int64, c OfficerChange) (_ *Officer, err error) {
	defer fault.Annotate(&err, "people.ChangeOfficer(%d)", id)
	by, err := allowed(ctx, Write)
	if err != nil {
		return nil, err
	}
	r := &officerRow{}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if r, err = officerByID(ctx, tx, id); err != nil {
			return err
		}
		if r.Version != version {
			return changed(r.Name)
		}
		what, err := d.apply(ctx, tx, r, c, by)
		if err != nil || what == "" {
			return err
		}
		r.Version++
		if _, err := tx.NewUpdate().Model(r).WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := d.rolesStay(ctx, tx, r); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Action: Write, Object: "officer", ID: id, Detail: what})
	})
	if err != nil {
		return nil, err
	}
	return d.officer(ctx, id)
}

// apply changes the row and returns in few words what changed, "" for nothing.
func (d *Desk) apply(ctx context.Context, tx bun.Tx, r *officerRow, c OfficerChange, by actor.Actor) (string, error) {
	var what []string
	if c.Name != nil && strings.TrimSpace(*c.Name) != r.Name {
		r.Name = strings.TrimSpace(*c.Name)
		if text := nameFault(r.Name); text != "" {
			return "", fault.InvalidFields(map[string]string{"name": text}, "姓名要更正：%s", text)
		}
		what = append(what, "改姓名")
	}
	if c.Phone != nil {
		phone, err := d.sealPhone(r.ID, *c.Phone)
		if err != nil {
			return "", err
		}
		r.Phone = phone
		what = append(what, "改电话")
	}
	if c.Department != nil && *c.Department != r.DepartmentID {
		if err := departmentThere(ctx, tx, *c.Department); err != nil {
			return "", err
		}
		r.DepartmentID = *c.Department
		what = append(what, "改部门")
	}
	if c.State != nil && *c.State != r.State {
		if err := d.switchState(ctx, tx, r, *c.State, by); err != nil {
			return "", err
		}
		what = append(what, map[State]string{Active: "启用", Disabled: "停用"}[*c.State])
	}
	return strings.Join(what, "，"), nil
}

var phoneShape = regexp.MustCompile(`^(\+?[0-9][0-9-]{4,19})?$`)

func phonePlace(officer int64) string { return "phone " + subject(officer) }

// sealPhone checks and encrypts a phone number: it is personal, and nobody looks for an officer by it.
func (d *Desk) sealPhone(officer int64, phone string) (string, error) {
	phone = strings.ReplaceAll(strings.TrimSpace(phone), " ", "")
	if !phoneShape.MatchString(phone) {
		return "", fault.InvalidFields(map[string]string{"phone": "5 到 20 位数字，可有开头的加号和中间的减号"}, "电话号码要更正")
	}
	if phone == "" {
		return "", nil
	}
	return d.seal.seal(phone, phonePlace(officer))
}

func (d *Desk) switchState(ctx context.Context, tx bun.Tx, r *officerRow, to State, by actor.Actor) error {
	switch {
	case to != Active && to != Disabled:
		return fault.InvalidFields(map[string]string{"state": State("").Meaning()}, "没有状态 %s", to)
	case to == Disabled && by.Kind == actor.Officer && by.ID == subject(r.ID):
		return fault.New(fault.Forbidden, "不能停用自己的账户，请由另一位系统管理员停用")
	}
	r.State = to
	if to == Active {
		return nil
	}
	return endSessions(ctx, tx, r.ID, d.now().UnixMilli(), by)
}

// rolesStay refuses to disable the last one of an administrator role.
func (d *Desk) rolesStay(ctx context.Context, tx bun.Tx, r *officerRow) error {
	if r.State == Active {
		return nil
	}
	var roles []string
	if err := tx.NewSelect().Model((*grantRow)(nil)).Column("role").Where("officer_id = ?", r.ID).Scan(ctx,
		&roles); err != nil {
		return err
	}
	return d.stillHeld(ctx, tx, roles...)
}

func officerByID(ctx context.Context, db bun.IDB, id int64) (*officerRow, error) {
	r := &officerRow{}
	err := db.NewSelect().Model(r).Where("id = ?", id).Scan(ctx)
	if store.NotFound(err) {
		return nil, fault.New(fault.NotFound, "没有编号为 %d 的人员", id)
	}
	return r, err
}

// OfficerFilter selects officers.
type OfficerFilter struct {
	Text       string // part of account or name
	Department int64  // 0 = all
	State      State  // "" = all
	Before     int64  // only smaller ids; 0 = from the newest
	Limit      int
}

// Officers lists officers with their grants, newest first. It requires Read.
func (d *Desk) Officers(ctx context.Context, f OfficerFilter) ([]*Officer, error) {
	if _, err := allowed(ctx, Read); err != nil {
		return nil, err
	}
	var rows []officerRow
	q := d.db.Read().NewSelect().Model(&rows).OrderExpr("id DESC").Limit(int64(f.Limit))
	if f.Text != "" {
		like := "%" + likeEscaper.Replace(strings.ToLower(f.Text)) + "%"
		q = q.Where(`(account LIKE ? ESCAPE '!' OR LOWER(name) LIKE ? ESCAPE '!')`, like, like)
	}
	if f.Department != 0 {
		q = q.Where("department_id = ?", f.Department)
	}
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if f.Before != 0 {
		q = q.Where("id < ?", f.Before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	return withGrants(ctx, d.db.Read(), rows)
}

var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// Officer returns one officer with the grants. It requires Read.
func (d *Desk) Officer(ctx context.Context, id int64) (*Officer, error) {
	if _, err := allowed(ctx, Read); err != nil {
		return nil, err
	}
	return d.officer(ctx, id)
}

func (d *Desk) officer(ctx context.Context, id int64) (*Officer, error) {
	r, err := officerByID(ctx, d.db.Read(), id)
	if err != nil {
		return nil, err
	}
	all, err := withGrants(ctx, d.db.Read(), []officerRow{*r})
	if err != nil {
		return nil, err
	}
	if r.Phone != "" {
		if all[0].Phone, err = d.seal.open(r.Phone, phonePlace(id)); err != nil { // all else of the officer is there
			d.log.WarnContext(ctx, "phone cannot be decrypted", "officer", id, "err", err)
		}
	}
	return all[0], nil
}

// ByAccount returns the officer with an account. It requires Read.
func (d *Desk) ByAccount(ctx context.Context, account string) (*Officer, error) {
	if _, err := allowed(ctx, Read); err != nil {
		return nil, err
	}
	r := &officerRow{}
	err := d.db.Read().NewSelect().Model(r).Where("account = ?", fold(account)).Scan(ctx)
	if store.NotFound(err) {
		return nil, fault.New(fault.NotFound, "没有账户 %s", account)
	}
	if err != nil {
		return nil, err
	}
	return d.officer(ctx, r.ID)
}

// Names returns the names of officers by id. It is for lists that show who did something; unknown ids are missing.
func (d *Desk) Names(ctx context.Context, ids ...int64) (map[int64]string, error) {
	out := map[int64]string{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []officerRow
	if err := d.db.Read().NewSelect().Model(&rows).Column("id", "name").Where("id IN (?)", bun.List(ids)).Scan(
		ctx); err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.ID] = r.Name
	}
	return out, nil
}

// withGrants returns officers with their grants, in the order of the rows.
func withGrants(ctx context.Context, db bun.IDB, rows []officerRow) ([]*Officer, error) {
	out := make([]*Officer, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	byID := map[int64]*Officer{}
	ids := make([]int64, len(rows))
	for i := range rows {
		out[i] = rows[i].officer()
		ids[i], byID[rows[i].ID] = rows[i].ID, out[i]
	}
	var grants []grantRow
	if err := db.NewSelect().Model(&grants).Where("officer_id IN (?)", bun.List(ids)).Order("id").Scan(
		ctx); err != nil {
		return nil, err
	}
	for i := range grants {
		o := byID[grants[i].OfficerID]
		o.Grants = append(o.Grants, grants[i].granted())
	}
	return out, nil
}
