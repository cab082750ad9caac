package exchange

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"guiyi/internal/kernel/htmlclean"
	"guiyi/internal/kernel/rule"
)

// lostTexts describe the parts of a body that cannot be kept unchanged, in the order in which a finding lists them.
var lostTexts = []struct{ tag, text string }{
	{"img", "图片 %d 处（地址在编辑者自己的电脑上，或只有脚本知道），没有取到"},
	{"iframe", "内嵌网页 %d 处，有地址的已改为链接"},
	{"object", "内嵌对象 %d 处，有地址的已改为链接"},
	{"embed", "内嵌插件 %d 处，有地址的已改为链接"},
	{"video", "没有地址的视频 %d 处"},
	{"audio", "没有地址的音频 %d 处"},
	{"canvas", "脚本画的图 %d 处"},
	{"svg", "网页里画的图 %d 处，只留下图中的文字"},
	{"math", "公式 %d 处，只留下其中的字符，次序和上下位置可能不对"},
	{"map", "图片上的链接 %d 组"},
	{htmlclean.Unseen, "隐藏的文字 %d 处（要点击才显示，或从不显示）"},
}

// lostParts returns a finding about what the cleaner removed from a body, nil when it removed nothing.
func lostParts(dropped map[string]int) []rule.Finding {
	var all []string
	for _, l := range lostTexts {
		if n := dropped[l.tag]; n > 0 {
			all = append(all, fmt.Sprintf(l.text, n))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return []rule.Finding{{
		Code:  "import.lost",
		Level: rule.Warn,
		Field: "正文",
		Text:  "原文里有的没有照原样取来：" + strings.Join(all, "；") + "，请核对补充",
	}}
}

// lostMedia counts the visible parts of a body that the cleaner could not keep.
func lostMedia(dropped map[string]int) (n int) {
	for _, l := range lostTexts {
		if l.tag != htmlclean.Unseen {
			n += dropped[l.tag]
		}
	}
	return n
}

// lostValue matches a cell whose value the spreadsheet program has replaced. It is a long number rounded to a power of
// ten, an error, or a date in a column that is too narrow.
var lostValue = regexp.MustCompile(`^(?:\d\.\d+E\+\d{2,3}|#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)|#{3,})$`)

// lostValues returns a finding about the fields of a record whose value is lost.
func lostValues(fields map[string]string) []rule.Finding {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if v := strings.TrimSpace(fields[name]); lostValue.MatchString(v) {
			all = append(all, name+"（"+v+"）")
		}
	}
	if len(all) == 0 {
		return nil
	}
	return []rule.Finding{{
		Code:  "import.cell",
		Level: rule.Warn,
		Field: "表格",
		Text:  "这些列的值已被表格软件改写，原值不在文件里，请核对：" + strings.Join(all, "、"),
	}}
}
