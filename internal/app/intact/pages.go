package intact

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

const (
	// firstTime is how long a start waits for the quick check of the database; a larger one is checked in the
	// background.
	firstTime = 5 * time.Second
	// pagesEvery is how often the whole database is read for damage, pagesRest how gently (store.CheckOptions).
	pagesEvery = 6 * time.Hour
	pagesRest  = 4
)

// Pages reads the database for damage, at start and now and again.
type Pages struct {
	db    *store.DB
	log   *slog.Logger
	found atomic.Pointer[error]
}

// NewPages has found nothing yet.
func NewPages(db *store.DB, log *slog.Logger) *Pages { return &Pages{db: db, log: log} }

// AtStart checks quickly. A database too large for that is no error: Run looks at it.
func (p *Pages) AtStart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, firstTime)
	defer cancel()
	if _, err := p.db.Check(ctx, store.CheckOptions{Quick: true}); errors.Is(err, store.ErrDamaged) {
		return err
	}
	return nil
}

// Advise adds to the report of a damaged database how it is restored. Other errors stay as they are.
func Advise(err error) error {
	if !errors.Is(err, store.ErrDamaged) {
		return err
	}
	return fault.Wrap(fault.Unavailable, err, "%s\n"+
		"  恢复：停止平台，把现有数据移到别处保留，再运行 guiyi restore 备份文件，然后启动。", fault.Text(err))
}

// Check reports the damage that was found last, for readiness.
func (p *Pages) Check(context.Context) error {
	if err := p.found.Load(); err != nil {
		return *err
	}
	return nil
}

// Run checks until ctx ends.
func (p *Pages) Run(ctx context.Context) {
	told := ""
	for ctx.Err() == nil {
		report, err := p.db.Check(ctx, store.CheckOptions{Rest: pagesRest})
		switch {
		case errors.Is(err, store.ErrDamaged):
			text := fault.New(fault.Unavailable, "%s", fault.Text(Advise(err)))
			p.found.Store(&text)
			p.log.ErrorContext(ctx, "database is damaged; restore it from a backup", "err", err)
		case err == nil:
			p.found.Store(nil)
			p.log.InfoContext(ctx, "database checked", "tables", report.Tables, "took", report.Took)
		case ctx.Err() == nil:
			p.log.WarnContext(ctx, "database not checked", "err", err)
		}
		if report.Unchecked != told && report.Unchecked != "" {
			p.log.WarnContext(ctx, "database can be checked in part only", "missing", report.Unchecked)
			told = report.Unchecked
		}
		select {
		case <-ctx.Done():
		case <-time.After(pagesEvery):
		}
	}
}
