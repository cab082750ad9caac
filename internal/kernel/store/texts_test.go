package store_test

import (
	"context"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

func TestEachText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for _, q := range []string{
				"CREATE TABLE one (id BIGINT PRIMARY KEY, body TEXT NOT NULL)",
				"CREATE TABLE \"two words\" (a TEXT, b TEXT)", "CREATE TABLE empty (a TEXT)",
				"INSERT INTO one VALUES (42, '正文')", "INSERT INTO one VALUES (43, '{\"hash\":\"ab\"}')",
				"INSERT INTO \"two words\" VALUES (NULL, 'b')",
			} {
				if _, err := tx.ExecContext(ctx, q); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := db.EachText(t.Context(), func(text []byte) { got = append(got, string(text)) }); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"42", "正文", `{"hash":"ab"}`, "b"} {
			if !slices.Contains(got, want) {
				t.Errorf("%q is missing in %q", want, got)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.EachText(ctx, func([]byte) {}); err == nil {
			t.Error("it went on after its context ended")
		}
	})
}
