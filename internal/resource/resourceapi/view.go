package resourceapi

import (
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/resource"
)

// Head has the version and the state of an item.
type Head struct {
	ID        api.ID     `json:"id"`
	Version   int64      `json:"version" doc:"版本号，每次改动加一；修改、发布、撤稿时要带上"`
	State     string     `json:"state" doc:"draft 草稿、scheduled 定时发布、live 公开、withdrawn 已撤稿、discarded 在回收站"`
	ReleaseAt *time.Time `json:"release_at,omitempty" doc:"计划发布时间"`
	OfflineAt *time.Time `json:"offline_at,omitempty" doc:"计划撤稿时间"`
}

// Summary is an item in a list.
type Summary struct {
	Head
	Site        string      `json:"site" doc:"所属站点"`
	Class       string      `json:"class"`
	Title       string      `json:"title"`
	Column      *ItemColumn `json:"column,omitempty" doc:"在所属站点的栏目"`
	PublishedAt *time.Time  `json:"published_at,omitempty"`
	UpdatedAt   *time.Time  `json:"updated_at,omitempty"`
	UpdatedBy   *api.Person `json:"updated_by,omitempty" doc:"最后修改者"`
}

// Item is an item with its newest edition.
type Item struct {
	Head
	Site       string      `json:"site" doc:"所属站点"`
	Class      string      `json:"class"`
	CreatedAt  *time.Time  `json:"created_at,omitempty"`
	UpdatedBy  string      `json:"updated_by,omitempty" doc:"最后修改者，类型和编号"`
	UpdatedAt  *time.Time  `json:"updated_at,omitempty"`
	Withdrawal *Withdrawal `json:"withdrawal,omitempty"`
	Edition    Edition     `json:"edition" doc:"最新的稿件版本，可能是草稿"`
}

// Withdrawal describes how an item was withdrawn.
type Withdrawal struct {
	Kind   string     `json:"kind"`
	Reason string     `json:"reason"`
	To     api.ID     `json:"to,omitempty" doc:"并入的信息"`
	At     *time.Time `json:"at,omitempty"`
}

// Finding is a finding of a check about an item.
type Finding struct {
	Level string `json:"level" doc:"error 发布前必须改正，warn 建议改正"`
	Code  string `json:"code"`
	Field string `json:"field"`
	Text  string `json:"text"`
}

func headOf(it *resource.Item) Head {
	return Head{
		ID:        api.NewID(it.ID),
		Version:   it.Version,
		State:     string(it.State),
		ReleaseAt: api.Time(it.ReleaseAt),
		OfflineAt: api.Time(it.OfflineAt),
	}
}

func withdrawalOf(w *resource.Withdrawal) *Withdrawal {
	if w == nil {
		return nil
	}
	return &Withdrawal{Kind: string(w.Kind), Reason: w.Reason, To: api.NewID(w.Successor), At: api.Time(w.At)}
}

func findingsOf(fs []rule.Finding) []Finding {
	out := []Finding{}
	for _, f := range fs {
		level := "warn"
		if f.Level == rule.Error {
			level = "error"
		}
		out = append(out, Finding{Level: level, Code: f.Code, Field: f.Field, Text: f.Text})
	}
	return out
}
