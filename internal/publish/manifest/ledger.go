package manifest

import (
	"iter"

	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
)

// LedgerReport says how many heads of a chain are valid.
type LedgerReport struct {
	Site  string
	Good  int64 // number of valid heads, from revision 1
	First int64 // time of the first head, unix milliseconds
	Last  int64 // time of the last valid head
	Tip   Hash  // hash of the last valid head
}

// VerifyLedger checks the heads of a site in order from revision 1: the signatures, and that each head follows the
// previous one. It returns an error for the first invalid head; the report counts the heads before it.
func VerifyLedger(ring *crypto.Ring, heads iter.Seq2[Head, error]) (LedgerReport, error) {
	var report LedgerReport
	var prev Head
	for h, err := range heads {
		if err == nil {
			err = h.Verify(ring)
		}
		switch {
		case err != nil:
		case report.Good > 0:
			err = h.Follows(prev)
		case h.Revision != 1:
			err = fault.New(fault.Conflict, "站点 %s 的账本不是从第 1 版开始，而是从第 %d 版", h.Site, h.Revision)
		}
		if err == nil && h.At < prev.At {
			err = fault.New(fault.Conflict, "站点 %s 第 %d 版的时间早于前一版", h.Site, h.Revision)
		}
		if err != nil {
			return report, fault.Wrap(fault.KindOf(err), err, "站点 %s 的账本在第 %d 版之后中断：%s", h.Site, report.Good,
				fault.Text(err))
		}
		if report.Good == 0 {
			report.Site, report.First = h.Site, h.At
		}
		report.Good, report.Last, report.Tip = report.Good+1, h.At, h.Hash()
		prev = h
	}
	return report, nil
}
