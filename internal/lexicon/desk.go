package lexicon

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/lexicon/check"
	"guiyi/internal/lexicon/starter"
	"guiyi/internal/lexicon/typo"
	"guiyi/internal/lexicon/words"
)

// Desk checks texts and changes what they are checked with. Every call needs an actor.Actor.
type Desk struct {
	db      *store.DB
	now     func() time.Time
	secrets func() ([]string, error)

	mu       sync.Mutex
	compiled map[int64]compiled // by owner; 0 = program and platform
	likely   *typo.Model
}

// compiled are the dictionaries of an owner as they were at stamp.
type compiled struct {
	stamp string
	words *check.Words
}

// maxCompiled is the number of owners whose dictionaries are kept ready.
const maxCompiled = 100

// NewDesk returns a desk. The secrets are what personal information is hashed with: the first for what is stored, all
// for what is looked up.
func NewDesk(db *store.DB, now func() time.Time, secrets func() ([]string, error)) *Desk {
	return &Desk{db: db, now: now, secrets: secrets, compiled: map[int64]compiled{}}
}

// Check returns what looks wrong in a document of a site. item is its number, 0 when it has none yet.
func (d *Desk) Check(ctx context.Context, owner, item int64, doc check.Document) (_ check.Report, err error) {
	defer fault.Annotate(&err, "lexicon.Check(site %d, item %d)", owner, item)
	if err := reads(ctx, owner); err != nil {
		return check.Report{}, err
	}
	o, err := d.options(ctx, owner, item)
	if err != nil {
		return check.Report{}, err
	}
	return check.Check(doc, o), nil
}

// options reads what a site checks with.
func (d *Desk) options(ctx context.Context, owner, item int64) (o check.Options, err error) {
	for _, of := range []int64{0, owner} {
		w, err := d.words(ctx, of)
		if err != nil {
			return o, err
		}
		o.Words = append(o.Words, w)
	}
	slices.Reverse(o.Words) // the site counts first
	if o.Levels, err = levels(ctx, d.db.Read(), owner); err != nil {
		return o, err
	}
	people, err := leaders(ctx, d.db.Read(), owner)
	if err != nil {
		return o, err
	}
	o.Leaders = check.NewLeaders(people)
	var rows []Ignored
	if err := d.db.Read().NewSelect().Model(&rows).Column("hash", "by_editor").
		Where("owner = ? AND item_id IN (0, ?)", owner, item).Limit(maxIgnored).Scan(ctx); err != nil {
		return o, err
	}
	keys, err := d.secrets()
	if err != nil {
		return o, err
	}
	ignored := map[string]bool{}
	for _, r := range rows {
		ignored[r.Hash] = ignored[r.Hash] || r.ByEditor
	}
	o.Ignored = func(f check.Finding) bool {
		for _, h := range hashesOf(f.Code, f.Text, keys) {
			if byEditor, found := ignored[h]; found {
				return byEditor || f.Level != check.Block
			}
		}
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.likely == nil {
		d.likely = typo.New(words.Default())
	}
	o.Likely = d.likely
	return o, nil
}

// words returns the compiled dictionaries of an owner. They are read again when one has another version.
func (d *Desk) words(ctx context.Context, owner int64) (*check.Words, error) {
	var rows []*Dictionary
	if err := d.db.Read().NewSelect().Model(&rows).Where("owner = ?", owner).Order("code").Scan(ctx); err != nil {
		return nil, err
	}
	var stamp strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&stamp, "%d.%d.%d ", r.ID, r.Version, r.At)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c, ok := d.compiled[owner]; ok && c.stamp == stamp.String() {
		return c.words, nil
	}
	var all []check.Dictionary
	for _, r := range rows {
		entries, err := entriesOf(ctx, d.db.Read(), r)
		if err != nil {
			return nil, err
		}
		all = append(all, check.Dictionary{Code: r.Code, Kind: r.Kind, Level: r.Level, Entries: entries})
	}
	if owner == 0 {
		for _, s := range starter.Dictionaries() {
			all = append(all, s.Dictionary)
		}
	}
	if len(d.compiled) >= maxCompiled {
		clear(d.compiled)
	}
	w := check.Compile(words.Default(), all...)
	d.compiled[owner] = compiled{stamp.String(), w}
	return w, nil
}

// entriesOf reads the entries of the present version.
func entriesOf(ctx context.Context, db bun.IDB, of *Dictionary) ([]check.Entry, error) {
	v := new(Version)
	if err := db.NewSelect().Model(v).Where("dictionary_id = ? AND version = ?", of.ID, of.Version).
		Scan(ctx); err != nil {
		return nil, err
	}
	return check.ParseEntries([]byte(v.Content))
}

// Limits of what a site keeps.
const (
	maxIgnored = 10_000
	maxLeaders = 200
	maxReason  = 500 // characters
)

// hashesOf are how a finding is known again, one for each secret. The text may be an ID number, which could be found
// from a plain hash by trying all; so the hash is keyed, and the text itself is not stored.
func hashesOf(code, text string, secrets []string) (out []string) {
	for _, s := range secrets {
		mac := hmac.New(sha256.New, []byte("guiyi lexicon 1 "+s))
		mac.Write([]byte(code + "\x00" + text))
		out = append(out, hex.EncodeToString(mac.Sum(nil)))
	}
	return out
}

// shown returns the text of a finding for lists: personal information is masked.
func shown(code, text string) string {
	if r := []rune(text); strings.HasPrefix(code, "personal.") {
		for i := range r {
			if i > 1 && i < len(r)-2 {
				r[i] = '*'
			}
		}
		return string(r)
	}
	return text
}

// Ignore leaves a finding out of the checks of an item, or of the whole site when item is 0, and says why. Only
// somebody with Write ignores for the whole site, and findings that block.
func (d *Desk) Ignore(ctx context.Context, owner, item int64, code, text, reason string) (_ *Ignored, err error) {
	defer fault.Annotate(&err, "lexicon.Ignore(site %d, %s)", owner, code)
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	editor := by.May(Write, actor.At(owner))
	if item == 0 {
		err = by.Check(Write, actor.At(owner))
	} else if err = by.NeedAny(Ignore); err == nil { // whoever writes in a column of the site ignores for its items
		err = by.ScopeOf(Ignore).Check(owner)
	}
	if err != nil {
		return nil, err
	}
	if reason = strings.TrimSpace(reason); reason == "" || utf8.RuneCountInString(reason) > maxReason {
		return nil, fault.InvalidFields(map[string]string{"reason": fmt.Sprintf("请填写，不超过 %d 字", maxReason)},
			"忽略检查结果要说明理由")
	}
	if !slices.ContainsFunc(check.Kinds(), func(k check.Kind) bool { return k.Code == code }) {
		return nil, fault.InvalidFields(map[string]string{"code": "没有这种检查"}, "没有检查 %s", code)
	}
	secrets, err := d.secrets()
	if err != nil {
		return nil, err
	}
	hashes := hashesOf(code, text, secrets)
	if len(hashes) == 0 {
		return nil, fault.New(fault.Unavailable, "没有密钥，不能记下忽略的检查结果，请联系运维人员")
	}
	r := &Ignored{
		ID:       store.NewID(),
		Owner:    owner,
		Item:     item,
		Code:     code,
		Hash:     hashes[0],
		Text:     shown(code, text),
		Reason:   reason,
		ByEditor: editor,
		By:       by.String(),
		At:       d.now().UnixMilli(),
	}
	return r, d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := tx.NewSelect().Model((*Ignored)(nil)).Where("owner = ?", owner).Count(ctx)
		if err != nil {
			return err
		}
		if n >= maxIgnored {
			return fault.New(fault.Conflict, "忽略的检查结果已有 %d 条，请先清理不再需要的", maxIgnored)
		}
		// What an editor has ignored stays ignored for findings that block.
		q := tx.NewInsert().Model(r).On("CONFLICT (owner, item_id, hash) DO UPDATE").
			Set("reason = EXCLUDED.reason, set_by = EXCLUDED.set_by, at = EXCLUDED.at").
			Set("by_editor = (i.by_editor OR EXCLUDED.by_editor)").Returning("id, by_editor")
		if err := q.Scan(ctx); err != nil {
			return err
		}
		return d.note(ctx, tx, ignoreRight(item), "ignore", r.ID, owner, "忽略 "+code+"："+r.Reason)
	})
}

// ignoreRight is what ignoring needs: for one item, or for the whole site.
func ignoreRight(item int64) actor.Permission {
	if item == 0 {
		return Write
	}
	return Ignore
}

// Unignore makes a finding count again.
func (d *Desk) Unignore(ctx context.Context, id int64) (err error) {
	defer fault.Annotate(&err, "lexicon.Unignore(%d)", id)
	by, err := actor.Allowed(ctx, Ignore, Write)
	if err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r := new(Ignored)
		err := by.Scope.Where(tx.NewSelect().Model(r), "owner").Where("id = ?", id).Scan(ctx)
		if store.NotFound(err) {
			return fault.New(fault.NotFound, "没有编号为 %d 的忽略记录，或您没有它的权限", id)
		}
		if err != nil {
			return err
		}
		need := ignoreRight(r.Item)
		if r.ByEditor {
			need = Write
		}
		if need == Write {
			err = by.Check(Write, actor.At(r.Owner))
		} else {
			err = by.ScopeOf(Ignore).Check(r.Owner)
		}
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(r).WherePK().Exec(ctx); err != nil {
			return err
		}
		return d.note(ctx, tx, need, "ignore", id, r.Owner, "不再忽略 "+r.Code)
	})
}

// Ignores lists what a site ignores, oldest first, after the number after.
func (d *Desk) Ignores(ctx context.Context, owner, after int64, limit int) (rows []*Ignored, err error) {
	if err := reads(ctx, owner); err != nil {
		return nil, err
	}
	return rows, d.db.Read().NewSelect().Model(&rows).Where("owner = ? AND id > ?", owner, after).Order("id").
		Limit(int64(limit)).Scan(ctx)
}

// reads checks the permission Read for a site. As everywhere, the limits of a scope to columns and units bind changes
// only: whoever writes in one column checks his texts with the dictionaries of the site.
func reads(ctx context.Context, owner int64) error {
	if owner == 0 {
		return may(ctx, Read, 0)
	}
	by, err := actor.Allowed(ctx, Read)
	if err != nil {
		return err
	}
	return by.Scope.Check(owner)
}

// may checks a permission for a site; owner 0 is the platform.
func may(ctx context.Context, p actor.Permission, owner int64) error {
	by, err := actor.From(ctx)
	if err != nil {
		return err
	}
	if owner == 0 {
		return by.CheckAll(p)
	}
	return by.Check(p, actor.At(owner))
}

func (d *Desk) note(ctx context.Context, tx bun.Tx, p actor.Permission, object string, id, owner int64,
	detail string) error {
	return audit.Append(ctx, tx, audit.Entry{
		Action: p,
		Object: object,
		ID:     id,
		Owner:  owner,
		Detail: detail,
	})
}
