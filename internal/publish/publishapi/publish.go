package publishapi

import (
	"context"
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish"
	"guiyi/internal/publish/control"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/site"
)

const tag = "发布与账本"

// Options are the dependencies of the operations.
type Options struct {
	Desk  *control.Desk
	Sites *site.Register
}

type handlers Options

// Mount returns the function that registers the operations.
func Mount(o Options) api.Mount { return handlers(o).mount }

func (h handlers) mount(a *api.API) {
	api.Register(a, api.Operation{
		ID:          "get-publication",
		Method:      http.MethodGet,
		Path:        "/sites/{site}/publication",
		Tag:         tag,
		Permission:  publish.ReadState,
		Summary:     "发布状态",
		Description: "改动由平台自动发布；busy 为 false 且 waiting 为 0 时，此前的改动都已公开。",
	}, h.status)
	api.Register(a, api.Operation{
		ID:          "publish-site",
		Method:      http.MethodPost,
		Path:        "/sites/{site}/publication",
		Tag:         tag,
		Permission:  publish.Run,
		Summary:     "要求发布",
		Status:      http.StatusAccepted,
		Description: "发布等待中的改动；full=true 重新生成全部页面。已受理即答 202，结果看发布状态。",
	}, h.publish)
	api.Register(a, api.Operation{
		ID:          "list-revisions",
		Method:      http.MethodGet,
		Path:        "/sites/{site}/revisions",
		Tag:         tag,
		Permission:  publish.ReadState,
		Summary:     "发布账本",
		Description: "每一版，新的在前。",
	}, h.revisions)
	api.Register(a, api.Operation{
		ID:          "verify-ledger",
		Method:      http.MethodGet,
		Path:        "/sites/{site}/ledger-proof",
		Tag:         tag,
		Permission:  publish.ReadState,
		Summary:     "核对账本",
		Description: "核对每一版的签名和前后相接。",
	}, h.verify)
	api.Register(a, api.Operation{
		ID:          "roll-back",
		Method:      http.MethodPost,
		Path:        "/sites/{site}/rollback",
		Tag:         tag,
		Permission:  publish.RollBack,
		Summary:     "回退",
		Outside:     true,
		Description: "一步回到某一版，并停在那里，直到恢复；其间撤稿仍然生效。",
	}, h.rollback)
	api.Register(a, api.Operation{
		ID:          "resume-site",
		Method:      http.MethodPost,
		Path:        "/sites/{site}/resume",
		Tag:         tag,
		Permission:  publish.RollBack,
		Summary:     "恢复",
		Outside:     true,
		Description: "结束回退，发布现在的内容。",
	}, h.resume)
}

// SitePath is the site code in the path of an operation.
type SitePath struct {
	Site string `path:"site" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"站点代码" doc:"站点代码"`
}

// Publication is the publishing status of a site.
type Publication struct {
	Revision  int64      `json:"revision" doc:"公开的是第几版；0 从未发布"`
	At        *time.Time `json:"at,omitempty" doc:"这一版的时间"`
	Addresses int64      `json:"addresses" doc:"公开地址数"`
	Pinned    int64      `json:"pinned" doc:"停在第几版；0 跟随内容"`
	Waiting   int64      `json:"waiting" doc:"等待生成的页数"`
	Failed    int64      `json:"failed" doc:"其中上次没有生成成功的页数，公开的仍是以前的内容"`
	Oldest    int64      `json:"oldest" doc:"可回退到的最早一版"`
	Busy      bool       `json:"busy" doc:"平台有发布任务在等待或进行"`
}

func (h handlers) status(ctx context.Context, in *SitePath) (*struct{ Body Publication }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	st, err := h.Desk.Status(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Publication }{Publication{Revision: st.Head.Revision, At: api.Time(st.Head.At),
		Addresses: st.Head.Count, Pinned: max(st.Pinned, 0),
		Waiting: st.Waiting, Failed: st.Failed, Oldest: st.Oldest, Busy: st.Busy}}, nil
}

func (h handlers) publish(ctx context.Context, in *struct {
	SitePath
	Body struct {
		Full bool `json:"full,omitempty" doc:"全部页面重新生成"`
	}
}) (*struct{}, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	return nil, h.Desk.RequestBuild(ctx, s.ID, in.Body.Full)
}

// Revision is one revision of a site in the ledger.
type Revision struct {
	Revision  int64      `json:"revision"`
	At        *time.Time `json:"at,omitempty"`
	Addresses int64      `json:"addresses" doc:"公开地址数"`
	State     string     `json:"state" doc:"网站状态"`
	Note      string     `json:"note,omitempty" doc:"说明"`
	Hash      string     `json:"hash" doc:"这一版的散列"`
	Previous  string     `json:"previous" doc:"前一版的散列"`
	Suite     string     `json:"suite" doc:"签名算法"`
	Key       string     `json:"key" doc:"签名密钥的编号"`
}

func (h handlers) revisions(ctx context.Context, in *struct {
	SitePath
	api.PageInput
}) (*api.PageOutput[Revision], error) {
	before, err := in.One("revisions")
	if err != nil {
		return nil, err
	}
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	heads, err := h.Desk.Revisions(ctx, s.ID, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var out []Revision
	for _, head := range heads {
		out = append(out, revisionOf(head))
	}
	return api.NewPage(ctx, in.PageInput, "revisions", out, func(r Revision) []int64 { return []int64{r.Revision} }),
		nil
}

func revisionOf(h manifest.Head) Revision {
	return Revision{
		Revision:  h.Revision,
		At:        api.Time(h.At),
		Addresses: h.Count,
		State:     h.State,
		Note:      h.Note,
		Hash:      h.Hash().String(),
		Previous:  h.Prev.String(),
		Suite:     h.Suite,
		Key:       h.Key,
	}
}

// LedgerProof is the result of checking the ledger.
type LedgerProof struct {
	OK      bool   `json:"ok" doc:"全部正确"`
	Good    int64  `json:"good" doc:"从第一版起有多少版正确"`
	Problem string `json:"problem,omitempty" doc:"哪里不对"`
}

func (h handlers) verify(ctx context.Context, in *SitePath) (*struct{ Body LedgerProof }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	r, err := h.Desk.VerifyLedger(ctx, s.ID)
	if ctx.Err() != nil || fault.Is(err, fault.Unavailable) {
		return nil, err
	}
	out := LedgerProof{OK: err == nil, Good: r.Good}
	if err != nil {
		out.Problem = fault.Text(err)
	}
	return &struct{ Body LedgerProof }{out}, nil
}

// Built is the result of a rollback or a resume.
type Built struct {
	Revision int64 `json:"revision" doc:"成为第几版；0 没有变化"`
	Rendered int   `json:"rendered" doc:"生成了几页"`
	Changed  int   `json:"changed" doc:"改动了几个地址"`
}

type built struct{ Body Built }

func builtOf(r publish.Result, err error) (*built, error) {
	if err != nil {
		return nil, err
	}
	return &built{Built{Revision: r.Revision, Rendered: r.Rendered, Changed: r.Changed}}, nil
}

func (h handlers) rollback(ctx context.Context, in *struct {
	SitePath
	Body struct {
		Revision int64  `json:"revision" minimum:"1" doc:"回到第几版"`
		Reason   string `json:"reason" minLength:"1" maxLength:"200" doc:"原因，写入账本"`
	}
}) (*built, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	return builtOf(h.Desk.Rollback(ctx, s.ID, in.Body.Revision, in.Body.Reason))
}

func (h handlers) resume(ctx context.Context, in *SitePath) (*built, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	return builtOf(h.Desk.Resume(ctx, s.ID))
}
