package resource

import (
	"context"
	"fmt"
	"strconv"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource/metadata"
)

// number settles the index number (索引号) of an edition that comes in. One that the
// source gives stays as it is, and one that another item has too is only reported: it
// is not ours to change. A document without one keeps its last number, or gets the next
// of its organ and year. Numbers given out are never given out again; gaps are allowed.
func (r *receiver) number(ctx context.Context, in *Incoming, item int64, e *Edition, last string) ([]rule.Finding,
	error) {
	doc := *orZero(e.Document)
	switch {
	case doc.IndexNo != "":
		holder, taken := r.numbers[doc.IndexNo]
		if !taken {
			r.numbers[doc.IndexNo] = item
			r.added.numbers = append(r.added.numbers, indexNoRow{Number: doc.IndexNo, ItemID: item})
		}
		if taken && holder != item {
			return []rule.Finding{{Code: metadata.Prefix + "IndexNo.repeated", Level: rule.Warn, Field: "索引号",
				Text: "索引号“" + doc.IndexNo + "”已被另一条信息使用，请核对"}}, nil
		}
		return nil, nil
	case in.Class != Document || in.IndexOrg == "" && last == "":
		return nil, nil
	}
	doc.IndexNo = last
	if last == "" {
		var err error
		if doc.IndexNo, err = r.nextIndexNo(ctx, in.IndexOrg, indexYear(&doc, e), item); err != nil {
			return nil, err
		}
	}
	e.Document = &doc // a copy: the caller's batch stays as it was
	return nil, nil
}

// indexYear is the year a document was made: that of its signing, else of its publishing.
func indexYear(d *DocumentInfo, e *Edition) int {
	if len(d.SignedOn) >= 4 {
		if year, err := strconv.Atoi(d.SignedOn[:4]); err == nil {
			return year
		}
	}
	return store.FromMilli(e.PublishedAt).Year()
}

// nextIndexNo reserves the next free index number of an organ and year (standards
// reference 3.5: {USCC}/{yyyy}-{seq5}).
func (r *receiver) nextIndexNo(ctx context.Context, organ string, year int, item int64) (string, error) {
	for {
		n, err := nextNumbers(ctx, r.tx, fmt.Sprintf("index-%s-%d", organ, year), 1)
		if err != nil {
			return "", err
		}
		number := fmt.Sprintf("%s/%04d-%05d", organ, year, n)
		if r.given[number] {
			continue // an item of this batch has it already
		}
		taken, err := r.tx.NewSelect().Model((*indexNoRow)(nil)).Where("number = ?", number).Exists(ctx)
		if err != nil {
			return "", err
		}
		if !taken {
			r.added.numbers = append(r.added.numbers, indexNoRow{Number: number, ItemID: item})
			return number, nil
		}
	}
}
