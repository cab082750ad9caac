package people

import "guiyi/internal/kernel/actor"

// What may be done with people.
const (
	Read  actor.Permission = "org.read"  // 查看部门、人员、授权
	Write actor.Permission = "org.write" // 建立、修改、停用部门和人员
	Grant actor.Permission = "org.grant" // 授权、撤销授权、结束会话、解锁
	// Rescue makes links for administrators. No role holds it: who runs the server may.
	Rescue actor.Permission = "org.rescue"
)
