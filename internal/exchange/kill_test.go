package exchange_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/exchangetest"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

const killItems = 1200

// TestChild imports and prints its progress; it only runs as a child process of TestKilled.
func TestChild(t *testing.T) {
	if os.Getenv("EXCHANGE_TEST_CHILD") == "" {
		t.Skip("runs as a child of TestKilled")
	}
	db, err := store.Open(context.Background(), os.Getenv("EXCHANGE_TEST_DB"))
	if err != nil {
		t.Fatal(err)
	}
	w := exchangetest.New(t, db, os.Getenv("EXCHANGE_TEST_BLOBS"))
	src, err := exchange.OpenPath(os.Getenv("EXCHANGE_TEST_CHILD"), w.Blobs)
	if err != nil {
		t.Fatal(err)
	}
	w.Import(exchange.Request{Source: src, Progress: func(n int) { fmt.Println("done", n) }})
}

// TestKilled ends an import by SIGKILL at several moments and runs it again. No item may be missing or imported twice.
func TestKilled(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		files := map[string]string{}
		for i := range killItems {
			files[fmt.Sprintf("%04d.html", i)] = exchangetest.Page(fmt.Sprintf("第%d号工作简报发布", i),
				body+fmt.Sprintf(`<p>第%d期</p><img src="p.png">`, i))
		}
		files["p.png"] = png
		files["bad.html"] = "<html><body></body></html>"
		dir, blobs := exchangetest.Write(t, files), filepath.Join(t.TempDir(), "blobs")
		w := exchangetest.New(t, storetest.Open(t, dsn), blobs)
		for _, moment := range []int{1, 130, 405, 870} {
			killAt(t, dir, dsn, blobs, moment)
			if n := w.Counts(); n["resource_item"] != n["resource_edition"] ||
				n["resource_item"] != n["resource_provenance"] || n["resource_item"] != n["resource_placement"] {
				t.Fatalf("half an item after a kill at %d: %v", moment, n)
			}
		}
		r := w.ImportPath(dir, nil)
		if r.Imported+r.Unchanged != killItems || r.Quarantined != 1 || r.Imported == 0 {
			t.Errorf("last run: %+v", r.Totals)
		}
		n := w.Counts()
		for _, table := range []string{"resource_item", "resource_edition", "resource_provenance", "resource_placement",
			"resource_address"} {
			if n[table] != killItems {
				t.Errorf("%s has %d rows, want %d", table, n[table], killItems)
			}
		}
		if len(w.Items()) != killItems {
			t.Errorf("%d items", len(w.Items()))
		}
	})
}

func killAt(t *testing.T, dir, dsn, blobs string, moment int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), "EXCHANGE_TEST_CHILD="+dir, "EXCHANGE_TEST_DB="+dsn, "EXCHANGE_TEST_BLOBS="+blobs)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasSuffix(lines.Text(), fmt.Sprintf("done %d", moment)) {
			killed = cmd.Process.Kill() == nil
		}
	}
	if err := cmd.Wait(); !killed || err == nil {
		t.Fatalf("the child was not killed at %d: %v", moment, err)
	}
}
