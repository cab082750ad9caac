package resource

import (
	"guiyi/internal/kernel/actor"
	"guiyi/internal/resource/media"
)

// Permissions of this package.
const (
	Read           actor.Permission = "item.read"       // 查看信息，包括草稿
	Write          actor.Permission = "item.write"      // 起草、修改信息，关联
	ReleaseItems   actor.Permission = "item.release"    // 发布、撤稿
	PlacementWrite actor.Permission = "placement.write" // 把信息放进、移出栏目
	MediaWrite                      = media.Write       // 上传信息用的图片和附件
	// ReceiveItems is required by Receive. A slice that imports items checks its own permission and then calls
	// Receive with this one (actor.Actor.WithPermissions). No operation declares it, so no token has it.
	ReceiveItems actor.Permission = "item.receive"
	// ApproveItems is for the slice that keeps the reviews, in the same way.
	ApproveItems actor.Permission = "item.approve"
)
