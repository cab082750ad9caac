package editorialapi

import (
	"net/http"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/site"
)

const tag = "审核"

// Options are what the operations work on.
type Options struct {
	Desk  *editorial.Desk
	Sites *site.Register
	Names api.NameSource
}

type handlers Options

// Mount registers the operations.
func Mount(o Options) api.Mount { return handlers(o).mount }

func (h handlers) mount(a *api.API) {
	api.Register(a, api.Operation{
		ID:          "list-tasks",
		Method:      http.MethodGet,
		Path:        "/tasks",
		Tag:         tag,
		Permission:  editorial.Read,
		Summary:     "列出审核任务",
		Description: "view：todo 待我处理（先送审的在前）、mine 我送审的、returned 退回给我的、done 我审过的；不写为范围内的全部，新的在前。",
	}, h.list)
	api.Register(a, api.Operation{
		ID:          "get-task",
		Method:      http.MethodGet,
		Path:        "/tasks/{task}",
		Tag:         tag,
		Permission:  editorial.Read,
		Summary:     "查看审核任务",
		Description: "附经过、流程，和稿件与公开版本的逐句对照。",
	}, h.get)
	api.Register(a, api.Operation{
		ID:          "submit-item",
		Method:      http.MethodPost,
		Path:        "/items/{item}/submit",
		Tag:         tag,
		Permission:  editorial.Submit,
		Summary:     "送审",
		Description: "把您看到的草稿送审；最后一步通过后自动发布，写了 release_at 的按时发布。",
	}, h.submit)
	api.Register(a, onTask("claim", editorial.Review, "认领", "由自己处理当前一步，别人不再处理。"), h.claim)
	api.Register(a, onTask("unclaim", editorial.Review, "放回", "不再由自己处理，别人可以认领。"), h.unclaim)
	api.Register(a, onTask("approve", editorial.Review, "通过",
		"通过当前一步；最后一步通过后发布。不能审自己写的稿件，一个人不能审两步。稿件在送审后改过则 409。"), h.approve)
	api.Register(a, onTask("return", editorial.Review, "退回", "退回作者修改，原因必填。"), h.giveBack)
	api.Register(a, onTask("transfer", editorial.Review, "转交", "把当前一步转给另一位审核人。"), h.transfer)
	api.Register(a, onTask("recall", editorial.Submit, "撤回送审", "送审人在最后一步通过之前撤回。"), h.recall)
	api.Register(a, onTask("urge", editorial.Submit, "催办", "请审核人尽快处理。"), h.urge)
	mountHistory(a, h)
	mountFlows(a, h)
}

// onTask describes an operation on one task.
func onTask(verb string, p actor.Permission, summary, description string) api.Operation {
	return api.Operation{
		ID:          verb + "-task",
		Method:      http.MethodPost,
		Path:        "/tasks/{task}/" + verb,
		Tag:         tag,
		Permission:  p,
		Summary:     summary,
		Description: description,
	}
}
