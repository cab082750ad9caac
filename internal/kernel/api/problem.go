package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/web"
)

// Problem is the response to a request that failed (RFC 9457). Its texts are safe to show and say what to do.
type Problem struct {
	Type     string           `json:"type" doc:"总是 about:blank，类别看 status"`
	Title    string           `json:"title" doc:"类别的名称"`
	Status   int              `json:"status" doc:"HTTP 状态码"`
	Detail   string           `json:"detail" doc:"哪里不对，应当怎么做"`
	Instance string           `json:"instance,omitempty" doc:"请求编号，报告问题时请提供"`
	Errors   []web.FieldError `json:"errors,omitempty" doc:"逐项说明哪个字段不对"`

	wait time.Duration // time until the client may send the request again, for Retry-After
}

var problemType = reflect.TypeFor[Problem]()

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// refusal returns the problem for an error. It logs the cause if the status is 500 or above.
func (a *API) refusal(ctx context.Context, err error) *Problem {
	if o, ok := ctx.Value(outcomeKey{}).(*outcome); ok {
		o.err = err
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.complete(ctx)
	}
	err = store.Explain(err)
	wp := web.NewProblem(ctx, err)
	p := &Problem{
		Type:     wp.Type,
		Title:    wp.Title,
		Status:   wp.Status,
		Detail:   wp.Detail,
		Instance: wp.Instance,
		Errors:   wp.Errors,
	}
	if p.Status == http.StatusBadRequest { // the request could be parsed but is invalid
		p.Status, p.Title = http.StatusUnprocessableEntity, web.StatusTitle(http.StatusUnprocessableEntity)
	}
	if p.Status >= http.StatusInternalServerError && ctx.Err() == nil {
		a.Log.ErrorContext(ctx, "api failed", "err", err, "request_id", p.Instance)
	}
	return p
}

func (p *Problem) complete(ctx context.Context) *Problem {
	p.Type, p.Title = cmp.Or(p.Type, "about:blank"), cmp.Or(p.Title, web.StatusTitle(p.Status))
	p.Instance = cmp.Or(p.Instance, web.RequestIDFrom(ctx))
	return p
}

// translate returns a Problem for a request that huma refuses before it calls the handler, because the request cannot
// be parsed or does not match the document.
func translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &Problem{Status: m.Status}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, web.FieldError{Field: e.Location, Detail: inChinese(e.Message)})
	}
	switch {
	case m.Status == http.StatusBadRequest && len(p.Errors) == 0:
		p.Detail = "请求没有内容，请把 JSON 放在请求体里。"
	case m.Status == http.StatusBadRequest && p.Errors[0].Detail != notJSON:
		p.Detail = "请求体" + p.Errors[0].Detail + "。"
	case m.Status == http.StatusBadRequest:
		p.Detail = "请求体不是正确的 JSON，请检查引号、逗号和括号，并用 UTF-8 编码。"
	case m.Status == http.StatusRequestEntityTooLarge:
		p.Detail = "提交的内容超过上限，请分次提交；文件请用上传接口。"
	case m.Status == http.StatusRequestTimeout:
		p.Detail = "没有在规定时间内收到全部内容，请重试。"
	case m.Status == http.StatusUnsupportedMediaType:
		p.Detail = "请求头 Content-Type 应为 application/json。"
	case m.Status >= 500:
		p.Detail = fault.Text(errors.New(m.Detail))
	default:
		var where []string
		for _, e := range p.Errors {
			where = append(where, fmt.Sprintf("%s（%s）", e.Field, e.Detail))
		}
		p.Detail = fmt.Sprintf("有 %d 处与接口说明不符，请更正后重发：%s。", len(where), strings.Join(where, "；"))
	}
	return p.complete(ctx.Context()), nil
}

// sentence is a pattern for a validator message and its Chinese translation.
type sentence struct {
	pattern *regexp.Regexp
	chinese string
}

const notJSON = "不是正确的 JSON"

var sentences = []sentence{
	{regexp.MustCompile(`^expected required property (\S+) to be present`), "缺少字段 $1，请补上"},
	{regexp.MustCompile(`^unexpected property`), "没有这个字段，请删去或改正拼写"},
	{regexp.MustCompile(`^unknown query parameter`), "没有这个参数，请删去或改正拼写"},
	{regexp.MustCompile(`^required (\S+) parameter is missing`), "缺少这个参数，请补上"},
	{regexp.MustCompile(`^expected boolean|^invalid boolean`), "应为 true 或 false"},
	{regexp.MustCompile(`^expected (number|integer)$|^invalid (integer|float)`), "应为数字"},
	{regexp.MustCompile(`^expected string$`), "应为字符串"},
	{regexp.MustCompile(`^expected array$`), "应为数组"},
	{regexp.MustCompile(`^expected object$`), "应为对象"},
	{regexp.MustCompile(`^expected array items to be unique`), "各项不能重复"},
	{regexp.MustCompile(`^expected value to be one of "(.*)"`), "只能是：$1"},
	{regexp.MustCompile(`^expected number >=? (\S+)`), "不能小于 $1"},
	{regexp.MustCompile(`^expected number <=? (\S+)`), "不能大于 $1"},
	{regexp.MustCompile(`^expected length >= (\d+)`), "至少 $1 个字"},
	{regexp.MustCompile(`^expected length <= (\d+)`), "最多 $1 个字"},
	{regexp.MustCompile(`^expected array length >= (\d+)`), "至少 $1 项"},
	{regexp.MustCompile(`^expected array length <= (\d+)`), "最多 $1 项"},
	{regexp.MustCompile(`^expected string to be RFC 3339 date-time|^invalid date/time`),
		"应为带时区的时间，如 2026-12-01T09:00:00+08:00"},
	{regexp.MustCompile(`^expected string to be RFC 3339 date`), "应为日期，如 2026-12-01"},
	{regexp.MustCompile(`^expected string to be RFC 3986 uri`), "应为完整网址"},
	{regexp.MustCompile(`^expected string to match pattern (.*)`), "写法应符合 $1"},
	{regexp.MustCompile(`^expected string to be (\p{Han}.*)`), "应为$1"},
	{regexp.MustCompile(`^` + errNotUTF8.Error() + `$`), "不是 UTF-8 编码"},
	{regexp.MustCompile(`^` + errControl.Error() + `$`), "的文字里有控制字符（如 \\u0000），请删去"},
	{regexp.MustCompile(`JSON|unexpected end|invalid character|cannot unmarshal`), notJSON},
}

// inChinese translates a validator message. For an unknown message it returns a general sentence.
func inChinese(message string) string {
	for _, s := range sentences {
		if m := s.pattern.FindStringSubmatchIndex(message); m != nil {
			return string(s.pattern.ExpandString(nil, s.chinese, message, m))
		}
	}
	return "不符合接口说明，请对照 " + Base + "/docs 更正"
}

// retryLater returns a problem with "Retry-After: 1".
func retryLater(status int, format string, v ...any) *Problem {
	return &Problem{Status: status, Detail: fmt.Sprintf(format, v...), wait: time.Second}
}
