package editorial

import "guiyi/internal/kernel/actor"

// What may be done with reviews.
const (
	Read      actor.Permission = "editorial.read"   // 查看审核任务
	Submit    actor.Permission = "editorial.submit" // 送审、撤回送审
	Review    actor.Permission = "editorial.review" // 认领、通过、退回、转交
	FlowWrite actor.Permission = "editorial.flow"   // 设定审核流程
)
