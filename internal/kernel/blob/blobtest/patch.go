package blobtest

import (
	"bytes"
	"slices"
	"testing"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
)

// testPatch: only the given parts of an object change, also across the borders of copy buffers, and a missing or
// truncated object becomes as long as its pieces require.
func testPatch(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	const name = "pack/a/1"
	want := bytes.Repeat([]byte("0123456789abcdef"), 50<<10) // 800 KiB
	if err := s.PutNamed(ctx, name, want); err != nil {
		t.Fatal(err)
	}
	pieces := []blob.Piece{
		{Off: 700 << 10, Bytes: []byte("late")},
		{Off: 0, Bytes: []byte("first")},
		{Off: 256<<10 - 3, Bytes: []byte("across a border")},
		{Off: int64(len(want)) - 2, Bytes: []byte("longer")},
	}
	want = append(slices.Clone(want), 0, 0, 0, 0)
	for _, p := range pieces {
		copy(want[p.Off:], p.Bytes)
	}
	read := func(want []byte) {
		t.Helper()
		s.Refresh(name)
		got, err := s.ReadRange(ctx, name, 0, int64(len(want)))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		var raw bytes.Buffer
		if err := s.CopyUnverified(ctx, name, &raw); err != nil || !bytes.Equal(raw.Bytes(), want) {
			t.Errorf("raw: %d bytes, %v", raw.Len(), err)
		}
	}
	for range 2 {
		if err := s.Patch(ctx, name, pieces); err != nil {
			t.Fatal(err)
		}
		read(want)
	}
	if err := s.Remove(ctx, name); err != nil {
		t.Fatal(err)
	}
	if err := s.Patch(ctx, name, []blob.Piece{{Off: 3, Bytes: []byte("x")}}); err != nil {
		t.Fatal(err)
	}
	read([]byte{0, 0, 0, 'x'})
	for _, bad := range []string{"cas/ab/cd", "../x", ""} {
		if err := s.Patch(ctx, bad, pieces); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := s.CopyUnverified(ctx, "pack/none", &bytes.Buffer{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("raw of nothing: %v", err)
	}
}
