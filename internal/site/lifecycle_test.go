package site

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
)

// TestTransitions checks every pair of states: only the listed transitions are allowed, even with an approval.
func TestTransitions(t *testing.T) {
	allowed := map[string]bool{
		"applying approved": true, "approved registered": true, "registered trial": true, "registered running": true,
		"trial running": true, "trial closing": true, "running offline": true, "running closing": true,
		"offline running": true,
		"offline closing": true, "closing running": true, "closing closed": true, "closed archived": true,
	}
	rules := defaultBook(t)
	now := shanghaiTime("2026-03-01 09:00")
	announced := []StateChange{{To: Closing, EffectiveAt: now.AddDate(0, 0, -30).UnixMilli()}}
	for _, from := range states {
		for _, to := range append(slices.Clone(states), "nowhere") {
			name := fmt.Sprint(from, " ", to)
			s := &Site{ID: 7, Code: "a", State: from}
			got, err := s.Change(StateChange{To: to, Reason: "原因", NoticeURL: "/xwdt/1.html", Approval: "批〔2026〕1号"},
				announced, rules, now)
			switch {
			case allowed[name] && err != nil:
				t.Errorf("%s: %v", name, err)
			case allowed[name] && (got.From != from || got.SiteID != 7 || got.EffectiveAt != now.UnixMilli()):
				t.Errorf("%s: entry %+v", name, got)
			case !allowed[name] && !fault.Is(err, fault.Conflict):
				t.Errorf("%s was not refused: %v", name, err)
			}
		}
	}
}

func defaultBook(t *testing.T) *rule.Book {
	t.Helper()
	rows, err := rule.Parse(defaultRules)
	if err != nil {
		t.Fatal(err)
	}
	return rule.NewBook(rows)
}

func TestPublicStates(t *testing.T) {
	for _, s := range states {
		if got, want := s.Public(), s == Trial || s == Running || s == Closing; got != want {
			t.Errorf("%s: public is %v", s, got)
		}
		if stateName(s) == string(s) {
			t.Errorf("%s has no Chinese name", s)
		}
	}
}

func TestChangeRefuses(t *testing.T) {
	rules, now := defaultBook(t), shanghaiTime("2026-03-01 09:00")
	day := 24 * time.Hour.Milliseconds()
	for name, c := range map[string]struct {
		from State
		want StateChange
		kind fault.Kind
	}{
		"no reason": {Running, StateChange{To: Offline}, fault.Invalid},
		"too long": {Running, StateChange{To: Offline, Reason: "x",
			PlannedRestoreAt: now.UnixMilli() + 30*day + 1}, fault.Invalid},
		"back before it is gone": {Running, StateChange{To: Offline, Reason: "x", PlannedRestoreAt: now.UnixMilli()},
			fault.Invalid},
		"restore of no offline": {Trial, StateChange{To: Running, Reason: "x",
			PlannedRestoreAt: now.UnixMilli() + day}, fault.Invalid},
		"closing without notice": {Running, StateChange{To: Closing, Reason: "x"}, fault.Invalid},
		"notice is no address":   {Running, StateChange{To: Closing, Reason: "x", NoticeURL: "首页"}, fault.Invalid},
	} {
		s := &Site{Code: "a", State: c.from}
		if _, err := s.Change(c.want, nil, rules, now); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := &Site{Code: "a", State: Running}
	if got, err := s.Change(StateChange{To: Offline, Reason: "机房搬迁"}, nil, rules, now); err != nil ||
		got.PlannedRestoreAt != now.UnixMilli()+30*day {
		t.Errorf("the restore is planned at the limit: %+v, %v", got, err)
	}
}

// TestSecondOfflineOfAYear (T-LIFE-01): a site may go offline once a calendar year in Shanghai time, unless approved.
func TestSecondOfflineOfAYear(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.apply(qinghe)
		w.news()
		offline := StateChange{To: Offline, Reason: "机房搬迁"}
		back := StateChange{To: Running, Reason: "恢复"}
		steps := []struct {
			at   string
			do   StateChange
			kind fault.Kind // 0: allowed
		}{
			{"2026-05-01 00:00", offline, 0},
			{"2026-05-02 00:00", offline, fault.Conflict}, // it is already offline
			{"2026-05-03 00:00", back, 0},
			{"2026-12-31 23:59", offline, fault.Conflict},
			{"2026-12-31 23:59", StateChange{To: Offline, Reason: "重大故障", Approval: "黑政办批〔2026〕9号"}, 0},
			{"2026-12-31 23:59", back, 0},
			{"2027-01-01 00:00", offline, 0}, // still 2026 in UTC
			{"2027-01-02 00:00", back, 0},
			{"2027-12-31 23:59", offline, fault.Conflict},
		}
		for _, s := range steps {
			w.at(s.at)
			// An effective date given by the caller must not move the change to another year.
			s.do.EffectiveAt = shanghaiTime("2020-01-01 00:00").UnixMilli()
			err := w.ChangeState(w.ctx, "qinghe", s.do)
			if s.kind == 0 && err != nil || s.kind != 0 && !fault.Is(err, s.kind) {
				t.Fatalf("%s → %s: %v", s.at, s.do.To, err)
			}
		}
		log, err := w.reg.Log(w.ctx, w.site("qinghe").ID)
		if err != nil || len(log) != 7 || log[3].Approval == "" || log[1].From != Running {
			t.Errorf("%d log entries, %v", len(log), err)
		}
		if news := w.news(); len(news) != 1 || news[0].Revision != 7 { // only the newest event waits
			t.Errorf("events %+v", news)
		}
	})
}

// TestOfflineAlarm (T-LIFE-02): the alarm starts on day 25 and is over the limit on day 30.
func TestOfflineAlarm(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.apply(qinghe, rsj)
		w.at("2026-06-01 12:00")
		if err := w.ChangeState(w.ctx, "qinghe", StateChange{To: Offline, Reason: "改造"}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			at   string
			days int // 0: no alarm
			over bool
		}{
			{"2026-06-26 11:59", 0, false}, {"2026-06-26 12:00", 25, false}, {"2026-07-01 11:59", 29, false},
			{"2026-07-01 12:00", 30, true}, {"2026-08-01 12:00", 61, true},
		} {
			alarms, err := w.reg.Alarms(w.ctx, shanghaiTime(c.at))
			if err != nil {
				t.Fatal(err)
			}
			if c.days == 0 && len(alarms) != 0 || c.days != 0 &&
				(len(alarms) != 1 || alarms[0].Days != c.days || alarms[0].Over != c.over ||
					alarms[0].Site.Code != "qinghe" || alarms[0].Limit != 30) {
				t.Errorf("%s: %+v", c.at, alarms)
			}
		}
		if err := w.ChangeState(w.ctx, "qinghe", StateChange{To: Running, Reason: "恢复"}); err != nil {
			t.Fatal(err)
		}
		if alarms, err := w.reg.Alarms(w.ctx, shanghaiTime("2026-08-01 12:00")); err != nil || len(alarms) != 0 {
			t.Errorf("a site that is back: %+v, %v", alarms, err)
		}
	})
}

// TestClosingNeedsItsNotice (T-LIFE-03): the notice must be shown for thirty days. After a cancelled closing, the days
// start again.
func TestClosingNeedsItsNotice(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.apply(qinghe)
		w.at("2026-03-01 09:00")
		closing := StateChange{To: Closing, Reason: "机构改革", NoticeURL: "https://www.qinghe.gov.cn/xwdt/tzgg/1.html"}
		closed := StateChange{To: Closed, Reason: "公告期满"}
		do := func(at string, c StateChange, want fault.Kind) {
			t.Helper()
			w.at(at)
			c.EffectiveAt = shanghaiTime("2027-01-01 00:00").UnixMilli() // a future date must not count
			err := w.ChangeState(w.ctx, "qinghe", c)
			if want == 0 && err != nil || want != 0 && !fault.Is(err, want) {
				t.Fatalf("%s → %s: %v", at, c.To, err)
			}
		}
		do("2026-03-01 09:00", closing, 0)
		do("2026-03-31 08:59", closed, fault.Conflict)
		do("2026-03-31 08:59", StateChange{To: Running, Reason: "暂缓"}, 0)
		do("2026-04-01 09:00", closing, 0)
		do("2026-05-01 08:59", closed, fault.Conflict)
		do("2026-05-01 09:00", closed, 0)
		do("2026-05-02 09:00", StateChange{To: Archived, Reason: "归档"}, 0)
		do("2026-05-02 09:00", StateChange{To: Running, Reason: "反悔"}, fault.Conflict)
		if s := w.site("qinghe"); s.State != Archived {
			t.Errorf("state %s", s.State)
		}
	})
}

func TestClosingEarlyWithApproval(t *testing.T) {
	s := &Site{Code: "a", State: Closing}
	now := shanghaiTime("2026-03-02 09:00")
	log := []StateChange{{To: Closing, EffectiveAt: now.AddDate(0, 0, -1).UnixMilli()}}
	if _, err := s.Change(StateChange{To: Closed, Reason: "x", Approval: "批〔2026〕1号"}, log, defaultBook(t),
		now); err != nil {
		t.Error(err)
	}
}

// TestRuleOverrides: an override applies to the sites of its scope from its first day. The narrowest scope wins.
func TestRuleOverrides(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.apply(qinghe, rsj)
		row := func(scope, from, value string) rule.Row {
			return rule.Row{Code: "site.offline.max_days", Scope: scope, From: from, Value: value, Source: "省文件"}
		}
		if err := w.OverrideRules(w.ctx, []rule.Row{row("23", "2026-06-01", "10"), row("23", "", "20"),
			row("rsj", "2026-01-01", "5")}); err != nil {
			t.Fatal(err)
		}
		if err := w.OverrideRules(w.ctx, []rule.Row{row("23", "2026-06-01", "12")}); err != nil { // replaces
			t.Fatal(err)
		}
		book, err := w.reg.Rules(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		other := &Site{Code: "wuhan", Dossier: Dossier{SiteIDCode: "4201000001"}}
		for _, c := range []struct {
			site *Site
			day  string
			want int
		}{
			{w.site("qinghe"), "2026-05-31 23:59", 20}, {w.site("qinghe"), "2026-06-01 00:00", 12},
			{w.site("rsj"), "2025-12-31 23:59", 30}, {w.site("rsj"), "2026-06-01 00:00", 5},
			{other, "2026-06-01 00:00", 30},
		} {
			got, err := book.Int("site.offline.max_days", shanghaiTime(c.day), c.site.RuleScopes()...)
			if err != nil || got != c.want {
				t.Errorf("%s on %s: %d, %v, want %d", c.site.Code, c.day, got, err, c.want)
			}
		}
		w.at("2026-06-01 00:00") // 31 May in UTC: rules use the day in Shanghai
		err = w.ChangeState(w.ctx, "qinghe", StateChange{To: Offline, Reason: "x",
			PlannedRestoreAt: shanghaiTime("2026-06-14 00:00").UnixMilli()})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("13 days where the province allows 12: %v", err)
		}
		for name, bad := range map[string]rule.Row{
			"unknown": {Code: "site.colour", Value: "1", Source: "x"},
			"word":    {Code: "site.offline.max_days", Value: "ten", Source: "x"},
		} {
			if err := w.OverrideRules(w.ctx, []rule.Row{bad}); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestDefaultRulesAreComplete(t *testing.T) {
	book := defaultBook(t)
	for _, class := range updateClasses {
		if class == "static" || class == "archived" {
			continue // these never need an update
		}
		if n, err := book.Int("column.update."+class+".days", shanghaiTime("2026-03-01 09:00")); err != nil || n <= 0 {
			t.Errorf("%s: %d, %v", class, n, err)
		}
	}
}
