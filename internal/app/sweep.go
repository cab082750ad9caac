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
)

// jobSweep removes content that nothing names; it is due in the night to Sunday.
const (
	jobSweep      = "blob.sweep"
	sweepSchedule = "41 3 * * 0"
)

// OrphanAge is how long content must have been unreferenced before it is removed: an import writes files first and
// rows later, and may take days. Putting content again makes it young.
const OrphanAge = 7 * 24 * time.Hour

// Swept says what a sweep removed, or would. Size is in bytes.
type Swept struct {
	Objects int    // content looked at
	Orphans int    // of it without a name
	Size    int64  // of these
	Held    string // who copies stored bytes, so that nothing was removed
}

// SweepOrphans removes content that no row and no kept revision names, as a killed import leaves it. Every text of
// every table is searched for hashes, so that no slice can be forgotten: what looks like a name is taken for one.
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
	// What is named from here on has been put again before, see blob.Put.
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

// eachHash finds runs of 64 hex digits or more in a text; of a longer run every part could be a hash.
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

// schedule registers what a worker does by the clock, one line each. What a slice does because something happened it
// registers itself when it is made (Board.Handle, Board.Subscribe).
func (p *Platform) schedule() {
	api.Sweep(p.Board, p.DB, time.Now)
	p.Publisher.Compactor(p.RetentionPolicy()).Schedule(p.Board, p.Config.Retention.Schedule)
	p.scheduleSweep()
}

// JobPermissions are what every kind of job acts with, those by the clock too.
func (p *Platform) JobPermissions() map[string][]actor.Permission {
	p.schedule()
	return p.Board.Permissions()
}

func (p *Platform) scheduleSweep() {
	p.Board.Handle(jobSweep, func(ctx context.Context, _ []jobs.Job) error {
		s, err := p.SweepOrphans(ctx, OrphanAge, false)
		if s.Orphans > 0 {
			p.Tel.Log.InfoContext(ctx, "files that nothing names are removed", "files", s.Orphans, "bytes", s.Size)
		}
		return err
	}, jobs.HandleOptions{MaxAttempts: 3, Permissions: []actor.Permission{jobs.Maintain}})
	p.Board.Cron(jobSweep, sweepSchedule, "", jobSweep)
}
