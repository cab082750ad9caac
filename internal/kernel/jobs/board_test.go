package jobs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestDoublingGrowsToAnHour(t *testing.T) {
	for attempt, want := range map[int]time.Duration{
		1: 2 * time.Second, 2: 4 * time.Second, 5: 32 * time.Second,
		11: 2048 * time.Second, 12: time.Hour, 64: time.Hour, 1000: time.Hour,
	} {
		for range 50 {
			if got := doubling(attempt); got < want*3/4 || got > want*5/4+1 {
				t.Errorf("attempt %d: pause %v, want %v ±25%%", attempt, got, want)
			}
		}
	}
}

func TestGroupsPutRetriesAlone(t *testing.T) {
	got := groups([]Job{{ID: 1, Attempt: 2}, {ID: 2, Attempt: 1}, {ID: 3, Attempt: 5}, {ID: 4, Attempt: 1}})
	if len(got) != 3 || len(got[0]) != 2 || got[0][0].ID != 2 || got[0][1].ID != 4 || got[1][0].ID != 1 ||
		got[2][0].ID != 3 {
		t.Errorf("groups = %+v", got)
	}
	if len(groups(nil)) != 0 {
		t.Error("nothing makes no group")
	}
}

func TestClip(t *testing.T) {
	for _, s := range []string{"", "short", "a\x00b", "\xff\xfe", strings.Repeat("长", 5000)} {
		got := clip(s)
		if len(got) > maxErrorText || !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Errorf("clip(%.20q) = %.20q (%d bytes)", s, got, len(got))
		}
	}
}

func TestPersist(t *testing.T) {
	down := errors.New("the database fails over")
	b := New(nil, Options{Poll: time.Millisecond})
	calls := 0
	err := b.persist(t.Context(), b.now()+time.Hour.Milliseconds(), func(context.Context) error {
		if calls++; calls < 4 {
			return down
		}
		return nil
	})
	if err != nil || calls != 4 {
		t.Errorf("%d calls, err = %v", calls, err)
	}
	if err := b.persist(t.Context(), b.now()-1, func(context.Context) error { return down }); !errors.Is(err, down) {
		t.Errorf("after the time: err = %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.persist(ctx, b.now()+time.Hour.Milliseconds(),
		func(context.Context) error { return down }); !errors.Is(err, down) {
		t.Errorf("after the context: err = %v", err)
	}
}

func TestPartialText(t *testing.T) {
	for _, p := range []*Partial{{}, {Failed: map[int64]error{7: errors.New("broken")}}} {
		if p.Error() == "" || (len(p.Failed) > 0 && !strings.Contains(p.Error(), "7: broken")) {
			t.Errorf("text = %q", p.Error())
		}
	}
}

func TestJoinFirstIsBounded(t *testing.T) {
	var many []error
	for range drainErrors + 5 {
		many = append(many, errors.New("x"))
	}
	if got := strings.Split(joinFirst(many).Error(), "\n"); len(got) != drainErrors+1 ||
		got[drainErrors] != "and 5 more" {
		t.Errorf("got %q", got)
	}
	if joinFirst(nil) != nil {
		t.Error("no failure is no error")
	}
}
