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

// PageOutput answers with a page.
type PageOutput[T any] struct {
	Link string `header:"Link" doc:"下一页的地址（RFC 8288，rel=next）"`
	Body Page[T]
}

// At reads the cursor of a list: numbers that name the last entry seen, nil at the start.
// list keeps the cursors of different lists apart.
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

// One is At for lists whose cursor is one number; 0 at the start.
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

// Key reads the cursor of a list whose entries have a text for a key; "" at the start.
func (p PageInput) Key(list string) (string, error) {
	c, err := p.read(list, 0)
	return c.Key, err
}

// NewPage makes a page of up to limit entries. all holds one more when there are more;
// at names an entry for the cursor.
func NewPage[T any](ctx context.Context, in PageInput, list string, all []T, at func(T) []int64) *PageOutput[T] {
	return newPage(ctx, in, all, func(t T) cursor { return cursor{List: list, At: at(t)} })
}

// NewKeyPage is NewPage for lists whose entries have a text for a key.
func NewKeyPage[T any](ctx context.Context, in PageInput, list string, all []T, key func(T) string) *PageOutput[T] {
	return newPage(ctx, in, all, func(t T) cursor { return cursor{List: list, Key: key(t)} })
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
	raw, err := json.Marshal(at(all[in.Limit-1]))
	if err != nil {
		return out // impossible: text and numbers
	}
	out.Body.Next = base64.RawURLEncoding.EncodeToString(raw)
	if u, ok := ctx.Value(addressKey{}).(*url.URL); ok {
		q := u.Query()
		q.Set("cursor", out.Body.Next)
		q.Set("limit", strconv.Itoa(in.Limit))
		out.Link = `<` + u.EscapedPath() + "?" + q.Encode() + `>; rel="next"`
	}
	return out
}

// addressKey carries the address of the request, for Link.
type addressKey struct{}
