package resource

import (
	"context"
	"fmt"
	"strconv"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource/metadata"
)

// number sets the index number (索引号) of an incoming edition. A number from the source is never changed; if another item
// has the same number, number returns a finding. A document without a number gets last, its previous number. If that is
// "" too, it gets the next number of its organ and year. An assigned number is never assigned again; gaps are allowed.
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
	e.Document = &doc // a copy, so that the caller's batch does not change
	return nil, nil
}

// indexYear returns the year for the index number: that of the signing date, else of the publication.
func indexYear(d *DocumentInfo, e *Edition) int {
	if len(d.SignedOn) >= 4 {
		if year, err := strconv.Atoi(d.SignedOn[:4]); err == nil {
			return year
		}
	}
	return store.FromMilli(e.PublishedAt).Year()
}

// nextIndexNo reserves the next free index number of an organ and year. Its form is {USCC}/{yyyy}-{seq5} (standards
// reference 3.5).
func (r *receiver) nextIndexNo(ctx context.Context, organ string, year int, item int64) (string, error) {
	for {
		n, err := nextNumbers(ctx, r.tx, fmt.Sprintf("index-%s-%d", organ, year), 1)
		if err != nil {
			return "", err
		}
		number := fmt.Sprintf("%s/%04d-%05d", organ, year, n)
		if r.given[number] {
			continue // an item of this batch has this number
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
