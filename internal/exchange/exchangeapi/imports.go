package exchangeapi

import (
	"context"
	"guiyi/internal/exchange"
	"net/http"
	"time"

	"guiyi/internal/exchange/importjob"
	"guiyi/internal/kernel/api"
)

func mountImports(a *api.API, h handlers) {
	api.Register(a, api.Operation{
		ID:          "create-import",
		Method:      http.MethodPost,
		Path:        "/imports",
		Tag:         tag,
		Permission:  exchange.Write,
		Summary:     "建立导入任务",
		Status:      http.StatusAccepted,
		Description: "导入一个上传的文件（upload）或一个网址（address：网页、订阅源、站点地图，从该页起采集同一主机）。任务在后台执行，进程中断后自动接着做，再导入一次不会重复。",
	}, h.create)
	api.Register(a, api.Operation{
		ID:          "list-imports",
		Method:      http.MethodGet,
		Path:        "/imports",
		Tag:         tag,
		Permission:  exchange.Read,
		Summary:     "列出导入任务",
		Description: "令牌范围内的任务，新的在前。",
	}, h.list)
	api.Register(a, api.Operation{
		ID:         "get-import",
		Method:     http.MethodGet,
		Path:       "/imports/{import}",
		Tag:        tag,
		Permission: exchange.Read,
		Summary:    "导入任务的进度和结果",
	}, h.get)
	api.Register(a, api.Operation{
		ID:          "cancel-import",
		Method:      http.MethodPost,
		Path:        "/imports/{import}/cancel",
		Tag:         tag,
		Permission:  exchange.Write,
		Summary:     "取消导入任务",
		Description: "已经导入的保留。正在执行的很快停下，state 先为 cancelling。",
	}, h.cancel)
	api.Register(a, api.Operation{
		ID:          "list-quarantine",
		Method:      http.MethodGet,
		Path:        "/imports/{import}/quarantine",
		Tag:         tag,
		Permission:  exchange.Read,
		Summary:     "隔离的内容",
		Description: "这次没有导入的输入和原因。",
	}, h.quarantine)
}

// NewImport is the request that creates an import job.
type NewImport struct {
	Site     string `json:"site" minLength:"1" maxLength:"40" doc:"导入到哪个站点"`
	Upload   api.ID `json:"upload,omitempty" doc:"上传文件的编号"`
	Address  string `json:"address,omitempty" maxLength:"2000" doc:"http(s) 网址"`
	MaxPages int    `json:"max_pages,omitempty" minimum:"1" maximum:"1000000" doc:"最多采集多少页，默认 5000"`
	Source   string `json:"source,omitempty" maxLength:"200" doc:"来源名称，默认取文件名或主机名；同一来源的同一编号只入库一次"`
	Column   string `json:"column,omitempty" maxLength:"400" doc:"栏目路径；不写则按映射、页面所属栏目或第一个列表栏目"`
	Mapping  string `json:"mapping,omitempty" maxLength:"100000" doc:"映射（YAML），用于列名不同的表格"`
	DryRun   bool   `json:"dry_run,omitempty" doc:"只读取和检查，不写入"`
}

// Import describes an import job.
type Import struct {
	ID         api.ID     `json:"id"`
	Site       string     `json:"site"`
	State      string     `json:"state" doc:"waiting 等待、running 进行、cancelling 正在取消、done 完成、failed 失败、cancelled 已取消"`
	By         string     `json:"by" doc:"谁建立的"`
	File       string     `json:"file,omitempty"`
	Address    string     `json:"address,omitempty"`
	Source     string     `json:"source,omitempty"`
	Column     string     `json:"column,omitempty"`
	DryRun     bool       `json:"dry_run"`
	Read       int64      `json:"read" doc:"已读取多少条"`
	Report     *Report    `json:"report,omitempty" doc:"结果"`
	Error      string     `json:"error,omitempty" doc:"失败的原因，或上一次尝试的问题"`
	CreatedAt  *time.Time `json:"created_at,omitempty"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
}

// Report counts the results of the inputs of an import; the counts add up to Inputs.
type Report struct {
	Inputs      int            `json:"inputs" doc:"输入"`
	Imported    int            `json:"imported" doc:"新导入"`
	Updated     int            `json:"updated" doc:"更新"`
	Unchanged   int            `json:"unchanged" doc:"没有变化"`
	Merged      int            `json:"merged" doc:"与已有的相同，合并"`
	Quarantined int            `json:"quarantined" doc:"隔离"`
	Skipped     int            `json:"skipped" doc:"不是输入的文件"`
	Reasons     map[string]int `json:"reasons,omitempty" doc:"隔离的原因和条数"`
	Findings    map[string]int `json:"findings,omitempty" doc:"检查结果和条数"`
	Leftovers   []Leftover     `json:"leftovers,omitempty" doc:"不是输入的部分（隐藏的行、空的工作表、表头上方的文字等）和原因，最多 1000 个"`
	LeftCount   int            `json:"leftover_count" doc:"这样的部分共有多少"`
}

// Leftover is a part of the source that is not an input.
type Leftover struct {
	Name string `json:"name" doc:"哪一部分"`
	Why  string `json:"why" doc:"原因"`
}

type importBody struct{ Body Import }

func importOf(o *importjob.Job, site string) Import {
	out := Import{
		ID:         api.NewID(o.ID),
		Site:       site,
		State:      string(o.State),
		By:         o.Actor,
		File:       o.File,
		Address:    o.Address,
		Source:     o.Source,
		Column:     o.Column,
		DryRun:     o.DryRun,
		Read:       o.Done,
		Error:      o.Error,
		CreatedAt:  api.Time(o.CreatedAt),
		StartedAt:  api.Time(o.StartedAt),
		FinishedAt: api.Time(o.FinishedAt),
	}
	if r := o.Report; r != nil {
		out.Report = &Report{
			Inputs:      r.Inputs,
			Imported:    r.Imported,
			Updated:     r.Updated,
			Unchanged:   r.Unchanged,
			Merged:      r.Merged,
			Quarantined: r.Quarantined,
			Skipped:     r.Skipped,
			Reasons:     r.Reasons,
			Findings:    r.Findings,
			LeftCount:   r.LeftoverCount,
		}
		for _, l := range r.Leftovers {
			out.Report.Leftovers = append(out.Report.Leftovers, Leftover(l))
		}
	}
	return out
}

func (h handlers) create(ctx context.Context, in *struct{ Body NewImport }) (*importBody, error) {
	b := in.Body
	s, err := h.Sites.ByCodeInScope(ctx, b.Site)
	if err != nil {
		return nil, err
	}
	w := importjob.Request{
		Site:     s.ID,
		Address:  b.Address,
		MaxPages: b.MaxPages,
		Source:   b.Source,
		Column:   b.Column,
		Mapping:  b.Mapping,
		DryRun:   b.DryRun,
	}
	if b.Upload != "" {
		w.Upload = b.Upload.Int()
	}
	o, err := h.Desk.Create(ctx, w)
	if err != nil {
		return nil, err
	}
	return &importBody{importOf(o, s.Code)}, nil
}

func (h handlers) list(ctx context.Context, in *struct {
	Site string `query:"site" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"站点代码" doc:"只看一个站点"`
	api.PageInput
}) (*api.PageOutput[Import], error) {
	before, err := in.One("imports")
	if err != nil {
		return nil, err
	}
	only := int64(0)
	if in.Site != "" {
		s, err := h.Sites.ByCodeInScope(ctx, in.Site)
		if err != nil {
			return nil, err
		}
		only = s.ID
	}
	found, err := h.Desk.List(ctx, only, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var owners []int64
	for _, o := range found {
		owners = append(owners, o.Owner)
	}
	codes, err := h.Sites.Codes(ctx, owners...)
	if err != nil {
		return nil, err
	}
	var out []Import
	for _, o := range found {
		out = append(out, importOf(o, codes[o.Owner]))
	}
	return api.NewPage(ctx, in.PageInput, "imports", out, func(i Import) []int64 { return []int64{i.ID.Int()} }), nil
}

// ImportPath is the import job in the path of a request.
type ImportPath struct {
	Import api.ID `path:"import" doc:"导入任务编号"`
}

func (h handlers) answer(ctx context.Context, o *importjob.Job, err error) (*importBody, error) {
	if err != nil {
		return nil, err
	}
	s, err := h.Sites.ByID(ctx, o.Owner)
	if err != nil {
		return nil, err
	}
	return &importBody{importOf(o, s.Code)}, nil
}

func (h handlers) get(ctx context.Context, in *ImportPath) (*importBody, error) {
	o, err := h.Desk.Get(ctx, in.Import.Int())
	return h.answer(ctx, o, err)
}

func (h handlers) cancel(ctx context.Context, in *ImportPath) (*importBody, error) {
	o, err := h.Desk.Cancel(ctx, in.Import.Int())
	return h.answer(ctx, o, err)
}

// Quarantined is an input that was not imported.
type Quarantined struct {
	ID      string     `json:"id" doc:"在来源中的编号"`
	Name    string     `json:"name" doc:"文件名、行号或网址"`
	Source  string     `json:"source"`
	Reason  string     `json:"reason" doc:"missing-title、missing-body、undecodable、refused-type、too-large、not-an-article、malformed、not-fetched"`
	Detail  string     `json:"detail" doc:"具体说明"`
	RawHash string     `json:"raw_hash,omitempty" doc:"存档原文的 SHA-256"`
	At      *time.Time `json:"at,omitempty"`
}

func (h handlers) quarantine(ctx context.Context, in *struct {
	ImportPath
	api.PageInput
}) (*api.PageOutput[Quarantined], error) {
	after, err := in.Key("quarantine")
	if err != nil {
		return nil, err
	}
	found, err := h.Desk.Quarantine(ctx, in.Import.Int(), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var out []Quarantined
	for _, q := range found {
		out = append(out, Quarantined{
			ID:      q.ExternalID,
			Name:    q.Name,
			Source:  q.Source,
			Reason:  q.Reason,
			Detail:  q.Detail,
			RawHash: q.RawHash,
			At:      api.Time(q.At),
		})
	}
	return api.NewKeyPage(ctx, in.PageInput, "quarantine", out, func(q Quarantined) string { return q.ID }), nil
}
