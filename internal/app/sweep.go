package app

import (
	"context"
	"encoding/hex"
	"guiyi/internal/kernel/actor"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/lease"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/resource/recycle"
)

// jobSweep is the kind of the job that removes orphans. It runs every Sunday night.
const (
	jobSweep      = "blob.sweep"
	sweepSchedule = "41 3 * * 0"
)

// OrphanAge is the minimum age of an orphan that is removed. An import writes files before rows and may take days. When
// content is stored again, its age starts anew.
const OrphanAge = 7 * 24 * time.Hour

// Swept is the result of SweepOrphans.
type Swept struct {
	Objects int    // number of blobs checked
	Orphans int    // number of orphans removed, or to be removed in a dry run
	Size    int64  // bytes of these orphans
	Held    string // holder of an active lease, because of which the sweep stopped; "" = none
}

// SweepOrphans removes blobs that no row and no retained revision names. A killed import leaves such blobs. It searches
// every text of every table for hashes, so it needs no list of columns. With dry it removes nothing.
func (p *Platform) SweepOrphans(ctx context.Context, age time.Duration, dry bool) (s Swept, err error) {
	defer fault.Annotate(&err, "app.SweepOrphans")
	before := time.Now().Add(-age)
	old := map[manifest.Hash]int64{}
	for info, err := range p.Blobs.List(ctx, "cas/") {
		if err != nil {
			return s, err
		}
		s.Objects++
		if hash := blob.CASHash(info.Name); hash != "" && info.Modified.Before(before) {
			h, err := manifest.ParseHash(hash)
			if err != nil {
				return s, err
			}
			old[h] = info.Size
		}
	}
	// A blob that a new row names from here on was stored again before, so it is too young (see blob.Put).
	if err := p.DB.EachText(ctx, func(text []byte) {
		eachHash(text, func(h manifest.Hash) { delete(old, h) })
	}); err != nil {
		return s, err
	}
	compactor := p.Publisher.Compactor(p.RetentionPolicy())
	if err := compactor.ReferencedFiles(ctx, func(h manifest.Hash) { delete(old, h) }); err != nil {
		return s, err
	}
	for h, size := range old {
		if s.Held, err = lease.Active(ctx, p.DB.Read(), time.Now()); err != nil || s.Held != "" {
			return s, err
		}
		removed := dry
		if !dry {
			if removed, err = p.Blobs.RemoveStale(ctx, h.String(), before); err != nil {
				return s, err
			}
		}
		if removed {
			s.Orphans++
			s.Size += size
		}
	}
	return s, nil
}

// eachHash calls tell with every sequence of 64 hex digits in a text. In a longer run of digits, sequences overlap.
func eachHash(text []byte, tell func(manifest.Hash)) {
	const digits = 2 * len(manifest.Hash{})
	run := 0
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= '0' && c <= '9' || c >= 'a' && c <= 'f' {
			run++
		} else {
			run = 0
		}
		if run >= digits {
			var h manifest.Hash
			if _, err := hex.Decode(h[:], text[i+1-digits:i+1]); err == nil {
				tell(h)
			}
		}
	}
}

// schedule registers the scheduled jobs of a worker, one per line. The constructors of the slices register the other
// jobs.
func (p *Platform) schedule() {
	api.Sweep(p.Board, p.DB, time.Now)
	p.Publisher.Compactor(p.RetentionPolicy()).Schedule(p.Board, p.Config.Retention.Schedule)
	recycle.Schedule(p.DB, p.Board, time.Now)
	p.scheduleSweep()
}

// JobPermissions returns the permissions of every kind of job, including scheduled jobs.
func (p *Platform) JobPermissions() map[string][]actor.Permission {
	p.schedule()
	return p.Board.Permissions()
}

func (p *Platform) scheduleSweep() {
	p.Board.Handle(jobSweep, func(ctx context.Context, _ []jobs.Job) error {
		s, err := p.SweepOrphans(ctx, OrphanAge, false)
		if s.Orphans > 0 {
			p.Tel.Log.InfoContext(ctx, "unreferenced blobs removed", "files", s.Orphans, "bytes", s.Size)
		}
		return err
	}, jobs.HandleOptions{MaxAttempts: 3, Permissions: []actor.Permission{jobs.Maintain}})
	p.Board.Cron(jobSweep, sweepSchedule, "", jobSweep)
}
