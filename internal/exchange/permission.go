package exchange

import "guiyi/internal/kernel/actor"

// The permissions for imports.
const (
	Read  actor.Permission = "import.read"  // 查看导入任务和隔离的内容
	Write actor.Permission = "import.write" // 上传导入文件，建立、取消导入任务
)
