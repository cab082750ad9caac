package edge

import (
	"html"
	"net/http"

	"guiyi/internal/edge/verified"
)

// notice responds with a plain built-in page, which needs neither site nor store.
func (a *answer) notice(status int) {
	a.removeFormHeaders()
	a.w.Header()["Cache-Control"] = headerValue(cacheNone)
	a.noticeBody(status)
}

func (a *answer) noticeBody(status int) {
	a.setOwnHeaders()
	title, text := noticeText(status)
	page := verified.NewContent([]byte("<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head><meta charset=\"utf-8\"><title>" +
		html.EscapeString(title) + "</title><meta name=\"description\" content=\"" + html.EscapeString(text) +
		"\"></head>\n<body><main><h1>" + html.EscapeString(title) + "</h1><p>" + html.EscapeString(text) +
		"</p></main></body>\n</html>\n"))
	a.w.Header()["Content-Type"] = headerValue("text/html; charset=utf-8")
	a.send(status, page)
}

// noticeText returns title and text for a status.
func noticeText(status int) (title, text string) {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound:
		return "页面已移动", "浏览器将自动转到新地址。"
	case http.StatusBadRequest:
		return "请求有误", "请检查网址后重试。"
	case http.StatusNotFound:
		return "页面不存在", "请检查网址，或返回网站首页查找。"
	case http.StatusMethodNotAllowed:
		return "不支持的操作", "此地址只能浏览。"
	case http.StatusGone:
		return "内容已撤下", "此页面的内容已经撤下，不再提供。"
	case http.StatusPreconditionFailed:
		return "内容已更新", "请刷新页面后重试。"
	case http.StatusRequestTimeout:
		return "接收超时", "没有在规定时间内收到全部内容，请检查网络后重试。"
	case http.StatusTooManyRequests:
		return "请求过于频繁", "同一网络中正在提交的内容过多，请稍后再试。"
	case http.StatusRequestEntityTooLarge:
		return "提交的内容过大", "请减少内容后重试。"
	case http.StatusRequestURITooLong:
		return "网址过长", "请检查网址后重试。"
	case http.StatusRequestedRangeNotSatisfiable:
		return "请求的范围无效", "请重新下载整个文件。"
	case http.StatusMisdirectedRequest:
		return "没有这个网站", "本服务器没有与此域名对应的网站，请检查网址。"
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return "服务暂不可用", "检索等互动功能正在恢复，网站其他内容可正常浏览，请稍后再试。"
	}
	return "暂时无法访问", "请稍后再试。"
}
