package verified

import (
	"context"
	"fmt"
	"testing"

	"guiyi/internal/publish/manifest"
)

func TestCacheKeepsItsLimit(t *testing.T) {
	c := newCache[contentKey, int](16 * 100)
	for i := range 10000 {
		k := contentKey{hash: manifest.Sum([]byte(fmt.Sprint(i)))}
		c.put(k, i, int64(i%50))
		if v, ok := c.get(k); ok && v != i {
			t.Fatal("wrong value")
		}
		if held := c.size.Load(); held > 1600 || held < 0 {
			t.Fatalf("%d bytes held", held)
		}
	}
	big := contentKey{hash: manifest.Sum([]byte("big"))}
	c.put(big, 1, 101)
	if _, ok := c.get(big); ok {
		t.Error("kept more than a shard holds")
	}
	hot := contentKey{hash: manifest.Hash{1}}
	c.put(hot, 7, 10)
	for i := range 1000 { // what is used stays
		c.get(hot)
		c.put(contentKey{hash: manifest.Hash{1, byte(i), byte(i >> 8), 1}}, i, 10)
	}
	if _, ok := c.get(hot); !ok {
		t.Error("a value in use was dropped")
	}
}

func TestFlightSurvivesPanic(t *testing.T) {
	var f singleFlight[int, int]
	_, err := f.do(t.Context(), 1, func(context.Context) (int, error) { panic("boom") })
	if err == nil {
		t.Error("no error")
	}
	if v, err := f.do(t.Context(), 1, func(context.Context) (int, error) { return 5, nil }); v != 5 || err != nil {
		t.Error(v, err)
	}
}
