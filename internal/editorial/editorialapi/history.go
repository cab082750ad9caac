package editorialapi

import (
	"context"
	"net/http"
	"time"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/api"
)

func mountHistory(a *api.API, h handlers) {
	api.Register(a, api.Operation{
		ID:          "get-item-history",
		Method:      http.MethodGet,
		Path:        "/items/{item}/history",
		Tag:         tag,
		Permission:  editorial.Read,
		Summary:     "一稿的来历",
		Description: "每一句出自哪一稿、谁写的，谁审的、看到的是什么。proven 为真：审核经过、稿件内容和审计记录三者一致。",
	}, h.history)
}

// SentenceOrigin is a sentence and the edition that it came with.
type SentenceOrigin struct {
	Field string      `json:"field"`
	Text  string      `json:"text"`
	No    int         `json:"no" doc:"出自第几稿"`
	By    *api.Person `json:"by,omitempty" doc:"那一稿的作者"`
	At    *time.Time  `json:"at,omitempty"`
}

// ReviewRecord is a review of an edition.
type ReviewRecord struct {
	Task   api.ID     `json:"task"`
	State  string     `json:"state"`
	Proven bool       `json:"proven" doc:"经过、内容和审计记录一致"`
	Acts   []TaskAct  `json:"acts" nullable:"false"`
	Flow   []FlowStep `json:"flow" nullable:"false"`
}

// ApprovalRecord says that an edition passed its review.
type ApprovalRecord struct {
	Task api.ID      `json:"task"`
	Hash string      `json:"hash" doc:"通过的内容的 SHA-256"`
	By   *api.Person `json:"by" doc:"最后通过的人"`
	At   *time.Time  `json:"at"`
}

// ItemHistory is who wrote and who approved one edition.
type ItemHistory struct {
	Edition   int              `json:"edition" doc:"第几稿"`
	State     string           `json:"state"`
	By        *api.Person      `json:"by,omitempty"`
	At        *time.Time       `json:"at,omitempty"`
	Sentences []SentenceOrigin `json:"sentences" nullable:"false"`
	Reviews   []ReviewRecord   `json:"reviews" nullable:"false"`
	Approvals []ApprovalRecord `json:"approvals" nullable:"false"`
}

func (h handlers) history(ctx context.Context, in *struct {
	Item    api.ID `path:"item" doc:"信息编号"`
	Edition int    `query:"edition" minimum:"1" maximum:"1000000" doc:"第几稿；不写为公开的，没有公开的为最新的"`
}) (*struct{ Body ItemHistory }, error) {
	got, err := h.Desk.History(ctx, in.Item.Int(), in.Edition)
	if err != nil {
		return nil, err
	}
	who := []string{got.Edition.CreatedBy}
	for _, s := range got.Sentences {
		who = append(who, s.By)
	}
	for _, r := range got.Reviews {
		for _, a := range r.Acts {
			who = append(who, a.Who)
		}
	}
	names, err := h.Names.Of(ctx, who...)
	if err != nil {
		return nil, err
	}
	return &struct{ Body ItemHistory }{historyOf(got, names)}, nil
}

func historyOf(got *editorial.History, names api.Names) ItemHistory {
	out := ItemHistory{
		Edition:   got.Edition.No,
		State:     got.Edition.State,
		By:        names.Person(got.Edition.CreatedBy),
		At:        api.Time(got.Edition.CreatedAt),
		Sentences: []SentenceOrigin{},
		Reviews:   []ReviewRecord{},
		Approvals: []ApprovalRecord{},
	}
	for _, s := range got.Sentences {
		out.Sentences = append(out.Sentences, SentenceOrigin{
			Field: s.Field,
			Text:  s.Text,
			No:    s.No,
			By:    names.Person(s.By),
			At:    api.Time(s.At),
		})
	}
	for _, r := range got.Reviews {
		v := ReviewRecord{
			Task:   api.NewID(r.Task.ID),
			State:  string(r.Task.State),
			Proven: r.Proven,
			Acts:   []TaskAct{},
			Flow:   stepsOf(r.Task.Steps),
		}
		for _, a := range r.Acts {
			v.Acts = append(v.Acts, actOf(a, names))
		}
		out.Reviews = append(out.Reviews, v)
	}
	for _, a := range got.Approvals {
		out.Approvals = append(out.Approvals, ApprovalRecord{
			Task: api.NewID(a.Task),
			Hash: a.Hash,
			By:   names.Person(a.ApprovedBy),
			At:   api.Time(a.At),
		})
	}
	return out
}
