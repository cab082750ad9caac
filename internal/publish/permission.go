package publish

import "guiyi/internal/kernel/actor"

// Permissions for published sites.
const (
	ReadState actor.Permission = "publish.read"     // 查看发布状态和账本
	Run       actor.Permission = "publish.run"      // 要求发布
	RollBack  actor.Permission = "publish.rollback" // 回退、恢复
)
