package token

import "guiyi/internal/kernel/actor"

// What may be done with tokens.
const (
	Read  actor.Permission = "token.read"  // 查看令牌
	Write actor.Permission = "token.write" // 签发、吊销令牌
	// Grant is for whoever owns the platform: to hand on permissions that one has not oneself.
	Grant actor.Permission = "token.grant"
)
