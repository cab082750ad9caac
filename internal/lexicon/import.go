package lexicon

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/lexicon/check"
	"guiyi/internal/lexicon/starter"
)

// Import is a request to replace the entries of a dictionary, or to make a new one.
type Import struct {
	Owner   int64 // the site; 0 = all sites
	Code    string
	Kind    string // code of a kind that begins with "word."; may be empty for a dictionary that is there
	Name    string // may be empty for a dictionary that is there
	Level   check.Level
	Content []byte // see check.ParseEntries
	Version int64  // of the dictionary that the caller saw; 0 for a new one
	Note    string
}

// Changes says what an import changes.
type Changes struct {
	Added, Removed, Changed int
	Samples                 []Change // at most maxSamples
}

// Change is an entry that an import changes. Was or Is has an empty word when there was or is none.
type Change struct{ Was, Is check.Entry }

const maxSamples = 100

var codeForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Import replaces the entries of a dictionary and returns what changes. With dry it changes nothing. It needs Write for
// the site, or for all sites when Owner is 0.
func (d *Desk) Import(ctx context.Context, in Import, dry bool) (_ *Dictionary, _ Changes, err error) {
	defer fault.Annotate(&err, "lexicon.Import(site %d, %s)", in.Owner, in.Code)
	var changes Changes
	if err := may(ctx, Write, in.Owner); err != nil {
		return nil, changes, err
	}
	entries, err := check.ParseEntries(in.Content)
	if err != nil {
		return nil, changes, err
	}
	by, err := actor.From(ctx)
	if err != nil {
		return nil, changes, err
	}
	out := new(Dictionary)
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		was, err := d.target(ctx, tx, in, out)
		if err != nil {
			return err
		}
		if changes = compare(was, entries); dry {
			return nil
		}
		fresh := out.Version == 0
		out.Version, out.Entries, out.By, out.At = out.Version+1, len(entries), by.String(), d.now().UnixMilli()
		if err := saveDictionary(ctx, tx, out, fresh); err != nil {
			return err
		}
		v := &Version{
			Dictionary: out.ID,
			Version:    out.Version,
			Content:    string(check.FormatEntries(entries)),
			Added:      changes.Added,
			Removed:    changes.Removed,
			Changed:    changes.Changed,
			Note:       in.Note,
			By:         out.By,
			At:         out.At,
		}
		if _, err := tx.NewInsert().Model(v).Exec(ctx); err != nil {
			return err
		}
		return d.note(ctx, tx, Write, "dictionary", out.ID, in.Owner, fmt.Sprintf("导入词库 %s：新增 %d、删除 %d、修改 %d",
			out.Code, changes.Added, changes.Removed, changes.Changed))
	})
	return out, changes, err
}

// saveDictionary writes a dictionary, unless somebody else has imported into it meanwhile.
func saveDictionary(ctx context.Context, tx bun.Tx, x *Dictionary, fresh bool) error {
	if fresh {
		_, err := tx.NewInsert().Model(x).Exec(ctx)
		return err
	}
	res, err := tx.NewUpdate().Model(x).WherePK().Where("version = ?", x.Version-1).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fault.New(fault.Conflict, "词库 %s 已被别人更新，请重新读取后再导入", x.Code)
}

// target fills out with the dictionary that an import changes, and returns its entries.
func (d *Desk) target(ctx context.Context, tx bun.Tx, in Import, out *Dictionary) ([]check.Entry, error) {
	err := tx.NewSelect().Model(out).Where("owner = ? AND code = ?", in.Owner, in.Code).Scan(ctx)
	if err != nil && !store.NotFound(err) {
		return nil, err
	}
	there := err == nil
	switch {
	case there && out.Version != in.Version:
		return nil, fault.New(fault.Conflict, "词库 %s 现在是第 %d 版，请重新读取后再导入", in.Code, out.Version)
	case !there && in.Version != 0:
		return nil, fault.New(fault.NotFound, "没有词库 %s", in.Code)
	case !there && !codeForm.MatchString(in.Code):
		return nil, fault.InvalidFields(map[string]string{"code": "由小写字母、数字、连字符组成，最多 40 个"}, "词库的代码有误")
	}
	if !there {
		*out = Dictionary{ID: store.NewID(), Owner: in.Owner, Code: in.Code}
	}
	if in.Kind != "" {
		out.Kind = in.Kind
	}
	if in.Name = strings.TrimSpace(in.Name); in.Name != "" {
		out.Name = in.Name
	}
	if in.Level != "" || !there {
		out.Level = in.Level
	}
	if n := len([]rune(out.Name)); n == 0 || n > 60 {
		return nil, fault.InvalidFields(map[string]string{"name": "请填写，不超过 60 字"}, "词库要有名称")
	}
	if !slices.Contains(Kinds(), out.Kind) {
		return nil, fault.InvalidFields(map[string]string{"kind": "应是 " + strings.Join(Kinds(), "、")}, "词库的种类有误")
	}
	if out.Level != "" && !out.Level.Valid() {
		return nil, fault.InvalidFields(map[string]string{"level": "应是 block、warn、hint 或 off"}, "词库的级别有误")
	}
	if !there {
		return nil, nil
	}
	return entriesOf(ctx, tx, out)
}

// Kinds are the kinds of findings that a dictionary may have.
func Kinds() []string {
	return []string{"word.wrong", "word.confusable", "word.sensitive", "word.expression"}
}

// compare says what is between two lists of entries.
func compare(was, is []check.Entry) (c Changes) {
	before := map[string]check.Entry{}
	for _, e := range was {
		before[e.Word] = e
	}
	add := func(x Change) {
		if len(c.Samples) < maxSamples {
			c.Samples = append(c.Samples, x)
		}
	}
	for _, e := range is {
		old, there := before[e.Word]
		delete(before, e.Word)
		switch {
		case !there:
			c.Added++
			add(Change{Is: e})
		case old.Suggest != e.Suggest || old.Reason != e.Reason || old.Level != e.Level ||
			!slices.Equal(old.Except, e.Except):
			c.Changed++
			add(Change{old, e})
		}
	}
	for _, e := range was {
		if _, gone := before[e.Word]; gone {
			c.Removed++
			add(Change{Was: e})
		}
	}
	return c
}

// Dictionaries returns the dictionaries that a site is checked with: of the program, of the platform, of the site.
func (d *Desk) Dictionaries(ctx context.Context, owner int64) ([]*Dictionary, error) {
	if err := reads(ctx, owner); err != nil {
		return nil, err
	}
	var out, rows []*Dictionary
	for i, s := range starter.Dictionaries() {
		out = append(out, &Dictionary{
			ID:      int64(i + 1), // no number of a row is that small
			Code:    s.Code,
			Kind:    s.Kind,
			Name:    s.Name,
			Level:   s.Level,
			Version: 1,
			Entries: len(s.Entries),
			Builtin: true,
		})
	}
	err := d.db.Read().NewSelect().Model(&rows).Where("owner IN (0, ?)", owner).Order("owner", "code").Scan(ctx)
	return append(out, rows...), err
}

// Entries returns a dictionary with its entries whose word or suggestion has the text q, "" for all.
func (d *Desk) Entries(ctx context.Context, id int64, q string) (*Dictionary, []check.Entry, error) {
	x, err := d.dictionary(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	var entries []check.Entry
	if x.Builtin {
		entries = starter.Dictionaries()[id-1].Entries
	} else if entries, err = entriesOf(ctx, d.db.Read(), x); err != nil {
		return nil, nil, err
	}
	var out []check.Entry
	for _, e := range entries {
		if strings.Contains(e.Word, q) || strings.Contains(e.Suggest, q) {
			out = append(out, e)
		}
	}
	return x, out, nil
}

// Versions returns the imports of a dictionary, newest first, at most 100, without their content.
func (d *Desk) Versions(ctx context.Context, id int64) (rows []*Version, err error) {
	x, err := d.dictionary(ctx, id)
	if err != nil {
		return nil, err
	}
	return rows, d.db.Read().NewSelect().Model(&rows).ExcludeColumn("content").Where("dictionary_id = ?", x.ID).
		Order("version DESC").Limit(100).Scan(ctx)
}

// Restore imports an earlier version again, as a new one.
func (d *Desk) Restore(ctx context.Context, id, version, to int64) (*Dictionary, Changes, error) {
	x, err := d.dictionary(ctx, id)
	if err != nil {
		return nil, Changes{}, err
	}
	if x.Builtin {
		return nil, Changes{}, fault.New(fault.Invalid, "随带的词库不能修改；可以把它的级别设为 off，停用它")
	}
	old := new(Version)
	err = d.db.Read().NewSelect().Model(old).Where("dictionary_id = ? AND version = ?", id, to).Scan(ctx)
	if store.NotFound(err) {
		return nil, Changes{}, fault.New(fault.NotFound, "词库 %s 没有第 %d 版", x.Code, to)
	}
	if err != nil {
		return nil, Changes{}, err
	}
	return d.Import(ctx, Import{Owner: x.Owner, Code: x.Code, Version: version, Content: []byte(old.Content),
		Note: fmt.Sprintf("恢复到第 %d 版", to)}, false)
}

// dictionary returns a dictionary that the caller may see: of the program, of the platform, of a site in the scope.
func (d *Desk) dictionary(ctx context.Context, id int64) (*Dictionary, error) {
	by, err := actor.Allowed(ctx, Read, Write)
	if err != nil {
		return nil, err
	}
	if n := int64(len(starter.Dictionaries())); id >= 1 && id <= n {
		s := starter.Dictionaries()[id-1]
		return &Dictionary{ID: id, Code: s.Code, Kind: s.Kind, Name: s.Name, Version: 1, Builtin: true}, nil
	}
	x := new(Dictionary)
	err = d.db.Read().NewSelect().Model(x).Where("id = ?", id).Scan(ctx)
	if store.NotFound(err) || err == nil && x.Owner != 0 && !by.Scope.Allows(x.Owner) {
		return nil, fault.New(fault.NotFound, "没有编号为 %d 的词库，或您没有它的权限", id)
	}
	return x, err
}
