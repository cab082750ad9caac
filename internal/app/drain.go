package app

import (
	"context"
	"slices"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/publish"
	"guiyi/internal/publish/control"
	"guiyi/internal/resource"
)

// publishKinds returns the kinds of jobs that publish content.
func publishKinds() []string {
	return []string{resource.JobRelease, resource.JobWithdraw, publish.JobPlan, control.JobBuild}
}

// drainPatience is how long a command waits for publishing jobs that another process runs or that wait for their next
// attempt. It is longer than publish.PlanLease, the lease of a killed process.
const drainPatience = time.Minute

// Drain runs due publishing jobs in this process and waits for those in other processes. When it returns nil, all
// changes made before are public. It returns an Unavailable fault after drainPatience.
func (p *Platform) Drain(ctx context.Context) error {
	kinds := publishKinds()
	for end := time.Now().Add(drainPatience); ; {
		if err := p.Board.Drain(ctx, kinds...); err != nil {
			return err
		}
		depths, err := p.Board.Depths(ctx)
		if err != nil {
			return err
		}
		held := slices.ContainsFunc(depths, func(d jobs.Depth) bool {
			// Planned releases may wait for days, so only the waiting jobs of publish.JobPlan count.
			return slices.Contains(kinds, d.Kind) && d.Running > 0 || d.Kind == publish.JobPlan && d.Waiting > 0
		})
		if !held {
			return nil
		}
		if time.Now().After(end) {
			return fault.New(fault.Unavailable, "改动已保存，但发布还没有完成：另一个进程正在处理，请稍后查看发布状态")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
