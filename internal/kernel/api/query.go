package api

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"guiyi/internal/kernel/fault"
)

// checkQuery refuses a query with malformed pairs, and parameters that are empty, repeated or not plain UTF-8 text. If
// they were ignored, a client would get a list without the filter that it set. Huma checks names and types.
func checkQuery(raw string) error {
	query, err := url.ParseQuery(raw)
	if err != nil { // query lacks the pairs that cannot be parsed
		return fault.Wrap(fault.Invalid, err, "查询参数的写法有误：特殊字符须用 %% 转义，参数之间用 & 分开")
	}
	wrong := map[string]string{}
	for name, values := range query {
		if text := wrongValues(values); text != "" {
			wrong["query."+name] = text
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	var all []string
	for _, field := range slices.Sorted(maps.Keys(wrong)) {
		all = append(all, strings.TrimPrefix(field, "query.")+" "+wrong[field])
	}
	return fault.InvalidFields(wrong, "查询参数有误，请改正后重发：%s。", strings.Join(all, "；"))
}

func wrongValues(values []string) string {
	for _, value := range values {
		switch {
		case strings.TrimSpace(value) == "":
			return "不能为空，不需要时请省略这个参数"
		case !utf8.ValidString(value):
			return "应使用 UTF-8 编码"
		case strings.ContainsFunc(value, unicode.IsControl):
			return "不能含有控制字符"
		}
	}
	if len(values) > 1 {
		return "只能给出一次"
	}
	return ""
}
