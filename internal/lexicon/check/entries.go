package check

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"guiyi/internal/kernel/fault"
)

// MaxEntries is the greatest number of entries of a dictionary, MaxField the length of a field in characters.
const (
	MaxEntries = 100_000
	MaxField   = 200
)

// columns are the names that a first line may give to the columns of a dictionary, in their usual order.
var columns = [][]string{
	{"word", "词", "词语", "错词", "敏感词", "原词"},
	{"suggest", "应写作", "建议", "正确", "替换", "建议词"},
	{"reason", "理由", "说明", "原因"},
	{"level", "级别", "等级"},
	{"except", "例外", "白名单"},
}

// ParseEntries reads a dictionary: TSV or CSV in UTF-8, one entry a line: word, suggestions, reason, level, exceptions;
// all but the first may be missing. Suggestions and exceptions are separated by "|". Lines that begin with # are notes.
// A first line with the names of the columns may change their order.
// fault.Invalid names every line that is wrong, up to ten; a word that stands twice is wrong too.
func ParseEntries(file []byte) ([]Entry, error) {
	file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(file) {
		return nil, fault.New(fault.Invalid, "词库文件不是 UTF-8 编码，请另存为 UTF-8 后再导入")
	}
	rows, err := readRows(file)
	if err != nil {
		return nil, err
	}
	order := []int{0, 1, 2, 3, 4}
	var out []Entry
	var faults []string
	line := map[string]int{}
	for i, row := range rows {
		if i == 0 {
			if named := header(row.fields); named != nil {
				order = named
				continue
			}
		}
		e, why := entryOf(row.fields, order)
		if why == "" {
			key := string(fold([]rune(e.Word)).text)
			if before := line[key]; before != 0 {
				why = fmt.Sprintf("“%s”与第 %d 行重复", e.Word, before)
			}
			line[key] = row.line
		}
		if why != "" {
			if faults = append(faults, fmt.Sprintf("第 %d 行：%s", row.line, why)); len(faults) == 10 {
				break
			}
			continue
		}
		if out = append(out, e); len(out) > MaxEntries {
			return nil, fault.New(fault.TooLarge, "词库超过 %d 条，请拆成几个词库", MaxEntries)
		}
	}
	if len(faults) > 0 {
		return nil, fault.New(fault.Invalid, "词库文件有误，未作任何改动：%s", strings.Join(faults, "；"))
	}
	return out, nil
}

// row is a line of a table.
type row struct {
	line   int
	fields []string
}

// readRows reads tab-separated lines as they are, or CSV with its quotes when the file has no tab.
func readRows(file []byte) (out []row, err error) {
	if bytes.IndexByte(file, '\t') >= 0 || bytes.IndexByte(file, ',') < 0 {
		n := 0
		for line := range strings.SplitSeq(string(file), "\n") {
			n++
			line = strings.TrimSuffix(line, "\r")
			if strings.TrimSpace(line) != "" && line[0] != '#' {
				out = append(out, row{n, strings.Split(line, "\t")})
			}
		}
		return out, nil
	}
	r := csv.NewReader(bytes.NewReader(file))
	r.FieldsPerRecord, r.Comment = -1, '#'
	for {
		fields, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fault.Wrap(fault.Invalid, err, "词库文件不是正确的 CSV：引号没有成对。请改正，或用制表符分隔")
		}
		line, _ := r.FieldPos(0)
		if len(fields) > 1 || strings.TrimSpace(fields[0]) != "" {
			out = append(out, row{line, fields})
		}
	}
}

// header returns which field is which column, nil when the line does not name them.
func header(fields []string) []int {
	order := []int{-1, -1, -1, -1, -1}
	for i, f := range fields {
		for k, names := range columns {
			if slices.Contains(names, strings.ToLower(strings.TrimSpace(f))) && order[k] < 0 {
				order[k] = i
			}
		}
	}
	if order[0] < 0 || len(fields) > 1 && order[1] < 0 && order[2] < 0 && order[3] < 0 {
		return nil
	}
	return order
}

// entryOf reads one line. why says what is wrong with it.
func entryOf(fields []string, order []int) (e Entry, why string) {
	if len(fields) > len(columns) {
		return e, fmt.Sprintf("有 %d 列，最多 %d 列", len(fields), len(columns))
	}
	field := func(k int) string {
		if i := order[k]; i >= 0 && i < len(fields) {
			return strings.TrimSpace(fields[i])
		}
		return ""
	}
	e = Entry{Word: field(0), Suggest: field(1), Reason: field(2), Level: Level(field(3))}
	if x := field(4); x != "" {
		e.Except = strings.Split(x, "|")
	}
	n := len(fold([]rune(e.Word)).text)
	for _, f := range fields {
		if utf8.RuneCountInString(f) > MaxField {
			return e, fmt.Sprintf("有一列超过 %d 个字", MaxField)
		}
	}
	switch {
	case n == 0:
		return e, "没有词语"
	case n > MaxWord:
		return e, fmt.Sprintf("词语超过 %d 个字", MaxWord)
	case strings.Count(e.Word, "#") > 1 || strings.Trim(e.Word, "#") == "":
		return e, "代表数字的 # 只能有一个，也不能单独成词"
	case n == 1 && e.Word != "" && isHan([]rune(e.Word)[0]):
		return e, "单个汉字会在太多地方出现，请写成词语"
	case e.Level != "" && !e.Level.Valid():
		return e, "级别应是 block、warn、hint 或 off"
	case e.Suggest == e.Word:
		return e, "建议与词语相同"
	}
	return e, ""
}

// FormatEntries writes a dictionary as ParseEntries reads it.
func FormatEntries(entries []Entry) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		fields := []string{e.Word, e.Suggest, e.Reason, string(e.Level), strings.Join(e.Except, "|")}
		b.WriteString(strings.TrimRight(strings.Join(fields, "\t"), "\t") + "\n")
	}
	return b.Bytes()
}
