package studio

import (
	"context"
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/token"
	"guiyi/internal/site"
)

const tokenTag = "令牌"

type tokenHandlers struct {
	desk  *token.Desk
	sites *site.Register
}

// Tokens returns the mount of the operations on tokens.
func Tokens(desk *token.Desk, sites *site.Register) api.Mount {
	return tokenHandlers{desk, sites}.mount
}

func (h tokenHandlers) mount(a *api.API) {
	api.Register(a, api.Operation{
		ID:          "list-tokens",
		Method:      http.MethodGet,
		Path:        "/tokens",
		Tag:         tokenTag,
		Permission:  token.Read,
		Summary:     "列出令牌",
		Description: "列出不超出您范围的令牌，新的在前。密文不保存，因此也看不到。",
	}, h.list)
	api.Register(a, api.Operation{
		ID:          "create-token",
		Method:      http.MethodPost,
		Path:        "/tokens",
		Tag:         tokenTag,
		Permission:  token.Write,
		Summary:     "签发令牌",
		Status:      http.StatusCreated,
		Secret:      true,
		Description: "新令牌的权限、站点和有效期都不能超出您自己的。密文只在这次应答里出现，请立即妥善保存。",
	}, h.create)
	api.Register(a, api.Operation{
		ID:          "revoke-token",
		Method:      http.MethodDelete,
		Path:        "/tokens/{token}",
		Tag:         tokenTag,
		Permission:  token.Write,
		Summary:     "吊销令牌",
		Description: "立即生效，不能恢复。",
	}, h.revoke)
}

// Token is a token as the API shows it.
type Token struct {
	ID          api.ID     `json:"id"`
	Name        string     `json:"name" doc:"用途或使用者"`
	Permissions []string   `json:"permissions" nullable:"false"`
	AllSites    bool       `json:"all_sites" doc:"平台级：全部站点，包括以后建立的"`
	Sites       []string   `json:"sites" nullable:"false" doc:"站点代码"`
	CreatedBy   string     `json:"created_by"`
	CreatedAt   *time.Time `json:"created_at,omitempty"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
	UsedAt      *time.Time `json:"used_at,omitempty" doc:"最近使用，精确到分"`
	RevokedAt   *time.Time `json:"revoked_at,omitempty"`
}

// NewToken is a token that is to be created.
type NewToken struct {
	Name        string    `json:"name" minLength:"1" maxLength:"100" doc:"用途或使用者"`
	Permissions []string  `json:"permissions" minItems:"1" maxItems:"100" nullable:"false" doc:"权限"`
	AllSites    bool      `json:"all_sites,omitempty" doc:"平台级：全部站点"`
	Sites       []string  `json:"sites,omitempty" maxItems:"1000" doc:"站点代码；与 all_sites 二选一"`
	ExpiresAt   time.Time `json:"expires_at" doc:"到期时间，366 天以内"`
}

// Secret is a new token with its secret.
type Secret struct {
	Token
	Secret string `json:"secret" doc:"密文，只出现这一次；放在 Authorization: Bearer 之后使用"`
}

func (h tokenHandlers) list(ctx context.Context, in *struct{ api.PageInput }) (*api.PageOutput[Token], error) {
	before, err := in.One("tokens")
	if err != nil {
		return nil, err
	}
	tokens, err := h.desk.List(ctx, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	codes, err := h.codes(ctx, tokens...)
	if err != nil {
		return nil, err
	}
	var out []Token
	for _, t := range tokens {
		out = append(out, tokenOf(t, codes))
	}
	return api.NewPage(ctx, in.PageInput, "tokens", out, func(t Token) []int64 { return []int64{t.ID.Int()} }), nil
}

// codes returns the codes of the sites of tokens, by the id of the site.
func (h tokenHandlers) codes(ctx context.Context, tokens ...*token.Token) (map[int64]string, error) {
	var ids []int64
	for _, t := range tokens {
		ids = append(ids, t.Owners...)
	}
	return h.sites.Codes(ctx, ids...)
}

func tokenOf(t *token.Token, codes map[int64]string) Token {
	out := Token{
		ID:          api.NewID(t.ID),
		Name:        t.Name,
		Permissions: t.Permissions,
		AllSites:    t.All,
		Sites:       []string{},
		CreatedBy:   t.CreatedBy,
		CreatedAt:   api.Time(t.CreatedAt),
		ExpiresAt:   api.Time(t.ExpiresAt),
		UsedAt:      api.Time(t.UsedAt),
		RevokedAt:   api.Time(t.RevokedAt),
	}
	for _, id := range t.Owners {
		out.Sites = append(out.Sites, codes[id])
	}
	return out
}

func (h tokenHandlers) create(ctx context.Context, in *struct{ Body NewToken }) (*struct{ Body Secret }, error) {
	b := in.Body
	wish := token.Request{Name: b.Name, Permissions: b.Permissions, All: b.AllSites, ExpiresAt: b.ExpiresAt.UnixMilli()}
	codes := map[int64]string{}
	for _, code := range b.Sites {
		s, err := h.sites.ByCodeInScope(ctx, code)
		if err != nil {
			return nil, err
		}
		wish.Owners = append(wish.Owners, s.ID)
		codes[s.ID] = code
	}
	t, secret, err := h.desk.Create(ctx, wish)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Secret }{Secret{Token: tokenOf(t, codes), Secret: secret}}, nil
}

func (h tokenHandlers) revoke(ctx context.Context, in *struct {
	Token api.ID `path:"token" doc:"令牌编号"`
}) (*struct{}, error) {
	return nil, h.desk.Revoke(ctx, in.Token.Int())
}
