package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"guiyi/test/bench/content"
)

// findTime bounds the wait for one new item.
const findTime = 2 * time.Minute

// findable publishes new items one after the other while the platform runs, and times until each is visible and
// found.
func (b *bench) findable(ctx context.Context, t *table, g guiyi, s *server, dir string) error {
	var ended, visible, found []time.Duration
	for n := range b.shown {
		if n%5 == 0 {
			progress("search: publication %d of %d", n+1, b.shown)
		}
		a := content.New(0, content.BodyBytes) // as new as the newest, so that it is on the first page of its list
		a.No, a.At = b.items+n+1, a.At.Add(time.Duration(n+1)*time.Minute)
		word := fmt.Sprint("bz", a.No)
		a.Title = "关于" + word + "号事项的公告"
		file := fmt.Sprintf("new%d.jsonl", n)
		if err := writeLines(filepath.Join(dir, file), slices.Values([]content.Article{a})); err != nil {
			return err
		}
		times, err := s.publication(ctx, func(ctx context.Context) error {
			_, err := g.run(ctx, "import", filepath.Join(dir, file), "--site", siteCode, "--map",
				filepath.Join(dir, "map.yaml"))
			return err
		}, "/"+a.Section.Slug+"/", word)
		if err != nil {
			return err
		}
		ended, visible, found = append(ended, times[0]), append(visible, times[1]), append(found, times[2])
	}
	for name, times := range map[string][]time.Duration{"command has ended": ended, "it is on its list page": visible,
		"it is found": found} {
		t.row(fmt.Sprintf("publication of one item (%d times): %s", b.shown, name)).addTimes(times)
	}
	slices.SortFunc(t.Rows[len(t.Rows)-3:], func(a,
		b *row) int {
		return bytes.Compare([]byte(a.Name), []byte(b.Name))
	})
	return nil
}

// publication runs the command and returns when it ended, when the word was on the list and when it was found.
func (s *server) publication(ctx context.Context, command func(context.Context) error, list,
	word string) (times [3]time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	var group sync.WaitGroup
	var errs [3]error
	start := time.Now()
	for i, work := range []func(context.Context) error{
		command,
		func(ctx context.Context) error {
			return s.until(ctx, list, func(b []byte) bool { return bytes.Contains(b, []byte(word)) })
		},
		func(ctx context.Context) error { return s.until(ctx, address("/api/v1/search", "", word), hasHits) },
	} {
		group.Go(func() {
			if errs[i] = work(ctx); errs[i] != nil {
				cancel()
			}
			times[i] = time.Since(start)
		})
	}
	group.Wait()
	return times, errors.Join(errs[:]...)
}

// until asks every 10 ms until the answer is as wanted.
func (s *server) until(ctx context.Context, path string, good func([]byte) bool) error {
	for {
		if _, body, err := s.get(ctx, path, "identity"); err != nil {
			return fmt.Errorf("waiting for %s: %w", path, err)
		} else if good(body) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", path, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// hasHits reports whether an answer of the search API has at least one item.
func hasHits(body []byte) bool {
	var answer struct{ Items []json.RawMessage }
	return json.Unmarshal(body, &answer) == nil && len(answer.Items) > 0
}
