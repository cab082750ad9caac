package editorial

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
	"guiyi/internal/resource/compare"
)

// Sentence is a sentence of an edition, with the edition that it came with.
type Sentence struct {
	Field string // 标题 or 正文
	Text  string
	No    int    // of the edition in which it stands first
	By    string // who wrote that edition, kind and id; "" before that was noted
	At    int64  // unix ms
}

// Reviewed is a task about an edition, with its acts.
type Reviewed struct {
	Task Task
	Acts []Act
	// Proven: the acts say that the content was seen which the edition still has, and each act that decided has its
	// audit row with the same person and the same content.
	Proven bool
}

// History answers for one edition who wrote which sentence, who decided about it, and what they saw.
type History struct {
	Edition   *resource.Edition
	Sentences []Sentence
	Reviews   []Reviewed
	Approvals []resource.Approval // without one the edition was never released under review
}

// History returns the history of an edition, given by its number; 0 is the public one, else the newest.
func (d *Desk) History(ctx context.Context, item int64, no int) (_ *History, err error) {
	defer fault.Annotate(&err, "editorial.History(%d, %d)", item, no)
	by, err := actor.Allowed(ctx, Read, Submit, Review, FlowWrite)
	if err != nil {
		return nil, err
	}
	rights := readActor(by)
	rights.Permissions = append(rights.Permissions, audit.Read)
	ctx = actor.With(ctx, rights)
	it, _, err := d.Library.Item(ctx, item)
	if err != nil {
		return nil, err
	}
	all, err := d.Library.Editions(ctx, item)
	if err != nil {
		return nil, err
	}
	slices.Reverse(all) // oldest first
	out := &History{Edition: editionOf(all, it, no)}
	if out.Edition == nil {
		return nil, fault.New(fault.NotFound, "信息 %d 没有第 %d 稿", item, no)
	}
	out.Sentences = blame(all, out.Edition)
	approvals, err := d.Library.Approvals(ctx, item)
	if err != nil {
		return nil, err
	}
	for _, a := range approvals {
		if a.EditionID == out.Edition.ID {
			out.Approvals = append(out.Approvals, a)
		}
	}
	out.Reviews, err = d.reviewsOf(ctx, it, out.Edition)
	return out, err
}

// editionOf is the edition of a number; for 0 the public one, else the newest.
func editionOf(all []*resource.Edition, it *resource.Item, no int) *resource.Edition {
	for _, e := range all {
		if no == e.No || no == 0 && e.ID == it.LiveEdition {
			return e
		}
	}
	if no == 0 && len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// blame follows each sentence of an edition to the edition that it came with.
func blame(all []*resource.Edition, last *resource.Edition) []Sentence {
	var title, body []Sentence
	for _, e := range all {
		if e.No > last.No {
			break
		}
		title, body = carry("标题", title, e.Title, e), carry("正文", body, e.Text, e)
	}
	return append(title, body...)
}

func carry(field string, before []Sentence, text string, e *resource.Edition) (out []Sentence) {
	var was []string
	for _, s := range before {
		was = append(was, s.Text)
	}
	i := 0
	for _, l := range compare.Lines(strings.Join(was, "\n"), text) {
		switch {
		case l.Kind == compare.Removed:
			i++
		case l.Kind == compare.Same && i < len(before):
			out = append(out, before[i])
			i++
		default:
			out = append(out, Sentence{Field: field, Text: l.Text, No: e.No, By: e.CreatedBy, At: e.CreatedAt})
		}
	}
	return out
}

// reviewsOf returns the tasks about an edition, oldest first.
func (d *Desk) reviewsOf(ctx context.Context, it *resource.Item, e *resource.Edition) ([]Reviewed, error) {
	var tasks []Task
	if err := d.DB.Read().NewSelect().Model(&tasks).Where("item_id = ? AND edition_id = ?", it.ID, e.ID).Order("id").
		Scan(ctx); err != nil || len(tasks) == 0 {
		return nil, err
	}
	ids := make([]int64, len(tasks))
	for i, t := range tasks {
		ids[i] = t.ID
	}
	var acts []Act
	if err := d.DB.Read().NewSelect().Model(&acts).Where("task_id IN (?)", bun.List(ids)).Order("task_id", "no").
		Scan(ctx); err != nil {
		return nil, err
	}
	rows, err := audit.List(ctx, d.DB.Read(), audit.Filter{Object: "item", ID: it.ID, Limit: maxRows})
	if err != nil {
		return nil, err
	}
	hash := resource.ContentHash(it.Class, e)
	var out []Reviewed
	for _, t := range tasks {
		r := Reviewed{Task: t, Proven: t.Hash == hash}
		for _, a := range acts {
			if a.Task == t.ID {
				r.Acts = append(r.Acts, a)
				r.Proven = r.Proven && a.Hash == hash && noted(rows, a)
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// maxRows bounds the audit rows of one item that are looked through, newest first.
const maxRows = 5000

// noted reports whether an act has its audit row.
func noted(rows []audit.Row, a Act) bool {
	says := fmt.Sprintf("审核任务 %d 第 %d 步", a.Task, a.Step)
	return slices.ContainsFunc(rows, func(r audit.Row) bool {
		return string(r.Kind)+":"+r.Actor == a.Who && strings.HasPrefix(r.Detail, says) &&
			strings.Contains(r.Detail, a.Kind.Name()) && strings.Contains(r.Detail, a.Hash)
	})
}
