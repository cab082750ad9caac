package audit

import (
	"context"
	_ "embed" // rules.yaml
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
)

//go:embed rules.yaml
var ruleText []byte

// KeepDays returns the minimum retention period of audit rows in days, by the rules valid at now.
func KeepDays(now time.Time) (int, error) {
	rows, err := rule.Parse(ruleText)
	if err != nil {
		return 0, err
	}
	return rule.NewBook(rows).Int("audit.keep.days", now)
}

// Report is the result of Verify.
type Report struct {
	Sealed   int64    // number of links checked
	Unsealed int64    // number of rows that are not in the chain yet
	Faults   []string // the first maxFaults faults
	Broken   int64    // number of all faults
	Notices  []string // the first maxFaults findings that may be harmless, such as a clock that was set back
	Since    int64    // unix ms of the oldest sealed row that exists; 0 = none
	KeepDays int      // minimum retention period, see KeepDays
}

const maxFaults = 20

func (r *Report) fault(format string, a ...any) {
	if r.Broken++; r.Broken <= maxFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, a...))
	}
}

func (r *Report) notice(format string, a ...any) {
	if len(r.Notices) < maxFaults {
		r.Notices = append(r.Notices, fmt.Sprintf(format, a...))
	}
}

// Verify reads the whole chain and reports the rows and seals that were changed or removed. It also checks whether the
// database still refuses to change them.
func (c *Chain) Verify(ctx context.Context) (rep Report, err error) {
	recorded, err := c.readHead()
	if err != nil {
		return rep, fault.Wrap(fault.Invalid, err, "审计链的水位文件 %s 读不了，可能被改动", c.File)
	}
	now := store.FromMilli(store.NowMilli())
	if rep.KeepDays, err = KeepDays(now); err != nil {
		return rep, err
	}
	err = c.DB.Snapshot(ctx, func(ctx context.Context, tx bun.IDB) error {
		w := walk{rep: &rep, recorded: map[int64]string{}, cutoff: now.AddDate(0, 0, -rep.KeepDays).UnixMilli()}
		for _, h := range append(recorded.Earlier, recorded.Head) {
			w.recorded[h.Seq] = h.Hash
		}
		if err := w.all(ctx, tx); err != nil {
			return err
		}
		if recorded.Seq > w.head.Seq {
			rep.fault("链的末尾被截去：水位文件记到第 %d 条，库里只到第 %d 条", recorded.Seq, w.head.Seq)
		}
		return checkUnsealed(ctx, tx, &rep)
	})
	if err != nil || rep.Sealed == 0 {
		return rep, err
	}
	return rep, c.checkTriggers(ctx, &rep)
}

// checkUnsealed counts the rows without a seal. It adds a notice for each of the first maxFaults rows that should have
// been sealed already.
func checkUnsealed(ctx context.Context, tx bun.IDB, rep *Report) error {
	const where = "NOT EXISTS (SELECT 1 FROM audit_seal AS s WHERE s.row_id = r.id)"
	n, err := tx.NewSelect().Model((*Row)(nil)).Where(where).Count(ctx)
	if rep.Unsealed = int64(n); err != nil {
		return err
	}
	var newest int64
	if err := tx.NewRaw("SELECT coalesce(max(row_id), 0) FROM audit_seal").Scan(ctx, &newest); err != nil {
		return err
	}
	var old []rawRow
	if err := tx.NewSelect().Model(&old).ColumnExpr(rawColumns).Where(where).Where("r.id <= ?", idFloor(newest)).
		OrderExpr("r.id").Limit(maxFaults).Scan(ctx); err != nil {
		return err
	}
	for _, r := range old {
		rep.notice("记录（编号 %d，%s）还没有封记，编号却早于已有的记录：时钟倒退过，或是事后补写的", r.ID, r.Action)
	}
	return nil
}

// rawRow is a row whose numeric columns are read as text. So Verify reports a value that is not a number as a changed
// row instead of failing.
type rawRow struct {
	Row `bun:",extend"`

	AtText     string `bun:"at_text"`
	NumberText string `bun:"number_text"`
	OwnerText  string `bun:"owner_text"`
}

const rawColumns = "r.id, r.kind, r.actor, r.action, r.object, r.detail, r.request, CAST(r.at AS TEXT) AS at_text," +
	" CAST(r.number AS TEXT) AS number_text, CAST(r.owner AS TEXT) AS owner_text"

// row parses the numeric columns. It returns false if one of them is not a number.
func (r rawRow) row() (Row, bool) {
	out := r.Row
	var errs [3]error
	out.At, errs[0] = strconv.ParseInt(r.AtText, 10, 64)
	out.Number, errs[1] = strconv.ParseInt(r.NumberText, 10, 64)
	out.Owner, errs[2] = strconv.ParseInt(r.OwnerText, 10, 64)
	return out, errors.Join(errs[:]...) == nil
}

// link is a seal with the row that it seals.
type link struct {
	sealRow
	row      Row
	exists   bool // the row exists
	readable bool // the numeric columns of the row are numbers
}

// walk follows the chain from its first link to its last.
type walk struct {
	rep       *Report
	recorded  map[int64]string // hashes by link number, from the head file
	cutoff    int64            // unix ms: start of the minimum retention period
	head      Head             // the previous link
	last      Row              // the last readable row that was not reported as changed
	confirmed int64            // number of the newest link that equals the one in the head file
	forged    bool             // a link that differs from the head file was reported
}

func (w *walk) all(ctx context.Context, tx bun.IDB) error {
	for {
		links, err := linksAfter(ctx, tx, w.head.Seq)
		if err != nil || len(links) == 0 {
			return err
		}
		for _, l := range links {
			w.step(l)
		}
	}
}

func (w *walk) step(l link) {
	w.rep.Sealed++
	if w.rep.Since == 0 && l.exists && l.readable {
		w.rep.Since = l.row.At
	}
	if l.Seq != w.head.Seq+1 {
		w.gap(l)
	}
	switch {
	case !l.exists:
		w.rep.fault("第 %d 条记录（编号 %d）被删除", l.Seq, l.RowID)
	case l.Seq == w.head.Seq+1 && (!l.readable || l.row.hash(w.head.Hash) != l.Hash):
		w.rep.fault("第 %d 条记录（编号 %d，%s）与封记不符，记录或封记被改动", l.Seq, l.RowID, l.row.Action)
	case l.readable:
		if back := w.last.At - l.row.At; back > maxCommitDelay.Milliseconds() {
			w.rep.notice("第 %d 条记录（编号 %d，%s）的时间比前一条早 %s：时钟倒退过，或是事后补写的", l.Seq, l.RowID, l.row.Action,
				time.Duration(back)*time.Millisecond)
		}
		w.last = l.row
	}
	switch hash, ok := w.recorded[l.Seq]; {
	case ok && hash == l.Hash:
		w.confirmed = l.Seq
	case ok && !w.forged:
		w.forged = true
		w.rep.fault("第 %d 至 %d 条之间的封记与水位文件不同，链从这里起可能被重新计算过", w.confirmed+1, l.Seq)
	}
	w.head = Head{l.Seq, l.Hash}
}

// gap reports the links that are missing before l. If the start of the chain is missing, the message also says whether
// the oldest remaining row has reached the minimum retention period.
func (w *walk) gap(l link) {
	what := fmt.Sprintf("第 %d 条之后缺少 %d 条封记", w.head.Seq, l.Seq-w.head.Seq-1)
	if w.head.Seq == 0 && l.exists && l.readable {
		law := "已满"
		if l.row.At > w.cutoff {
			law = "不足"
		}
		what += fmt.Sprintf("，现存最早的记录是 %s 的，%s至少留存的 %d 天",
			store.FromMilli(l.row.At).Format(time.DateOnly), law, w.rep.KeepDays)
	}
	w.rep.fault("%s", what)
}

func linksAfter(ctx context.Context, tx bun.IDB, seq int64) ([]link, error) {
	var seals []sealRow
	if err := tx.NewSelect().Model(&seals).Where("seq > ?", seq).OrderExpr("seq").Limit(sealBatch).
		Scan(ctx); err != nil || len(seals) == 0 {
		return nil, err
	}
	ids := make([]int64, len(seals))
	for i, s := range seals {
		ids[i] = s.RowID
	}
	var rows []rawRow
	if err := tx.NewSelect().Model(&rows).ColumnExpr(rawColumns).Where("r.id IN (?)", bun.List(ids)).
		Scan(ctx); err != nil {
		return nil, err
	}
	by := map[int64]rawRow{}
	for _, r := range rows {
		by[r.ID] = r
	}
	out := make([]link, len(seals))
	for i, s := range seals {
		raw, there := by[s.RowID]
		row, readable := raw.row()
		out[i] = link{s, row, there, readable}
	}
	return out, nil
}

// refused are statements that the triggers must refuse.
var refused = [...]string{
	"UPDATE audit_row SET at = at WHERE id = (SELECT min(id) FROM audit_row)",
	"DELETE FROM audit_row WHERE id = (SELECT min(id) FROM audit_row)",
	"UPDATE audit_seal SET hash = hash WHERE seq = (SELECT min(seq) FROM audit_seal)",
	"DELETE FROM audit_seal WHERE seq = (SELECT min(seq) FROM audit_seal)",
}

// errProbe rolls back a statement that the database executed although it had to refuse it.
var errProbe = errors.New("audit: probe")

// checkTriggers checks that the database refuses to change audit rows and seals. It rolls back and reports a change
// that succeeds.
func (c *Chain) checkTriggers(ctx context.Context, rep *Report) error {
	for _, statement := range refused {
		err := c.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, statement)
			if err == nil {
				err = errProbe
			}
			return err
		})
		switch {
		case errors.Is(err, errProbe):
			words := strings.Fields(strings.Replace(statement, "DELETE FROM", "DELETE", 1))
			rep.fault("数据库不再阻止对表 %s 的 %s：保护它的触发器被去掉了", words[1], words[0])
		case !strings.Contains(err.Error(), "audit rows are only added"):
			return err
		}
	}
	return nil
}
