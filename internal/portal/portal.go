package portal

import (
	"net/http"

	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/fault"
)

// New returns the handler of all dynamic pages. It fails unless the mounts cover every row of the portal in the table
// of addresses, so that each request forwarded by the edge has a handler.
func New(o dynamic.Options, mounts ...dynamic.Mount) (http.Handler, error) {
	if rows := dynamic.Unanswered(mounts...); len(rows) > 0 {
		return nil, fault.New(fault.Internal, "网址 %s 没有对应的动态页面 %s", rows[0].Pattern, rows[0].Mount)
	}
	return dynamic.New(o, mounts...)
}
