package token

import "guiyi/internal/kernel/actor"

// What may be done with tokens.
const (
	Read  actor.Permission = "token.read"  // 查看令牌
	Write actor.Permission = "token.write" // 签发、吊销令牌
	// Grant is for the administrator of the platform: to grant permissions that one does not have.
	Grant actor.Permission = "token.grant"
)
