package dynamic

import (
	"bytes"
	"html"
	"io"
	"net/http"

	"guiyi/internal/address"
	"guiyi/internal/kernel/a11y"
	"guiyi/internal/kernel/web"
	"guiyi/internal/theme"
)

// errorPage writes the body of an error page; status and headers are already sent.
func (s *server) errorPage(w http.ResponseWriter, r *http.Request, problem web.Problem) error {
	site, err := (&Request{Request: r, server: s}).Site()
	if err != nil {
		_, err := io.WriteString(w, "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">"+
			"<title>无法显示</title></head><body><h1>无法显示</h1><p>"+html.EscapeString(problem.Detail)+
			"</p></body></html>\n")
		return err
	}
	page := site.Page(problem.Title)
	links := []theme.Link{
		{Text: "网站首页", URL: address.Home},
		{Text: "站内搜索", URL: address.Search},
		{Text: "网站地图", URL: address.SiteMap},
	}
	var v theme.View = theme.Problem{
		Page:   page,
		Title:  problem.Title,
		Detail: problem.Detail,
		ID:     problem.Instance,
		Links:  links,
		Phone:  site.Phone,
	}
	if problem.Status == http.StatusNotFound {
		v = theme.NotFound{Page: page, Phone: site.Phone, Links: links}
	}
	var b bytes.Buffer
	if err := site.Theme.Render(&b, v); err != nil {
		return err
	}
	_, err = w.Write(a11y.WithAttributes(b.Bytes(), a11y.Attributes(settings(r))))
	return err
}
