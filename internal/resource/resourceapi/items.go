package resourceapi

import (
	"context"
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

const tag = "信息"

// Options of Mount.
type Options struct {
	Desk    *resource.Desk
	Library *resource.Library
	Sites   *site.Register
	// Clean converts the HTML that a client sends to the HTML of the library.
	Clean func(class resource.Class, markup string) (resource.Body, error)
	Names api.NameSource
}

type handlers Options

// Mount returns the mount of the operations.
func Mount(o Options) api.Mount { return handlers(o).mount }

func (h handlers) mount(a *api.API) {
	api.Register(a, api.Operation{
		ID:          "create-item",
		Method:      http.MethodPost,
		Path:        "/items",
		Tag:         tag,
		Permission:  resource.Write,
		Summary:     "起草信息",
		Status:      http.StatusCreated,
		Fields:      contentFields(),
		Description: "建立一条草稿，可同时放进栏目；发布之前公众看不到。正文 html 会按平台规范清理，其中的图片要先上传，地址写应答里的 path。",
	}, h.create)
	api.Register(a, api.Operation{
		ID:          "get-item",
		Method:      http.MethodGet,
		Path:        "/items/{item}",
		Tag:         tag,
		Permission:  resource.Read,
		Summary:     "查看信息",
		Description: "附最新的稿件版本。",
	}, h.get)
	api.Register(a, api.Operation{
		ID:          "revise-item",
		Method:      http.MethodPatch,
		Path:        "/items/{item}",
		Tag:         tag,
		Permission:  resource.Write,
		Summary:     "修改信息",
		Fields:      contentFields(),
		Description: "生成新的草稿，只改写了的字段；公开的版本在发布之前不变。version 是您读到的版本号，别人改过则 409。修改会取消原草稿的定时发布。",
	}, h.revise)
	mountLists(a, h)
	mountReleases(a, h)
	mountDiscard(a, h)
	mountHistory(a, h)
	mountLinks(a, h)
	mountPlacements(a, h)
	mountMedia(a, h)
}

func mountReleases(a *api.API, h handlers) {
	api.Register(a, api.Operation{
		ID:          "release-item",
		Method:      http.MethodPost,
		Path:        "/items/{item}/release",
		Tag:         tag,
		Permission:  resource.ReleaseItems,
		Summary:     "发布信息",
		Description: "发布您看到的草稿，立即或在 at 所写的时间。没有通过元数据检查（error）的草稿不能发布。",
	}, h.release)
	api.Register(a, api.Operation{
		ID:          "withdraw-item",
		Method:      http.MethodPost,
		Path:        "/items/{item}/withdraw",
		Tag:         tag,
		Permission:  resource.ReleaseItems,
		Summary:     "撤稿",
		Description: "error 撤下，地址答 410；consolidated 并入另一条信息（to），地址转向它；banner 保留页面并加注，列表和搜索不再出现。立即或在 at 所写的时间。",
	}, h.withdraw)
	api.Register(a, api.Operation{
		ID:         "cancel-plan",
		Method:     http.MethodPost,
		Path:       "/items/{item}/cancel-plan",
		Tag:        tag,
		Permission: resource.ReleaseItems,
		Summary:    "取消定时发布和定时撤稿",
	}, h.cancel)
}

// ItemPath is the path parameter of an item.
type ItemPath struct {
	Item api.ID `path:"item" doc:"信息编号"`
}

func (h handlers) get(ctx context.Context, in *ItemPath) (*struct{ Body Item }, error) {
	it, e, err := h.Library.Item(ctx, in.Item.Int())
	if err != nil {
		return nil, err
	}
	codes, err := h.Sites.Codes(ctx, it.Owner)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Item }{Item{Head: headOf(it), Site: codes[it.Owner], Class: string(it.Class),
		CreatedAt: api.Time(it.CreatedAt), UpdatedAt: api.Time(it.UpdatedAt),
		Withdrawal: withdrawalOf(it.Withdrawal), Edition: editionOf(e)}}, nil
}

// NewItem is an item that is to be created.
type NewItem struct {
	Site    string   `json:"site" minLength:"1" maxLength:"40" doc:"所属站点"`
	Class   string   `json:"class" enum:"article,notice,picture,document,interpretation,page" doc:"article 动态、notice 通知公告、picture 图片新闻、document 公文、interpretation 政策解读、page 单页"`
	Columns []Spot   `json:"columns,omitempty" maxItems:"50" doc:"放进哪些栏目；第一个决定地址"`
	Tags    []string `json:"tags,omitempty" maxItems:"50" doc:"标记"`
	Content
}

// Spot is a placement that is to be added.
type Spot struct {
	Site     string     `json:"site,omitempty" maxLength:"40" doc:"哪个站点，不写为所属站点"`
	Column   api.ID     `json:"column" doc:"栏目编号"`
	Headline string     `json:"headline,omitempty" maxLength:"500" doc:"在这个栏目里的标题"`
	At       *time.Time `json:"at,omitempty" doc:"在这个栏目里的日期"`
}

// Drafted is a new draft with its findings.
type Drafted struct {
	Head
	Findings []Finding `json:"findings" nullable:"false" doc:"元数据检查；有 error 的不能发布"`
}

func (h handlers) create(ctx context.Context, in *struct{ Body NewItem }) (*struct{ Body Drafted }, error) {
	b := in.Body
	s, err := h.Sites.ByCodeInScope(ctx, b.Site)
	if err != nil {
		return nil, err
	}
	item := resource.Incoming{
		Owner:    s.ID,
		Class:    resource.Class(b.Class),
		IndexOrg: s.Dossier.SponsorUSCC,
		Tags:     b.Tags,
	}
	for _, spot := range b.Columns {
		place, err := h.place(ctx, s.Code, spot)
		if err != nil {
			return nil, err
		}
		item.Places = append(item.Places, place)
	}
	if err := h.write(item.Class, &item.Edition, b.Content); err != nil {
		return nil, err
	}
	made, findings, err := h.Desk.Draft(ctx, item)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Drafted }{Drafted{headOf(made), findingsOf(findings)}}, nil
}

// place returns the Place for a spot. code is the site if the spot names none.
func (h handlers) place(ctx context.Context, code string, spot Spot) (resource.Place, error) {
	if spot.Site != "" {
		code = spot.Site
	}
	s, c, err := h.column(ctx, code, spot.Column)
	if err != nil {
		return resource.Place{}, err
	}
	return placeOf(s.ID, c, spot.Headline, spot.At), nil
}

func placeOf(siteID int64, c *site.Column, headline string, at *time.Time) resource.Place {
	p := resource.PlaceIn(siteID, c)
	p.Headline, p.At = headline, api.Milli(at)
	return p
}

// column returns a column of a site in the caller's scope. It returns a fault if the column is retired or only a link.
func (h handlers) column(ctx context.Context, code string, id api.ID) (*site.Site, *site.Column, error) {
	s, err := h.Sites.ByCodeInScope(ctx, code)
	if err != nil {
		return nil, nil, err
	}
	tree, err := h.Sites.Columns(ctx, s.ID)
	if err != nil {
		return nil, nil, err
	}
	c := tree.ID(id.Int())
	switch {
	case c == nil:
		return nil, nil, fault.New(fault.NotFound, "站点 %s 没有编号为 %s 的栏目", code, id)
	case c.Retired, c.Kind.Traits().Link:
		return nil, nil, fault.New(fault.Conflict, "栏目 %s 已撤销，或只是链接，不能放信息", c.Path)
	}
	return s, c, nil
}

// ItemRevision is a change of the content of an item.
type ItemRevision struct {
	Version int64 `json:"version" minimum:"1" doc:"您读到的版本号"`
	Content
}

type headBody struct{ Body Head }

func (h handlers) revise(ctx context.Context, in *struct {
	ItemPath
	Body ItemRevision
}) (*headBody, error) {
	it, err := h.Desk.Revise(ctx, resource.Seen{Item: in.Item.Int(), Version: in.Body.Version},
		func(it *resource.Item, e *resource.Edition) error { return h.write(it.Class, e, in.Body.Content) })
	return headBodyOf(it, err)
}

func headBodyOf(it *resource.Item, err error) (*headBody, error) {
	if err != nil {
		return nil, err
	}
	return &headBody{headOf(it)}, nil
}

func oneHeadBody(items []*resource.Item, err error) (*headBody, error) {
	if err != nil {
		return nil, err
	}
	return headBodyOf(items[0], nil)
}

// ReleaseRequest is the body of a release.
type ReleaseRequest struct {
	Version int64      `json:"version" minimum:"1" doc:"您读到的版本号"`
	At      *time.Time `json:"at,omitempty" doc:"定时发布的时间，不写为立即"`
}

func (h handlers) release(ctx context.Context, in *struct {
	ItemPath
	Body ReleaseRequest
}) (*headBody, error) {
	return oneHeadBody(h.Desk.Release(ctx, api.Milli(in.Body.At),
		resource.Seen{Item: in.Item.Int(), Version: in.Body.Version}))
}

// WithdrawRequest is the body of a withdrawal.
type WithdrawRequest struct {
	Version int64      `json:"version" minimum:"1" doc:"您读到的版本号"`
	Kind    string     `json:"kind" enum:"error,consolidated,banner" doc:"方式"`
	Reason  string     `json:"reason" minLength:"1" maxLength:"500" doc:"原因，存入记录"`
	To      api.ID     `json:"to,omitempty" doc:"并入哪条信息（consolidated 必填）"`
	At      *time.Time `json:"at,omitempty" doc:"定时撤稿的时间，不写为立即"`
}

func (h handlers) withdraw(ctx context.Context, in *struct {
	ItemPath
	Body WithdrawRequest
}) (*headBody, error) {
	o := resource.WithdrawRequest{
		Items:  []resource.Seen{{Item: in.Item.Int(), Version: in.Body.Version}},
		Kind:   resource.WithdrawKind(in.Body.Kind),
		Reason: in.Body.Reason,
		At:     api.Milli(in.Body.At),
	}
	if in.Body.To != "" {
		o.To = in.Body.To.Int()
	}
	return oneHeadBody(h.Desk.Withdraw(ctx, o))
}

func (h handlers) cancel(ctx context.Context, in *struct {
	ItemPath
	Body struct {
		Version int64 `json:"version" minimum:"1" doc:"您读到的版本号"`
	}
}) (*headBody, error) {
	return headBodyOf(h.Desk.CancelPlan(ctx, resource.Seen{Item: in.Item.Int(), Version: in.Body.Version}))
}
