package exchange_test

import (
	"os"
	"testing"
	"time"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/exchangetest"
)

func rewrite(t *testing.T, at, text string) {
	t.Helper()
	if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func touch(t *testing.T, at string, when time.Time) {
	t.Helper()
	if err := os.Chtimes(at, when, when); err != nil {
		t.Fatal(err)
	}
}

func parse(t *testing.T, text string) *exchange.Mapping {
	t.Helper()
	m, err := exchange.ParseMapping([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// quarantine returns the inputs of the site in quarantine.
func quarantine(w *exchangetest.World) (held []exchange.QuarantinedInput, err error) {
	err = w.Quarantine(w.Ctx, exchangetest.Site, func(h exchange.QuarantinedInput) error {
		held = append(held, h)
		return nil
	})
	return held, err
}
