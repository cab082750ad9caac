package search_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/search"
	"guiyi/internal/search/indextest"
)

// failing is a driver whose calls fail on request.
type failing struct {
	search.Driver
	apply, find, load, close *atomic.Pointer[error]
}

func (m failing) Apply(ctx context.Context, b search.Batch) error {
	if err := m.apply.Load(); err != nil {
		return *err
	}
	return m.Driver.Apply(ctx, b)
}

func (m failing) Find(ctx context.Context, r search.Request) (search.Result, error) {
	if err := m.find.Load(); err != nil {
		return search.Result{}, *err
	}
	return m.Driver.Find(ctx, r)
}

func (m failing) Load(ctx context.Context, ids []string) (map[string][]byte, error) {
	if err := m.load.Load(); err != nil {
		return nil, *err
	}
	return m.Driver.Load(ctx, ids)
}

func (m failing) Close() error {
	if err := m.close.Load(); err != nil {
		return *err
	}
	return m.Driver.Close()
}

// onFailing opens an index on a failing driver.
func onFailing(t *testing.T) (*search.Index, failing) {
	t.Helper()
	m := failing{apply: new(atomic.Pointer[error]), find: new(atomic.Pointer[error]), load: new(atomic.Pointer[error]),
		close: new(atomic.Pointer[error])}
	memory := indextest.NewMemory()
	x, err := search.Open(t.Context(), search.Options{Dir: t.TempDir(),
		Driver: func(ctx context.Context, dir string) (search.Driver, error) {
			d, err := memory.Open(ctx, dir)
			own := m
			own.Driver = d
			return own, err
		}})
	if err != nil {
		t.Fatal(err)
	}
	return x, m
}

func set(p *atomic.Pointer[error], err error) { p.Store(&err) }

func TestAnyDriverWillDo(t *testing.T) {
	x, _ := onFailing(t)
	put(t, x, doc(1, "关于公积金提取的公告", "住房公积金"), doc(2, "入学报名", ""))
	expect(t, x, "公积金", 1)
	rebuild(t, x, doc(3, "公积金", ""))
	expect(t, x, "公积金", 3)
}

func TestDamageDuringUse(t *testing.T) {
	damage := fmt.Errorf("%w: segment 7", search.ErrCorrupt)
	for name, part := range map[string]func(failing) *atomic.Pointer[error]{
		"find": func(m failing) *atomic.Pointer[error] { return m.find },
		"load": func(m failing) *atomic.Pointer[error] { return m.load },
	} {
		t.Run(name, func(t *testing.T) {
			x, m := onFailing(t)
			rebuild(t, x, doc(1, "公积金", ""))
			if x.NeedsRebuild() {
				t.Fatal("rebuilt")
			}
			set(part(m), damage)
			_, qerr := x.Query(t.Context(), search.Query{Text: "公积金"})
			_, perr := x.Query(t.Context(), search.Query{Text: "“公积金”"})
			_, uerr := x.Upsert(t.Context(), doc(1, "公积金", ""))
			for _, err := range []error{qerr, perr, uerr} {
				if !fault.Is(err, fault.Unavailable) || !errors.Is(err, search.ErrCorrupt) {
					t.Errorf("%v", err)
				}
			}
			if !x.NeedsRebuild() {
				t.Error("damage is not reported")
			}
			part(m).Store(nil)
			rebuild(t, x, doc(2, "公积金", ""))
			expect(t, x, "公积金", 2)
		})
	}
}

func TestFailedChangeChangesNothing(t *testing.T) {
	x, m := onFailing(t)
	put(t, x, doc(1, "公积金", ""))
	full := errors.New("disk full")
	set(m.apply, full)
	if _, err := x.Upsert(t.Context(), doc(2, "公积金", "")); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if _, err := x.Delete(t.Context(), 1); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if err := x.Rebuild(t.Context(), sequence(doc(3, "公积金", "")), nil); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	m.apply.Store(nil)
	expect(t, x, "公积金", 1)
	if s, err := x.Stats(t.Context()); err != nil || s.Documents != 1 || s.Rebuilding {
		t.Errorf("%+v %v", s, err)
	}
	put(t, x, doc(2, "公积金", ""))
	expect(t, x, "公积金", 1, 2)
}

func TestChangeFailsInTheNewIndexOnly(t *testing.T) {
	x, m := onFailing(t)
	put(t, x, doc(1, "公积金", ""))
	err := x.Rebuild(t.Context(), func(yield func(search.Document, error) bool) {
		if s, err := x.Stats(t.Context()); err != nil || !s.Rebuilding {
			t.Errorf("%+v %v", s, err)
		}
		yield(doc(1, "公积金", ""), nil)
		set(m.apply, errors.New("disk full"))
	}, nil)
	if err == nil {
		t.Error("a rebuild that could not write succeeded")
	}
	m.apply.Store(nil)
	expect(t, x, "公积金", 1)
	rebuild(t, x, doc(1, "公积金", ""))
}

func TestCloseReportsFailure(t *testing.T) {
	x, m := onFailing(t)
	set(m.close, errors.New("no"))
	if err := x.Close(); err == nil {
		t.Error("failure to close is hidden")
	}
	if err := x.Close(); err != nil {
		t.Errorf("second time: %v", err)
	}
}

func TestDriverThatDoesNotOpen(t *testing.T) {
	away := errors.New("away")
	_, err := search.Open(t.Context(), search.Options{Dir: t.TempDir(),
		Driver: func(context.Context, string) (search.Driver, error) { return nil, away }})
	if !errors.Is(err, away) {
		t.Errorf("%v", err)
	}
	_, err = search.Open(t.Context(), search.Options{Dir: t.TempDir(),
		Driver: func(context.Context, string) (search.Driver, error) { return nil, search.ErrCorrupt }})
	if !errors.Is(err, search.ErrCorrupt) {
		t.Errorf("damaged at every try: %v", err)
	}
}

func TestLostDocumentsAreNoticed(t *testing.T) {
	memory, dir := indextest.NewMemory(), t.TempDir()
	o := search.Options{Dir: dir, Driver: memory.Open}
	x, err := search.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	rebuild(t, x, doc(1, "公积金", ""), doc(2, "公积金", ""))
	s, err := x.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d, _ := memory.Open(t.Context(), dir+"/"+s.Generation)
	if err := d.Apply(t.Context(), search.Batch{Drop: []string{"1"}}); err != nil {
		t.Fatal(err)
	}
	if x, err = search.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if !x.NeedsRebuild() {
		t.Error("an engine that lost a document was believed")
	}
}

func TestOtherVersionIsRebuilt(t *testing.T) {
	memory, dir := indextest.NewMemory(), t.TempDir()
	o := search.Options{Dir: dir, Driver: memory.Open}
	x, err := search.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	rebuild(t, x, doc(1, "公积金", ""))
	s, _ := x.Stats(t.Context())
	d, _ := memory.Open(t.Context(), dir+"/"+s.Generation)
	if err := d.Apply(t.Context(),
		search.Batch{Meta: []byte(`{"layout":1,"analysis":0,"complete":true,"documents":1,"lengths":[1,1,1]}`)}); err != nil {
		t.Fatal(err)
	}
	if x, err = search.Open(t.Context(), o); err != nil || !x.NeedsRebuild() {
		t.Fatalf("terms of an older analyser: %v, needs rebuild %v", err, x.NeedsRebuild())
	}
	expect(t, x, "公积金", 1) // it answers during the rebuild
	if err := d.Apply(t.Context(), search.Batch{Meta: []byte("rubbish")}); err != nil {
		t.Fatal(err)
	}
	if x, err = search.Open(t.Context(), o); err != nil || !x.NeedsRebuild() {
		t.Errorf("unreadable meta: %v", err)
	}
	expect(t, x, "公积金")
}
