package blobtest

import (
	"bytes"
	"testing"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
)

func testNamed(t *testing.T, e Engine) {
	s := e.Open(t)
	const name = "pack/qinghe/0001"
	if err := s.PutNamed(t.Context(), name, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := s.PutNamed(t.Context(), name, []byte("one")); err != nil {
		t.Errorf("the same bytes again: %v", err)
	}
	for _, other := range []string{"two", "", "one more"} {
		if err := s.PutNamed(t.Context(), name, []byte(other)); !fault.Is(err, fault.Conflict) {
			t.Errorf("other bytes %q: %v", other, err)
		}
	}
	if got, err := s.ReadRange(t.Context(), name, 0, 3); err != nil || string(got) != "one" {
		t.Errorf("ReadRange = %q, %v", got, err)
	}
	for _, bad := range []string{"cas/ab/cd", "cas", "cas/x"} {
		if err := s.PutNamed(t.Context(), bad, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("PutNamed(%q) = %v", bad, err)
		}
	}
}

func testWriter(t *testing.T, e Engine) {
	s := e.Open(t)
	const name = "pack/qinghe/0002"
	w, err := s.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	for i := range 100 {
		piece := bytes.Repeat([]byte{byte(i)}, i*i)
		if w.Offset() != int64(len(want)) {
			t.Fatalf("Offset = %d, want %d", w.Offset(), len(want))
		}
		if n, err := w.Write(piece); n != len(piece) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
		want = append(want, piece...)
	}
	if all := names(t, s, ""); len(all) != 0 {
		t.Errorf("visible before Commit: %v", all)
	}
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Abort() // like a deferred call
	if got, err := s.ReadRange(t.Context(), name, 0, int64(len(want))); err != nil || !bytes.Equal(got, want) {
		t.Errorf("content differs, %v", err)
	}
	if _, err := w.Write([]byte("x")); err == nil {
		t.Error("Write after Commit is accepted")
	}
	if err := w.Commit(t.Context()); err == nil {
		t.Error("second Commit is accepted")
	}
	if _, err := s.Create(t.Context(), name); !fault.Is(err, fault.Conflict) {
		t.Errorf("Create of a taken name = %v", err)
	}
}

func testWriterAborted(t *testing.T, e Engine) {
	s := e.Open(t)
	w, err := s.Create(t.Context(), "pack/a/1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	w.Abort()
	if err := w.Commit(t.Context()); err == nil {
		t.Error("Commit after Abort is accepted")
	}
	if all := names(t, s, ""); len(all) != 0 {
		t.Errorf("left after Abort: %v", all)
	}
}

func testWriterRace(t *testing.T, e Engine) {
	s := e.Open(t)
	var first, same, other *blob.Writer
	for _, c := range []struct {
		w    **blob.Writer
		text string
	}{{&first, "first"}, {&same, "first"}, {&other, "other"}} {
		w, err := s.Create(t.Context(), "pack/a/1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(c.text)); err != nil {
			t.Fatal(err)
		}
		*c.w = w
	}
	if err := first.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := other.Commit(t.Context()); !fault.Is(err, fault.Conflict) {
		t.Errorf("Commit of other bytes under a taken name = %v", err)
	}
	if err := same.Commit(t.Context()); err != nil {
		t.Errorf("Commit of the same bytes = %v", err)
	}
	if got, err := s.ReadRange(t.Context(), "pack/a/1", 0, 5); err != nil || string(got) != "first" {
		t.Errorf("content = %q, %v", got, err)
	}
}
