package site

import "guiyi/internal/kernel/actor"

// The permissions for sites, columns and rules.
const (
	Read        actor.Permission = "site.read"    // 查看站点和栏目
	Write       actor.Permission = "site.declare" // 建立站点、修改网站档案（平台级）
	StateWrite  actor.Permission = "site.state"   // 变更网站状态
	ColumnWrite actor.Permission = "column.write" // 建立、修改、撤销栏目
	RuleWrite   actor.Permission = "rule.write"   // 修改规则的数值（平台级）
)
