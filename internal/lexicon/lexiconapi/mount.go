package lexiconapi

import (
	"net/http"

	"guiyi/internal/kernel/api"
	"guiyi/internal/lexicon"
	"guiyi/internal/site"
)

const tag = "内容检查"

// Options has the desk and the register that the operations use.
type Options struct {
	Desk  *lexicon.Desk
	Sites *site.Register
}

type handlers Options

// Mount returns the operations on checks and dictionaries.
func Mount(o Options) api.Mount { return handlers(o).mount }

// importLimit is the greatest body of an import or of a text to check, in bytes.
const importLimit = 16 << 20

func (h handlers) mount(a *api.API) {
	api.Register(a, api.Operation{
		ID:         "check-text",
		Method:     http.MethodPost,
		Path:       "/check",
		Tag:        tag,
		Permission: lexicon.Read,
		Summary:    "检查内容",
		BodyLimit:  importLimit,
		Description: "检查标题、正文（HTML）和附件，不保存。结果里的位置以字符（码点）计：part 是哪一部分，index 是第几个文本块、图片、表格或附件（从 0 起）。" +
			"文本块按文档次序数：每个段落、标题、题注，以及直接含文字的单元格和列表项，空的也算；块内的换行和图片各算一个字符。",
	}, h.check)
	api.Register(a, api.Operation{
		ID:         "list-check-kinds",
		Method:     http.MethodGet,
		Path:       "/check/kinds",
		Tag:        tag,
		Permission: lexicon.Read,
		Summary:    "检查的种类和级别",
	}, h.kinds)
	api.Register(a, api.Operation{
		ID:          "list-dictionaries",
		Method:      http.MethodGet,
		Path:        "/dictionaries",
		Tag:         tag,
		Permission:  lexicon.Read,
		Summary:     "列出词库",
		Description: "站点检查时用到的：随带的、全平台的、本站的。",
	}, h.dictionaries)
	api.Register(a, api.Operation{
		ID:          "import-dictionary",
		Method:      http.MethodPost,
		Path:        "/dictionaries",
		Tag:         tag,
		Permission:  lexicon.Write,
		Summary:     "导入词库",
		BodyLimit:   importLimit,
		Description: "以 content（TSV 或 CSV）代替词库的全部词条，成为新的一版，立即生效。dry_run=true 只说明会改动什么。version 是您读到的版本号，新词库为 0。",
	}, h.importEntries)
	api.Register(a, api.Operation{
		ID:         "list-entries",
		Method:     http.MethodGet,
		Path:       "/dictionaries/{dictionary}/entries",
		Tag:        tag,
		Permission: lexicon.Read,
		Summary:    "列出词条",
	}, h.entries)
	api.Register(a, api.Operation{
		ID:         "list-dictionary-versions",
		Method:     http.MethodGet,
		Path:       "/dictionaries/{dictionary}/versions",
		Tag:        tag,
		Permission: lexicon.Read,
		Summary:    "词库的各版",
	}, h.versions)
	api.Register(a, api.Operation{
		ID:          "restore-dictionary",
		Method:      http.MethodPost,
		Path:        "/dictionaries/{dictionary}/restore",
		Tag:         tag,
		Permission:  lexicon.Write,
		Summary:     "恢复词库的一版",
		Description: "把较早一版的词条再导入一次，成为新的一版。",
	}, h.restore)
	mountSettings(a, h)
}
