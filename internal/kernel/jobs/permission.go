package jobs

import "guiyi/internal/kernel/actor"

// Permissions of this package.
const (
	Read  actor.Permission = "job.read"  // 查看后台任务
	Write actor.Permission = "job.write" // 重做、放弃停下的任务
	// Maintain allows maintenance of the platform itself, such as deleting old stored answers and unreferenced blobs.
	Maintain actor.Permission = "platform.maintain"
)
