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
	// firstTime limits the check at start. A database that needs more time is checked in the background.
	firstTime = 5 * time.Second
	// pagesEvery is the interval between checks of the whole database; pagesRest is store.CheckOptions.Rest.
	pagesEvery = 6 * time.Hour
	pagesRest  = 4
)

// Pages checks the database for damage at start and then regularly.
type Pages struct {
	db    *store.DB
	log   *slog.Logger
	found atomic.Pointer[error]
}

// NewPages returns a Pages for db.
func NewPages(db *store.DB, log *slog.Logger) *Pages { return &Pages{db: db, log: log} }

// AtStart makes a quick check of at most firstTime. It returns an error only if it finds damage.
func (p *Pages) AtStart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, firstTime)
	defer cancel()
	if _, err := p.db.Check(ctx, store.CheckOptions{Quick: true}); errors.Is(err, store.ErrDamaged) {
		return err
	}
	return nil
}

// Advise adds instructions for a restore to an error that wraps store.ErrDamaged. It returns other errors unchanged.
func Advise(err error) error {
	if !errors.Is(err, store.ErrDamaged) {
		return err
	}
	return fault.Wrap(fault.Unavailable, err, "%s\n"+
		"  恢复：停止平台，把现有数据移到别处保留，再运行 guiyi restore 备份文件，然后启动。", fault.Text(err))
}

// Check returns the damage found by the last check, for readiness.
func (p *Pages) Check(context.Context) error {
	if err := p.found.Load(); err != nil {
		return *err
	}
	return nil
}

// Run checks the database immediately and then every pagesEvery until ctx ends.
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
			p.log.WarnContext(ctx, "database can only be checked partially", "missing", report.Unchecked)
			told = report.Unchecked
		}
		select {
		case <-ctx.Done():
		case <-time.After(pagesEvery):
		}
	}
}
