package lexiconapi

import (
	"context"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/lexicon"
	"guiyi/internal/lexicon/check"
)

// SiteQuery is the site that an operation is about.
type SiteQuery struct {
	Site string `query:"site" required:"true" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"站点代码" doc:"站点代码"`
}

// DictionaryPath is the dictionary in the path of a request.
type DictionaryPath struct {
	Dictionary api.ID `path:"dictionary" doc:"词库编号"`
}

// Dictionary is a list of words that checks look for.
type Dictionary struct {
	ID      api.ID     `json:"id"`
	Code    string     `json:"code"`
	Name    string     `json:"name"`
	Kind    string     `json:"kind" doc:"word.wrong 错别字、word.confusable 易混词、word.sensitive 敏感词、word.expression 规范表述"`
	Level   string     `json:"level,omitempty" doc:"级别；没有就是种类的级别"`
	Scope   string     `json:"scope" enum:"program,platform,site" doc:"program 随带、platform 全平台、site 本站"`
	Version int64      `json:"version"`
	Entries int        `json:"entries" doc:"词条数"`
	At      *time.Time `json:"at,omitempty" doc:"最近一次导入"`
}

func dictionaryOf(d *lexicon.Dictionary) Dictionary {
	out := Dictionary{
		ID:      api.NewID(d.ID),
		Code:    d.Code,
		Name:    d.Name,
		Kind:    d.Kind,
		Level:   string(d.Level),
		Scope:   "site",
		Version: d.Version,
		Entries: d.Entries,
		At:      api.Time(d.At),
	}
	switch {
	case d.Builtin:
		out.Scope = "program"
	case d.Owner == 0:
		out.Scope = "platform"
	}
	return out
}

func (h handlers) dictionaries(ctx context.Context, in *SiteQuery) (*api.PageOutput[Dictionary], error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	all, err := h.Desk.Dictionaries(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	out := &api.PageOutput[Dictionary]{Body: api.Page[Dictionary]{Items: []Dictionary{}}}
	for _, d := range all {
		out.Body.Items = append(out.Body.Items, dictionaryOf(d))
	}
	return out, nil
}

// DictionaryImport is the request that replaces the entries of a dictionary.
type DictionaryImport struct {
	Site    string `json:"site,omitempty" maxLength:"40" doc:"站点代码；不写为全平台的词库，需要平台级权限"`
	Code    string `json:"code" minLength:"1" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"小写字母、数字和连字符，以字母或数字开头" doc:"词库的代码"`
	Kind    string `json:"kind,omitempty" enum:"word.wrong,word.confusable,word.sensitive,word.expression" doc:"种类，新词库必填"`
	Name    string `json:"name,omitempty" maxLength:"60" doc:"名称，新词库必填"`
	Level   string `json:"level,omitempty" enum:"block,warn,hint,off" doc:"级别"`
	Content string `json:"content" maxLength:"4000000" doc:"每行一条：词、应写作（几个用 | 分开）、理由、级别、例外（几个用 | 分开），以制表符或逗号分隔"`
	Version int64  `json:"version" minimum:"0" doc:"您读到的版本号；新词库为 0"`
	Note    string `json:"note,omitempty" maxLength:"200" doc:"说明"`
}

// DictionaryChanges is the result of an import.
type DictionaryChanges struct {
	Applied    bool          `json:"applied" doc:"false：只检查"`
	Dictionary Dictionary    `json:"dictionary"`
	Added      int           `json:"added"`
	Removed    int           `json:"removed"`
	Changed    int           `json:"changed"`
	Samples    []EntryChange `json:"samples" nullable:"false" doc:"改动的词条，最多 100 条"`
}

// EntryChange is an entry that an import changes.
type EntryChange struct {
	Was *DictionaryEntry `json:"was,omitempty" doc:"没有：新增"`
	Is  *DictionaryEntry `json:"is,omitempty" doc:"没有：删除"`
}

// DictionaryEntry is a word of a dictionary.
type DictionaryEntry struct {
	Word    string   `json:"word"`
	Suggest string   `json:"suggest,omitempty" doc:"应写作，几个用 | 分开"`
	Reason  string   `json:"reason,omitempty"`
	Level   string   `json:"level,omitempty"`
	Except  []string `json:"except,omitempty" doc:"例外"`
}

func entryOf(e check.Entry) *DictionaryEntry {
	if e.Word == "" {
		return nil
	}
	return &DictionaryEntry{
		Word:    e.Word,
		Suggest: e.Suggest,
		Reason:  e.Reason,
		Level:   string(e.Level),
		Except:  e.Except,
	}
}

func importedOf(d *lexicon.Dictionary, c lexicon.Changes, applied bool) DictionaryChanges {
	out := DictionaryChanges{
		Applied:    applied,
		Dictionary: dictionaryOf(d),
		Added:      c.Added,
		Removed:    c.Removed,
		Changed:    c.Changed,
		Samples:    []EntryChange{},
	}
	for _, s := range c.Samples {
		out.Samples = append(out.Samples, EntryChange{entryOf(s.Was), entryOf(s.Is)})
	}
	return out
}

func (h handlers) importEntries(ctx context.Context, in *struct {
	Only bool `query:"dry_run" doc:"只检查，不改动"`
	Body DictionaryImport
}) (*struct{ Body DictionaryChanges }, error) {
	b := in.Body
	w := lexicon.Import{
		Code:    b.Code,
		Kind:    b.Kind,
		Name:    b.Name,
		Level:   check.Level(b.Level),
		Content: []byte(b.Content),
		Version: b.Version,
		Note:    b.Note,
	}
	if b.Site != "" {
		s, err := h.Sites.ByCodeInScope(ctx, b.Site)
		if err != nil {
			return nil, err
		}
		w.Owner = s.ID
	}
	d, changes, err := h.Desk.Import(ctx, w, in.Only)
	if err != nil {
		return nil, err
	}
	return &struct{ Body DictionaryChanges }{importedOf(d, changes, !in.Only)}, nil
}

func (h handlers) entries(ctx context.Context, in *struct {
	DictionaryPath
	api.PageInput
	Q string `query:"q" maxLength:"40" doc:"词或建议里有这些字的"`
}) (*api.PageOutput[DictionaryEntry], error) {
	after, err := in.One("entries")
	if err != nil {
		return nil, err
	}
	_, all, err := h.Desk.Entries(ctx, in.Dictionary.Int(), in.Q)
	if err != nil {
		return nil, err
	}
	type placed struct {
		DictionaryEntry
		place int64
	}
	var some []placed
	for i := after; i >= 0 && i < int64(len(all)) && len(some) <= in.Limit; i++ {
		some = append(some, placed{*entryOf(all[i]), i + 1})
	}
	page := api.NewPage(ctx, in.PageInput, "entries", some, func(p placed) []int64 { return []int64{p.place} })
	out := &api.PageOutput[DictionaryEntry]{Link: page.Link}
	out.Body.Items, out.Body.Next = []DictionaryEntry{}, page.Body.Next
	for _, p := range page.Body.Items {
		out.Body.Items = append(out.Body.Items, p.DictionaryEntry)
	}
	return out, nil
}

// DictionaryVersion is one import of a dictionary.
type DictionaryVersion struct {
	Version int64      `json:"version"`
	Added   int        `json:"added"`
	Removed int        `json:"removed"`
	Changed int        `json:"changed"`
	Note    string     `json:"note,omitempty"`
	At      *time.Time `json:"at"`
}

func (h handlers) versions(ctx context.Context, in *DictionaryPath) (*api.PageOutput[DictionaryVersion], error) {
	all, err := h.Desk.Versions(ctx, in.Dictionary.Int())
	if err != nil {
		return nil, err
	}
	out := &api.PageOutput[DictionaryVersion]{Body: api.Page[DictionaryVersion]{Items: []DictionaryVersion{}}}
	for _, v := range all {
		out.Body.Items = append(out.Body.Items, DictionaryVersion{
			Version: v.Version,
			Added:   v.Added,
			Removed: v.Removed,
			Changed: v.Changed,
			Note:    v.Note,
			At:      api.Time(v.At),
		})
	}
	return out, nil
}

// DictionaryRestore is the request that restores a version.
type DictionaryRestore struct {
	Version int64 `json:"version" minimum:"1" doc:"您读到的版本号"`
	To      int64 `json:"to" minimum:"1" doc:"恢复到哪一版"`
}

func (h handlers) restore(ctx context.Context, in *struct {
	DictionaryPath
	Body DictionaryRestore
}) (*struct{ Body DictionaryChanges }, error) {
	d, changes, err := h.Desk.Restore(ctx, in.Dictionary.Int(), in.Body.Version, in.Body.To)
	if err != nil {
		return nil, err
	}
	return &struct{ Body DictionaryChanges }{importedOf(d, changes, true)}, nil
}
