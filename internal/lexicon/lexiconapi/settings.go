package lexiconapi

import (
	"context"
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/lexicon"
	"guiyi/internal/lexicon/check"
)

func mountSettings(a *api.API, h handlers) {
	api.Register(a, api.Operation{
		ID:         "get-check-levels",
		Method:     http.MethodGet,
		Path:       "/check/levels",
		Tag:        tag,
		Permission: lexicon.Read,
		Summary:    "站点设定的检查级别",
	}, h.levels)
	api.Register(a, api.Operation{
		ID:          "put-check-levels",
		Method:      http.MethodPut,
		Path:        "/check/levels",
		Tag:         tag,
		Permission:  lexicon.Write,
		Summary:     "设定检查级别",
		Description: "以种类或词库的代码为键；没有写的恢复默认。凭统计得出的检查最高只能是 warn。",
	}, h.putLevels)
	api.Register(a, api.Operation{
		ID:         "get-leaders",
		Method:     http.MethodGet,
		Path:       "/leaders",
		Tag:        tag,
		Permission: lexicon.Read,
		Summary:    "领导名单",
	}, h.leaders)
	api.Register(a, api.Operation{
		ID:          "put-leaders",
		Method:      http.MethodPut,
		Path:        "/leaders",
		Tag:         tag,
		Permission:  lexicon.Write,
		Summary:     "更新领导名单",
		Description: "以整份名单代替原有的，按排序先后。检查据此核对姓名、职务和次序。",
	}, h.putLeaders)
	api.Register(a, api.Operation{
		ID:         "list-ignored-findings",
		Method:     http.MethodGet,
		Path:       "/check/ignored",
		Tag:        tag,
		Permission: lexicon.Read,
		Summary:    "忽略的检查结果",
	}, h.ignored)
	api.Register(a, api.Operation{
		ID:          "ignore-finding",
		Method:      http.MethodPost,
		Path:        "/check/ignored",
		Tag:         tag,
		Permission:  lexicon.Ignore,
		Summary:     "忽略检查结果",
		Status:      http.StatusCreated,
		Description: "说明理由后，同样的结果不再报告。写了 item 的只对这条信息；不写的对全站，需要 lexicon.write。阻断发布的结果也要有 lexicon.write 才能忽略。",
	}, h.ignore)
	api.Register(a, api.Operation{
		ID:         "delete-ignored-finding",
		Method:     http.MethodDelete,
		Path:       "/check/ignored/{ignored}",
		Tag:        tag,
		Permission: lexicon.Ignore,
		Summary:    "不再忽略",
	}, h.unignore)
}

// CheckLevels are the levels that a site has set.
type CheckLevels struct {
	Site   string                            `json:"site" minLength:"1" maxLength:"40" doc:"站点代码"`
	Levels map[string]api.OneOf[check.Level] `json:"levels" doc:"键是种类或词库的代码"`
}

func (h handlers) levels(ctx context.Context, in *SiteQuery) (*struct{ Body CheckLevels }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	set, err := h.Desk.Levels(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	out := CheckLevels{Site: s.Code, Levels: map[string]api.OneOf[check.Level]{}}
	for code, l := range set {
		out.Levels[code] = api.OneOf[check.Level](l)
	}
	return &struct{ Body CheckLevels }{out}, nil
}

func (h handlers) putLevels(ctx context.Context, in *struct{ Body CheckLevels }) (*struct{ Body CheckLevels }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Body.Site)
	if err != nil {
		return nil, err
	}
	set := map[string]check.Level{}
	for code, l := range in.Body.Levels {
		set[code] = check.Level(l)
	}
	if err := h.Desk.SetLevels(ctx, s.ID, set); err != nil {
		return nil, err
	}
	return h.levels(ctx, &SiteQuery{Site: s.Code})
}

// Leaders is the table of leaders of a site.
type Leaders struct {
	Site    string   `json:"site" minLength:"1" maxLength:"40" doc:"站点代码"`
	Leaders []Leader `json:"leaders" maxItems:"200" nullable:"false" doc:"按排序先后"`
}

// Leader is a person of the table.
type Leader struct {
	Name   string   `json:"name" minLength:"2" maxLength:"20" doc:"姓名"`
	Titles []string `json:"titles" maxItems:"10" nullable:"false" doc:"职务，按通常的次序"`
}

func (h handlers) leaders(ctx context.Context, in *SiteQuery) (*struct{ Body Leaders }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	people, err := h.Desk.Leaders(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	out := Leaders{Site: s.Code, Leaders: []Leader{}}
	for _, p := range people {
		out.Leaders = append(out.Leaders, Leader{Name: p.Name, Titles: append([]string{}, p.Titles...)})
	}
	return &struct{ Body Leaders }{out}, nil
}

func (h handlers) putLeaders(ctx context.Context, in *struct{ Body Leaders }) (*struct{ Body Leaders }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Body.Site)
	if err != nil {
		return nil, err
	}
	var people []check.Leader
	for _, p := range in.Body.Leaders {
		people = append(people, check.Leader{Name: p.Name, Titles: p.Titles})
	}
	if err := h.Desk.SetLeaders(ctx, s.ID, people); err != nil {
		return nil, err
	}
	return h.leaders(ctx, &SiteQuery{Site: s.Code})
}

// IgnoredFinding is a finding that is not reported any more.
type IgnoredFinding struct {
	ID     api.ID     `json:"id"`
	Item   api.ID     `json:"item,omitempty" doc:"没有：全站"`
	Code   string     `json:"code"`
	Text   string     `json:"text" doc:"原文；个人信息已遮盖"`
	Reason string     `json:"reason"`
	At     *time.Time `json:"at"`
}

func ignoredOf(r *lexicon.Ignored) IgnoredFinding {
	return IgnoredFinding{
		ID:     api.NewID(r.ID),
		Item:   api.NewID(r.Item),
		Code:   r.Code,
		Text:   r.Text,
		Reason: r.Reason,
		At:     api.Time(r.At),
	}
}

func (h handlers) ignored(ctx context.Context, in *struct {
	SiteQuery
	api.PageInput
}) (*api.PageOutput[IgnoredFinding], error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	after, err := in.One("ignored")
	if err != nil {
		return nil, err
	}
	rows, err := h.Desk.Ignores(ctx, s.ID, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var out []IgnoredFinding
	for _, r := range rows {
		out = append(out, ignoredOf(r))
	}
	return api.NewPage(ctx, in.PageInput, "ignored", out, func(i IgnoredFinding) []int64 {
		return []int64{i.ID.Int()}
	}), nil
}

// NewIgnoredFinding is the request to ignore a finding.
type NewIgnoredFinding struct {
	Site   string `json:"site" minLength:"1" maxLength:"40" doc:"站点代码"`
	Item   api.ID `json:"item,omitempty" doc:"只对这条信息；不写对全站"`
	Code   string `json:"code" minLength:"1" maxLength:"40" doc:"检查的种类"`
	Text   string `json:"text" maxLength:"2000" doc:"检查结果里的原文"`
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"理由"`
}

func (h handlers) ignore(ctx context.Context, in *struct{ Body NewIgnoredFinding }) (*struct{ Body IgnoredFinding },
	error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Body.Site)
	if err != nil {
		return nil, err
	}
	item := int64(0)
	if in.Body.Item != "" {
		item = in.Body.Item.Int()
	}
	r, err := h.Desk.Ignore(ctx, s.ID, item, in.Body.Code, in.Body.Text, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &struct{ Body IgnoredFinding }{ignoredOf(r)}, nil
}

func (h handlers) unignore(ctx context.Context, in *struct {
	Ignored api.ID `path:"ignored" doc:"忽略记录的编号"`
}) (*struct{}, error) {
	return nil, h.Desk.Unignore(ctx, in.Ignored.Int())
}
