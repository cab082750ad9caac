package cli

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"
)

// The recycle bin at the command line: what is in it, what is refused with which words, and how it comes back.
func TestItemDiscard(t *testing.T) {
	eachActed(t, func(t *testing.T, w *acted) {
		run := func(ok bool, say string, args ...string) {
			t.Helper()
			status, out, errs := w.run(args...)
			if (status == 0) != ok || !strings.Contains(out+errs, say) {
				t.Errorf("%s: status %d, %s%s", strings.Join(args, " "), status, out, errs)
			}
		}
		run(true, "", "apply", w.dir+"/sites")
		run(true, "", "import", w.dir+"/甲.html", "--site", "test", "--column", "a")
		one := w.item("甲区供热通知")
		run(false, "请撤稿", "item", "discard", one)
		w.must(w.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { // as if it was never public
			_, err := tx.NewRaw("UPDATE resource_item SET draft_edition = live_edition, live_edition = 0, state = 'draft'").
				Exec(ctx)
			return err
		}))
		run(false, "不在回收站里", "item", "undiscard", one)
		run(true, "", "item", "discard", one)
		run(false, "请先恢复", "item", "release", one)
		run(false, "请先恢复", "item", "discard", one)
		run(true, "甲区供热通知", "item", "list", "--state", "discarded")
		if _, out, _ := w.run("item", "list"); strings.Contains(out, "甲区供热通知") {
			t.Errorf("the list shows what is in the recycle bin: %s", out)
		}
		run(false, "", "item", "undiscard")
		run(true, "", "item", "undiscard", one)
		run(true, "甲区供热通知", "item", "list", "--state", "draft")
	})
}
