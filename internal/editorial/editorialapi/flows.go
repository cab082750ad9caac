package editorialapi

import (
	"context"
	"net/http"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/api"
)

func mountFlows(a *api.API, h handlers) {
	api.Register(a, api.Operation{
		ID:          "list-flows",
		Method:      http.MethodGet,
		Path:        "/flows",
		Tag:         tag,
		Permission:  editorial.Read,
		Summary:     "审核流程",
		Description: "站点的流程在前，然后是单独设定了流程的栏目；栏目没有自己的，用上级的，再用站点的。一个也没有：站点不需要审核。",
	}, h.flows)
	api.Register(a, api.Operation{
		ID:          "put-flow",
		Method:      http.MethodPut,
		Path:        "/flows",
		Tag:         tag,
		Permission:  editorial.FlowWrite,
		Summary:     "设定审核流程",
		Description: "整个站点的，或一个栏目（及其下级）的。站点有了流程，没有通过审核的就不能发布。steps 为空是取消。审核中的任务仍按送审时的步骤。",
	}, h.putFlow)
}

// Flow is the list of steps of a site or a column.
type Flow struct {
	Site    string      `json:"site"`
	Column  *ColumnName `json:"column,omitempty" doc:"不写为整个站点"`
	Steps   []FlowStep  `json:"steps" nullable:"false"`
	Version int64       `json:"version" doc:"版本号；0 为已取消"`
}

func (h handlers) flows(ctx context.Context, in *struct {
	Site string `query:"site" required:"true" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"站点代码" doc:"站点代码"`
}) (*api.PageOutput[Flow], error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	all, err := h.Desk.Flows(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	out := &api.PageOutput[Flow]{Body: api.Page[Flow]{Items: []Flow{}}}
	out.Body.Items, err = h.views(ctx, s.Code, all...)
	return out, err
}

func (h handlers) views(ctx context.Context, code string, all ...editorial.Flow) ([]Flow, error) {
	var columns []int64
	for _, f := range all {
		columns = append(columns, f.Column)
	}
	named, err := h.Sites.ColumnsByID(ctx, columns...)
	if err != nil {
		return nil, err
	}
	out := []Flow{}
	for _, f := range all {
		v := Flow{Site: code, Steps: stepsOf(f.Steps), Version: f.Version}
		if c := named[f.Column]; c != nil {
			v.Column = &ColumnName{ID: api.NewID(c.ID), Name: c.Name, Path: c.Path}
		}
		out = append(out, v)
	}
	return out, nil
}

// NewFlow is a flow to be set.
type NewFlow struct {
	Site    string     `json:"site" minLength:"1" maxLength:"40" doc:"站点代码"`
	Column  api.ID     `json:"column,omitempty" doc:"栏目编号，不写为整个站点"`
	Steps   []FlowStep `json:"steps" maxItems:"8" nullable:"false" doc:"各步；空为取消"`
	Version int64      `json:"version,omitempty" minimum:"0" doc:"您读到的版本号；还没有流程时不写"`
}

func (h handlers) putFlow(ctx context.Context, in *struct{ Body NewFlow }) (*struct{ Body Flow }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Body.Site)
	if err != nil {
		return nil, err
	}
	f := editorial.Flow{Owner: s.ID, Version: in.Body.Version}
	if in.Body.Column != "" {
		f.Column = in.Body.Column.Int()
	}
	for _, s := range in.Body.Steps {
		f.Steps = append(f.Steps, editorial.Step{
			Name:    s.Name,
			Kind:    editorial.StepKind(s.Kind),
			Units:   s.Units,
			Minutes: s.Minutes,
		})
	}
	set, err := h.Desk.SetFlow(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := h.views(ctx, s.Code, *set)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Flow }{out[0]}, nil
}
