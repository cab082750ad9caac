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
	Cursor string `query:"cursor" maxLength:"400" doc:"上一页应答里的 next，原样传回；不写从头开始"`
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
	if p.Cursor == "" {
		return nil, nil
	}
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.List != list || len(c.At) != numbers {
		return nil, fault.InvalidFields(map[string]string{"query.cursor": "应原样传回上一页应答里的 next"}, "参数 cursor 无效，请从第一页重新开始")
	}
	return c.At, nil
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
	At   []int64 `json:"a"`
}

// NewPage makes a page of up to limit entries. all holds one more when there are more;
// at names an entry for the cursor.
func NewPage[T any](ctx context.Context, in PageInput, list string, all []T, at func(T) []int64) *PageOutput[T] {
	out := &PageOutput[T]{Body: Page[T]{Items: all}}
	if out.Body.Items == nil {
		out.Body.Items = []T{}
	}
	if len(all) <= in.Limit {
		return out
	}
	out.Body.Items = all[:in.Limit]
	raw, err := json.Marshal(cursor{list, at(all[in.Limit-1])})
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
