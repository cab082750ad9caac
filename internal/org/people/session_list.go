package people

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Session is a session that has not ended. Times are unix milliseconds.
type Session struct {
	ID      int64
	Officer int64
	Account string
	BeganAt int64
	SeenAt  int64 // to the minute
	Address string
	Agent   string
}

// Sessions lists the sessions that have not ended, newest first, of one officer or of all (0). It requires Read.
func (d *Desk) Sessions(ctx context.Context, officer, before int64, limit int) ([]Session, error) {
	if _, err := allowed(ctx, Read); err != nil {
		return nil, err
	}
	return d.sessions(ctx, officer, before, limit)
}

// Own lists the sessions of an officer for himself, newest first.
func (d *Desk) Own(ctx context.Context, officer int64) ([]Session, error) {
	return d.sessions(ctx, officer, 0, ownSessions)
}

const ownSessions = 100

// sessions reads those whose limits are not over: the idle limit is that of an officer who is no administrator, so a
// session of an administrator may be listed for some minutes after it has ended.
func (d *Desk) sessions(ctx context.Context, officer, before int64, limit int) ([]Session, error) {
	idle, longest, err := d.Limits()
	if err != nil {
		return nil, err
	}
	now := d.now()
	var rows []struct {
		sessionRow
		Account string `bun:"account"`
	}
	q := d.db.Read().NewSelect().Model((*sessionRow)(nil)).ColumnExpr("s.*, o.account").
		Join("JOIN org_officer AS o ON o.id = s.officer_id").Where("s.ended_at = 0").Where("o.state = ?", Active).
		Where("s.seen_at >= ?", now.Add(-idle).UnixMilli()).Where("s.began_at >= ?", now.Add(-longest).UnixMilli()).
		OrderExpr("s.id DESC").Limit(int64(limit))
	if officer != 0 {
		q = q.Where("s.officer_id = ?", officer)
	}
	if before != 0 {
		q = q.Where("s.id < ?", before)
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := make([]Session, len(rows))
	for i, r := range rows {
		out[i] = Session{
			ID:      r.ID,
			Officer: r.OfficerID,
			Account: r.Account,
			BeganAt: r.BeganAt,
			SeenAt:  r.SeenAt,
			Address: r.Address,
			Agent:   r.Agent,
		}
	}
	return out, nil
}

// EndSession ends a session. It requires Grant. Ending it again changes nothing.
func (d *Desk) EndSession(ctx context.Context, id int64) (err error) {
	defer fault.Annotate(&err, "people.EndSession(%d)", id)
	by, err := allowed(ctx, Grant)
	if err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return d.endSession(ctx, tx, id, 0, Grant, by)
	})
}

// EndOwn ends another session of an officer for himself.
func (d *Desk) EndOwn(ctx context.Context, officer *Officer, id int64) (err error) {
	defer fault.Annotate(&err, "people.EndOwn(%d)", id)
	by := actor.Actor{Kind: actor.Officer, ID: subject(officer.ID), Name: officer.Name}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return d.endSession(actor.With(ctx, by), tx, id, officer.ID, ownAccount, by)
	})
}

// endSession ends a session, of the officer only unless it is 0.
func (d *Desk) endSession(ctx context.Context, tx bun.Tx, id, officer int64, action actor.Permission,
	by actor.Actor) error {
	s := &sessionRow{}
	err := tx.NewSelect().Model(s).Where("id = ?", id).Scan(ctx)
	if store.NotFound(err) || err == nil && officer != 0 && s.OfficerID != officer {
		return fault.New(fault.NotFound, "没有编号为 %d 的会话", id)
	}
	if err != nil || s.EndedAt != 0 {
		return err
	}
	s.EndedAt, s.EndedBy = d.now().UnixMilli(), by.String()
	if _, err := tx.NewUpdate().Model(s).Column("ended_at", "ended_by").WherePK().Exec(ctx); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Entry{Action: action, Object: "session", ID: id, Detail: "结束会话"})
}
