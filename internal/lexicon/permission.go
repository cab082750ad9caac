package lexicon

import "guiyi/internal/kernel/actor"

// What may be done with dictionaries and findings.
const (
	Read   actor.Permission = "lexicon.read"   // 检查内容，查看词库
	Ignore actor.Permission = "lexicon.ignore" // 说明理由，忽略检查结果
	Write  actor.Permission = "lexicon.write"  // 导入词库，设定级别和领导名单，忽略阻断发布的检查结果
)
