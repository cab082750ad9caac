package orgapi

import (
	"net/http"

	"guiyi/internal/kernel/api"
	"guiyi/internal/org/people"
	"guiyi/internal/site"
)

const tag = "部门与人员"

// Options has the desk that the operations use, and the register that knows the codes of sites.
type Options struct {
	People *people.Desk
	Sites  *site.Register
}

type handlers Options

// Mount returns the operations on departments, officers, grants and sessions.
func Mount(o Options) api.Mount { return handlers(o).mount }

func (h handlers) mount(a *api.API) {
	h.mountOfficers(a)
	h.mountGrants(a)
	api.Register(a, api.Operation{
		ID:          "list-departments",
		Method:      http.MethodGet,
		Path:        "/departments",
		Tag:         tag,
		Permission:  people.Read,
		Summary:     "列出部门",
		Description: "按代码排列；parent 指出上级。",
	}, h.departments)
	api.Register(a, api.Operation{
		ID:          "create-department",
		Method:      http.MethodPost,
		Path:        "/departments",
		Tag:         tag,
		Permission:  people.Write,
		Summary:     "建立部门",
		Status:      http.StatusCreated,
		Description: "代码建立后不能改。",
	}, h.addDepartment)
	api.Register(a, api.Operation{
		ID:          "list-sessions",
		Method:      http.MethodGet,
		Path:        "/sessions",
		Tag:         tag,
		Permission:  people.Read,
		Summary:     "列出登录中的会话",
		Description: "新的在前。",
	}, h.sessions)
	api.Register(a, api.Operation{
		ID:          "end-session",
		Method:      http.MethodDelete,
		Path:        "/sessions/{session}",
		Tag:         tag,
		Permission:  people.Grant,
		Summary:     "结束会话",
		Description: "立即生效；此人可以重新登录，要阻止请停用账户。",
	}, h.endSession)
}

func (h handlers) mountOfficers(a *api.API) {
	api.Register(a, api.Operation{
		ID:          "list-officers",
		Method:      http.MethodGet,
		Path:        "/officers",
		Tag:         tag,
		Permission:  people.Read,
		Summary:     "列出人员",
		Description: "新的在前，附各人的授权。",
	}, h.officers)
	api.Register(a, api.Operation{
		ID:          "create-officer",
		Method:      http.MethodPost,
		Path:        "/officers",
		Tag:         tag,
		Permission:  people.Write,
		Summary:     "建立人员账户",
		Status:      http.StatusCreated,
		Description: "账户建立后还没有密码和角色：请签发设置密码的链接，并由安全管理员授权。",
	}, h.addOfficer)
	api.Register(a, api.Operation{
		ID:         "get-officer",
		Method:     http.MethodGet,
		Path:       "/officers/{officer}",
		Tag:        tag,
		Permission: people.Read,
		Summary:    "查看人员",
	}, h.officer)
	api.Register(a, api.Operation{
		ID:          "change-officer",
		Method:      http.MethodPatch,
		Path:        "/officers/{officer}",
		Tag:         tag,
		Permission:  people.Write,
		Summary:     "修改、停用、启用人员",
		Description: "只改写了的字段；账户名不能改。停用立即结束此人的会话。version 是您读到的版本号，别人改过则 409。",
	}, h.changeOfficer)
	api.Register(a, api.Operation{
		ID:          "create-officer-link",
		Method:      http.MethodPost,
		Path:        "/officers/{officer}/link",
		Tag:         tag,
		Permission:  people.Write,
		Summary:     "签发设置密码的一次性链接",
		Status:      http.StatusCreated,
		Secret:      true,
		Description: "只出现在这次应答里，请当面或用可靠的方式交给本人。管理员账户的链接只能在服务器上用命令签发。",
	}, h.officerLink)
	api.Register(a, api.Operation{
		ID:          "reset-second-factor",
		Method:      http.MethodDelete,
		Path:        "/officers/{officer}/totp",
		Tag:         tag,
		Permission:  people.Grant,
		Summary:     "清除动态口令",
		Description: "本人丢失手机和恢复码时用；此人的会话立即结束。管理员账户的只能在服务器上用命令清除。",
	}, h.resetTOTP)
	api.Register(a, api.Operation{
		ID:         "unlock-officer",
		Method:     http.MethodPost,
		Path:       "/officers/{officer}/unlock",
		Tag:        tag,
		Permission: people.Grant,
		Summary:    "解除锁定",
	}, h.unlock)
}

func (h handlers) mountGrants(a *api.API) {
	api.Register(a, api.Operation{
		ID:          "list-roles",
		Method:      http.MethodGet,
		Path:        "/roles",
		Tag:         tag,
		Permission:  people.Read,
		Summary:     "列出角色和各自的权限",
		Description: "admin 为真的是三员：由不同的人担任，不兼任其他角色。",
	}, h.roles)
	api.Register(a, api.Operation{
		ID:          "create-grant",
		Method:      http.MethodPost,
		Path:        "/officers/{officer}/grants",
		Tag:         tag,
		Permission:  people.Grant,
		Summary:     "授予角色",
		Status:      http.StatusCreated,
		Description: "站点与 all_sites 二选一；columns 和 units 把授权限定在栏目（含下级）和部门内。不能给自己授权。",
	}, h.give)
	api.Register(a, api.Operation{
		ID:          "appoint-administrator",
		Method:      http.MethodPost,
		Path:        "/officers/{officer}/appointment",
		Tag:         tag,
		Permission:  people.Write,
		Summary:     "任命第一批管理员",
		Status:      http.StatusCreated,
		Description: "只在还没有安全管理员时可用，由首位系统管理员任命；此后由安全管理员授权。",
	}, h.appoint)
	api.Register(a, api.Operation{
		ID:          "delete-grant",
		Method:      http.MethodDelete,
		Path:        "/grants/{grant}",
		Tag:         tag,
		Permission:  people.Grant,
		Summary:     "撤销授权",
		Description: "立即生效。",
	}, h.take)
}
