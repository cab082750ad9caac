package jobs

import "guiyi/internal/kernel/actor"

// What may be done with jobs.
const (
	Read  actor.Permission = "job.read"  // 查看后台任务
	Write actor.Permission = "job.write" // 重做、放弃停下的任务
	// Maintain is for the platform's own housekeeping: deleting old answers, uploads and marks.
	Maintain actor.Permission = "platform.maintain"
)
