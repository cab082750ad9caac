package site

import (
	"slices"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
)

var states = []State{Applying, Approved, Registered, Trial, Running, Offline, Closing, Closed, Archived}

// nextStates lists the states that can follow each state.
var nextStates = map[State][]State{
	Applying:   {Approved},
	Approved:   {Registered},
	Registered: {Trial, Running},
	Trial:      {Running, Closing},
	Running:    {Offline, Closing},
	Offline:    {Running, Closing},
	Closing:    {Running, Closed},
	Closed:     {Archived},
}

// Change checks a change of state against the rules of 政府网站发展指引. It returns the entry to write to the log. log is
// the history of the site.
//
// With an approval number in want.Approval, a further temporary offline in the same year is permitted, and a change to
// closed before the days of notice are over. A transition that is not in nextStates is never permitted.
func (s *Site) Change(want StateChange, log []StateChange, rules *rule.Book, now time.Time) (StateChange, error) {
	if !slices.Contains(nextStates[s.State], want.To) {
		return want, fault.New(fault.Conflict, "网站现在是“%s”，不能直接变为“%s”", stateName(s.State), stateName(want.To))
	}
	if want.Reason == "" {
		return want, fault.New(fault.Invalid, "请填写变更原因")
	}
	// A change takes effect now. With any other date, the caller could shorten the days that a rule requires.
	want.SiteID, want.From, want.EffectiveAt = s.ID, s.State, now.UnixMilli()
	var err error
	switch {
	case want.To == Offline:
		err = checkOffline(s, &want, log, rules, now)
	case want.PlannedRestoreAt != 0:
		err = fault.New(fault.Invalid, "只有临时下线才填写计划恢复时间")
	case want.To == Closing && !linkTarget(want.NoticeURL):
		err = fault.New(fault.Invalid, "永久下线要先在首页发布公告，请填写公告地址")
	case want.To == Closed:
		err = checkClosing(s, want, log, rules, now)
	}
	return want, err
}

func checkOffline(s *Site, want *StateChange, log []StateChange, rules *rule.Book, now time.Time) error {
	perYear, err := rules.Int("site.offline.per_year", now.In(store.Shanghai()), s.RuleScopes()...)
	if err != nil {
		return err
	}
	maxDays, err := rules.Int("site.offline.max_days", now.In(store.Shanghai()), s.RuleScopes()...)
	if err != nil {
		return err
	}
	year, used := shanghaiYear(want.EffectiveAt), 0
	for _, c := range log {
		if c.To == Offline && shanghaiYear(c.EffectiveAt) == year {
			used++
		}
	}
	if used >= perYear && want.Approval == "" {
		return fault.New(fault.Conflict, "%d 年已临时下线 %d 次，每年不超过 %d 次；确需下线请填写批准文号", year, used, perYear)
	}
	limit := now.In(store.Shanghai()).AddDate(0, 0, maxDays).UnixMilli()
	if want.PlannedRestoreAt == 0 {
		want.PlannedRestoreAt = limit
	}
	if want.PlannedRestoreAt > limit || want.PlannedRestoreAt <= want.EffectiveAt {
		return fault.New(fault.Invalid, "临时下线不超过 %d 天，请改恢复时间", maxDays)
	}
	return nil
}

func checkClosing(s *Site, want StateChange, log []StateChange, rules *rule.Book, now time.Time) error {
	days, err := rules.Int("site.closing.notice_days", now.In(store.Shanghai()), s.RuleScopes()...)
	if err != nil {
		return err
	}
	var since int64
	for _, c := range log {
		if c.To == Closing {
			since = c.EffectiveAt
		}
	}
	due := time.UnixMilli(since).In(store.Shanghai()).AddDate(0, 0, days)
	if want.EffectiveAt < due.UnixMilli() && want.Approval == "" {
		return fault.New(fault.Conflict, "首页公告要满 %d 天，最早 %s 才能关停；确需提前请填写批准文号",
			days, due.Format("2006-01-02 15:04"))
	}
	return nil
}

// Alarm reports a temporary offline that is near or past its limit (T-LIFE-02).
type Alarm struct {
	Site  *Site
	Since int64 // unix milliseconds
	Days  int   // whole days offline
	Limit int   // permitted days
	Over  bool  // the limit is reached; otherwise the alarm is a warning
}

// alarmDays is the number of days before the limit at which the alarm starts.
const alarmDays = 5

// offlineAlarm returns the alarm for a site that is offline since the time since (unix milliseconds), nil when the
// limit is not near.
func offlineAlarm(s *Site, since int64, limit int, now time.Time) *Alarm {
	days := int(now.Sub(time.UnixMilli(since)) / (24 * time.Hour))
	if days < limit-alarmDays {
		return nil
	}
	return &Alarm{
		Site:  s,
		Since: since,
		Days:  days,
		Limit: limit,
		Over:  days >= limit,
	}
}

func stateName(s State) string {
	names := map[State]string{Applying: "申请", Approved: "已审批", Registered: "已备案", Trial: "试运行", Running: "开通",
		Offline: "临时下线", Closing: "永久下线公告期", Closed: "关停", Archived: "归档"}
	if n, ok := names[s]; ok {
		return n
	}
	return string(s)
}
