package edge

import (
	"context"
	"maps"
	"slices"
	"time"

	"guiyi/internal/edge/audit"
)

// Audit audits HeadsDir and the current snapshots. It sets o.Heads, and o.Store if it is nil. Findings are also
// reported as events.
func (e *Edge) Audit(ctx context.Context, o audit.Options) (audit.Report, error) {
	findings, err := e.checkHeads()
	if err != nil {
		return audit.Report{}, err
	}
	heads := e.Heads()
	o.Heads = nil
	for _, code := range slices.Sorted(maps.Keys(heads)) {
		o.Heads = append(o.Heads, heads[code])
	}
	if o.Store == nil {
		o.Store = e.local
	}
	report, err := audit.Run(ctx, o)
	report.Findings = append(findings, report.Findings...)
	for i := range report.Findings {
		report.Findings[i] = e.reporter.report(report.Findings[i])
	}
	return report, err
}

// CheckHeads compares the files of HeadsDir with the current heads, reports differences and rewrites the files. It is
// cheap enough to be called every few seconds.
func (e *Edge) CheckHeads() error {
	findings, err := e.checkHeads()
	for _, f := range findings {
		e.reporter.report(f)
	}
	return err
}

func (e *Edge) checkHeads() (findings []Event, err error) {
	e.mu.Lock() // excludes saving a head meanwhile
	defer e.mu.Unlock()
	codes, strange, err := e.dir.sites()
	if err != nil {
		return nil, err
	}
	for _, name := range strange {
		findings = append(findings, Event{Kind: HeadFile, Where: name, Detail: "清单目录中有来历不明的文件"})
	}
	served := e.sites.Load().byCode
	for _, code := range codes {
		if served[code] == nil && e.later[code].Site == "" {
			findings = append(findings, Event{Kind: HeadFile, Site: code, Where: code + headSuffix,
				Detail: "清单文件未被采用：没有通过校验，或启动后才放入"})
		}
	}
	for code, s := range served {
		bad := e.dir.intact(s.head)
		if bad == nil {
			continue
		}
		detail := bad.Error() + "；已按正在使用的版本重写"
		if err := e.dir.save(s.head); err != nil {
			detail = bad.Error() + "；重写失败：" + err.Error()
		}
		findings = append(findings, Event{
			Kind:     HeadFile,
			Site:     code,
			Revision: s.head.Revision,
			Where:    code + headSuffix,
			Detail:   detail,
		})
	}
	return findings, nil
}

const headsEvery = 10 * time.Second

// Scrub runs an audit at intervals of every, and CheckHeads every few seconds, until ctx ends. With o.Dir it also
// starts an audit within seconds after the modification time or size of a pack has changed.
func (e *Edge) Scrub(ctx context.Context, every time.Duration, o audit.Options) error {
	quick, full := time.NewTicker(headsEvery), time.NewTicker(every)
	defer quick.Stop()
	defer full.Stop()
	var packs audit.Packs
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-full.C:
		case <-quick.C:
			if err := e.CheckHeads(); err != nil {
				e.log.Error("edge: heads not checked", "err", err)
			}
			if o.Dir == "" || o.Objects == nil || !packs.Changed(ctx, o.Objects) {
				continue
			}
		}
		if report, err := e.Audit(ctx, o); err == nil {
			e.log.Info("edge: audit", "entries", report.Entries, "bytes", report.Bytes, "took", report.Took, "bad",
				report.Serious())
		} else if ctx.Err() == nil {
			e.log.Error("edge: audit not finished", "err", err)
		}
	}
}
