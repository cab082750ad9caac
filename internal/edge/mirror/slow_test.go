package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guiyi/internal/edge"
	"guiyi/internal/kernel/bus"
	"guiyi/internal/publish/manifest"
)

// slow is a store that takes its time for every piece of a pack and of content.
type slow struct {
	Store
	wait time.Duration
}

func (s slow) ReadRange(ctx context.Context, name string, off, n int64) ([]byte, error) {
	if err := s.pause(ctx); err != nil {
		return nil, err
	}
	return s.Store.ReadRange(ctx, name, off, n)
}

func (s slow) Get(ctx context.Context, hash string) (io.ReadCloser, error) {
	r, err := s.Store.Get(ctx, hash)
	return slowReader{r, s, ctx}, err
}

func (s slow) pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(s.wait):
		return nil
	}
}

type slowReader struct {
	io.ReadCloser
	s   slow
	ctx context.Context
}

func (r slowReader) Read(p []byte) (int, error) {
	if err := r.s.pause(r.ctx); err != nil {
		return 0, err
	}
	return r.ReadCloser.Read(p)
}

// large pages make a pack of five pieces and a picture of many reads.
func large() map[string]string {
	out := map[string]string{"/_m/large.png": strings.Repeat("b", 1<<20)}
	for i := range 4*copyBuffer>>20 + 1 {
		out[fmt.Sprintf("/large-%d.txt", i)] = strings.Repeat("a", 1<<20)
	}
	return out
}

func TestSlowStoreIsCopied(t *testing.T) {
	w := newWorld(t)
	head := w.publish(large())
	synctest.Test(t, func(t *testing.T) {
		m := New(w.local, slow{w.remote, stallTime + time.Second}, nil)
		if err := m.Fill(t.Context(), head); !errors.Is(err, context.Canceled) {
			t.Errorf("a store from which nothing comes: %v", err)
		}
		m = New(w.local, slow{w.remote, stallTime - time.Second}, nil)
		if err := m.Fill(t.Context(), head); err != nil {
			t.Errorf("a slow store: %v", err)
		}
	})
	w.away()
	for path, want := range large() {
		if got, err := w.read(path, head); err != nil || got != want {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
}

// News neither waits for a copy that takes long nor ends it.
func TestNewsBesideALongCopy(t *testing.T) {
	w := newWorld(t)
	heads := []manifest.Head{w.publish(map[string]string{"/": "first"}), w.publish(large()),
		w.publish(map[string]string{"/": "third"})}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		in, now := make(wire), &served{heads: map[string]manifest.Head{}}
		now.set(heads[0])
		m := New(w.local, slow{w.remote, 20 * time.Second}, nil)
		out, err := Feed{Mirror: m, From: in, Edge: now, Ring: w.ring}.Watch(ctx, edge.Bucket)
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan int64, 16)
		go func() {
			defer close(got)
			for e := range out {
				if h, err := manifest.ParseHead(e.Value); err == nil {
					now.set(h)
					got <- h.Revision
				}
			}
		}()
		<-got // the one served is told once more when its copy is there
		for _, h := range heads[1:] {
			in <- bus.Entry{Key: h.Site, Value: h.Encode()}
			if r := <-got; r != h.Revision {
				t.Errorf("revision %d was passed on, not %d", r, h.Revision)
			}
			if _, err := w.local.Stat(ctx, heads[1].Root.Loc.Pack); err == nil {
				t.Errorf("revision %d waited for the long copy", h.Revision)
			}
		}
		time.Sleep(time.Hour) // of the clock of this test
		cancel()
		for range got {
		}
	})
	w.away()
	for path, want := range map[string]string{"/": "third", "/large-16.txt": large()["/large-16.txt"]} {
		if got, err := w.read(path, heads[2]); err != nil || got != want {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
}
