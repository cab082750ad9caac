package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"

	"guiyi/internal/kernel/fault"
)

// PageInput are the parameters of every list.
type PageInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"一页最多多少条"`
	Cursor string `query:"cursor" maxLength:"4000" doc:"上一页应答里的 next，原样传回；不写从头开始"`
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"下一页的 cursor；没有就是最后一页"`
}

// PageOutput is the response of an operation that lists.
type PageOutput[T any] struct {
	Link string `header:"Link" doc:"下一页的地址（RFC 8288，rel=next）"`
	Body Page[T]
}

// At parses the cursor of a list. It returns the numbers that identify the last entry of the previous page, or nil for
// the first page. A cursor of another list is refused; list is the name of this one.
func (p PageInput) At(list string, numbers int) ([]int64, error) {
	c, err := p.read(list, numbers)
	return c.At, err
}

func (p PageInput) read(list string, numbers int) (c cursor, err error) {
	if p.Cursor == "" {
		return c, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.List != list || len(c.At) != numbers {
		return cursor{}, fault.InvalidFields(map[string]string{"cursor": "应原样传回上一页应答里的 next"},
			"参数 cursor 无效，请从第一页重新开始")
	}
	return c, nil
}

// One is At for lists whose cursor is one number. It returns 0 for the first page.
func (p PageInput) One(list string) (int64, error) {
	at, err := p.At(list, 1)
	if at == nil {
		return 0, err
	}
	return at[0], err
}

type cursor struct {
	List string  `json:"l"`
	At   []int64 `json:"a,omitempty"`
	Key  string  `json:"k,omitempty"`
}

// Key parses the cursor of a list whose cursor is a text. It returns "" for the first page.
func (p PageInput) Key(list string) (string, error) {
	c, err := p.read(list, 0)
	return c.Key, err
}

// NewPage returns a page of at most in.Limit entries. The caller passes one more entry in all if there is a next page.
// at returns the numbers that identify an entry in a cursor.
func NewPage[T any](ctx context.Context, in PageInput, list string, all []T, at func(T) []int64) *PageOutput[T] {
	return newPage(ctx, in, all, func(t T) cursor { return cursor{List: list, At: at(t)} })
}

// NewKeyPage is NewPage for lists whose cursor is a text.
func NewKeyPage[T any](ctx context.Context, in PageInput, list string, all []T, key func(T) string) *PageOutput[T] {
	return newPage(ctx, in, all, func(t T) cursor { return cursor{List: list, Key: key(t)} })
}

// NewPart returns a page of all entries, with the numbers of the next page's cursor, none on the last page. It is for
// lists that may stop before a page is full.
func NewPart[T any](ctx context.Context, in PageInput, list string, all []T, next ...int64) *PageOutput[T] {
	out := &PageOutput[T]{Body: Page[T]{Items: all}}
	if out.Body.Items == nil {
		out.Body.Items = []T{}
	}
	if len(next) > 0 {
		out.setNext(ctx, in, cursor{List: list, At: next})
	}
	return out
}

func newPage[T any](ctx context.Context, in PageInput, all []T, at func(T) cursor) *PageOutput[T] {
	out := &PageOutput[T]{Body: Page[T]{Items: all}}
	if out.Body.Items == nil {
		out.Body.Items = []T{}
	}
	if len(all) <= in.Limit {
		return out
	}
	out.Body.Items = all[:in.Limit]
	out.setNext(ctx, in, at(all[in.Limit-1]))
	return out
}

// setNext names the next page in the body and in the header.
func (out *PageOutput[T]) setNext(ctx context.Context, in PageInput, c cursor) {
	raw, err := json.Marshal(c)
	if err != nil {
		return // cannot happen: the cursor has only text and numbers
	}
	out.Body.Next = base64.RawURLEncoding.EncodeToString(raw)
	if u, ok := ctx.Value(addressKey{}).(*url.URL); ok {
		q := u.Query()
		q.Set("cursor", out.Body.Next)
		q.Set("limit", strconv.Itoa(in.Limit))
		out.Link = `<` + u.EscapedPath() + "?" + q.Encode() + `>; rel="next"`
	}
}

// addressKey is the context key of the request's URL, for the header Link.
type addressKey struct{}
