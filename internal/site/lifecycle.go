package site

import (
	"slices"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
)

var states = []State{Applying, Approved, Registered, Trial, Running, Offline, Closing, Closed, Archived}

// nextStates lists where a site may go from each state.
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

// Change checks a wanted change of state against the rules (政府网站发展指引, 1.10 of the
// standards reference) and returns the log entry to write. log is the site's history.
//
// An approval number in want.Approval forces a second temporary offline in a year and
// an early closing; it never makes an unknown transition possible.
func (s *Site) Change(want StateChange, log []StateChange, rules *rule.Book, now time.Time) (StateChange, error) {
	if !slices.Contains(nextStates[s.State], want.To) {
		return want, fault.New(fault.Conflict, "网站现在是“%s”，不能直接变为“%s”", stateName(s.State), stateName(want.To))
	}
	if want.Reason == "" {
		return want, fault.New(fault.Invalid, "请填写变更原因")
	}
	want.SiteID, want.From = s.ID, s.State
	if want.EffectiveAt == 0 {
		want.EffectiveAt = now.UnixMilli()
	}
	switch {
	case want.To == Offline:
		return want, checkOffline(s, &want, log, rules, now)
	case want.To == Closing && want.NoticeURL == "":
		return want, fault.New(fault.Invalid, "永久下线要先在首页发布公告，请填写公告地址")
	case want.To == Closed:
		return want, checkClosing(s, want, log, rules, now)
	}
	return want, nil
}

func checkOffline(s *Site, want *StateChange, log []StateChange, rules *rule.Book, now time.Time) error {
	perYear, err := rules.Int("site.offline.per_year", now, s.Code)
	if err != nil {
		return err
	}
	maxDays, err := rules.Int("site.offline.max_days", now, s.Code)
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
	limit := time.UnixMilli(want.EffectiveAt).AddDate(0, 0, maxDays).UnixMilli()
	if want.PlannedRestoreAt == 0 {
		want.PlannedRestoreAt = limit
	}
	if want.PlannedRestoreAt > limit || want.PlannedRestoreAt <= want.EffectiveAt {
		return fault.New(fault.Invalid, "临时下线不超过 %d 天，请改恢复时间", maxDays)
	}
	return nil
}

func checkClosing(s *Site, want StateChange, log []StateChange, rules *rule.Book, now time.Time) error {
	days, err := rules.Int("site.closing.notice_days", now, s.Code)
	if err != nil {
		return err
	}
	var since int64
	for _, c := range log {
		if c.To == Closing {
			since = c.EffectiveAt
		}
	}
	due := time.UnixMilli(since).AddDate(0, 0, days)
	if want.EffectiveAt < due.UnixMilli() && want.Approval == "" {
		return fault.New(fault.Conflict, "首页公告要满 %d 天，最早 %s 才能关停；确需提前请填写批准文号",
			days, due.In(shanghai).Format("2006-01-02 15:04"))
	}
	return nil
}

// OfflineAlarm says whether a temporary offline is near or past its limit: "" none,
// "near" five days before, "over" from the limit on (T-LIFE-02).
func OfflineAlarm(since int64, maxDays int, now time.Time) string {
	days := int(now.Sub(time.UnixMilli(since)) / (24 * time.Hour))
	switch {
	case days >= maxDays:
		return "over"
	case days >= maxDays-5:
		return "near"
	}
	return ""
}

func stateName(s State) string {
	names := map[State]string{Applying: "申请", Approved: "已审批", Registered: "已备案", Trial: "试运行", Running: "开通",
		Offline: "临时下线", Closing: "永久下线公告期", Closed: "关停", Archived: "归档"}
	if n, ok := names[s]; ok {
		return n
	}
	return string(s)
}
