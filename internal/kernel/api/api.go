package api

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/web"
)

// Base is the prefix of the paths of all operations.
const Base = "/api/v1"

// Options of an API.
type Options struct {
	Title, Version, Description string
	DB                          *store.DB
	Callers                     []Authenticator                 // tried in this order
	Holders                     func(actor.Permission) []string // names of the roles that have it; may be nil
	Rate                        Rate                            // limit for each actor
	Now                         func() time.Time
	Log                         *slog.Logger
}

// API is a set of operations and the document that describes them.
type API struct {
	Options
	huma     huma.API // nil in Permissions, which needs no operations
	mux      *http.ServeMux
	resp     *web.Responder
	limits   *limiter
	declared []string // permissions
}

// A Mount registers the operations of one api package or role.
type Mount func(*API)

// Permissions returns the permissions that the operations of the mounts declare, sorted and without duplicates.
func Permissions(mounts ...Mount) []string {
	a := &API{}
	for _, mount := range mounts {
		mount(a)
	}
	return slices.Compact(slices.Sorted(slices.Values(a.declared)))
}

// New returns an API with the operations of the mounts.
func New(o Options, mounts ...Mount) *API {
	a := &API{Options: o, mux: http.NewServeMux(), resp: &web.Responder{Log: o.Log},
		limits: &limiter{rate: o.Rate, buckets: newBuckets()}}
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: o.Title, Version: o.Version, Description: o.Description,
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}},
			Servers: []*huma.Server{{URL: "/"}},
			Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
				"token": {Type: "http", Scheme: "bearer", Description: "访问令牌，由 guiyi token create 或本接口签发"}}},
			Security: []map[string][]string{{"token": {}}},
		},
		Formats:                      map[string]huma.Format{"application/json": format(), "json": format()},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{translate},
	}
	a.huma = humago.New(a.mux, config)
	a.huma.UseMiddleware(a.admit, a.once)
	for _, mount := range mounts {
		mount(a)
	}
	return a
}

// Operation describes one operation.
type Operation struct {
	ID          string // lower-case words joined by hyphens
	Method      string
	Path        string // below Base
	Tag         string
	Summary     string // one line, Chinese
	Description string
	Permission  actor.Permission // required from the caller; "" = every caller is refused
	Status      int              // of success; 0 = 200, or 204 without a body
	// DryRunStatus is the status of a successful dry run; 0 = Status.
	DryRunStatus int
	// Outside means that the operation does more than SQL. It does not run inside the transaction of an idempotency
	// key. After a crash it may run a second time with the same key.
	Outside bool
	// Secret means that the response is not stored. A repeated request with the same idempotency key is not executed
	// again; it gets a problem that says so.
	Secret bool
	// BodyType is the media type of a body that the handler reads itself (Stream), such as an upload. "" means that the
	// body is JSON or that there is none.
	BodyType  string
	BodyLimit int64 // bytes; 0 = DefaultBody
	// Fields maps field names in the errors of the desk to field names of the request. It lists only the fields whose
	// names differ.
	Fields map[string]string
}

// Binary is the BodyType of an upload.
const Binary = "application/octet-stream"

// Stream is embedded in the input of an operation whose handler reads the body as a stream.
type Stream struct{ body io.Reader }

// Resolve implements huma.Resolver.
func (b *Stream) Resolve(ctx huma.Context) []error {
	b.body = ctx.BodyReader()
	return nil
}

// Reader returns the body. It can be read once.
func (b *Stream) Reader() io.Reader { return b.body }

// DefaultBody is the default limit of a body, in bytes. The longest article that we measured has 1.1 MB.
const DefaultBody = 4 << 20

const (
	permissionKey = "x-permission"
	outsideKey    = "outside"
	secretKey     = "secret"
	limitKey      = "limit"
)

// Register adds an operation. An error of the handler is answered with a problem.
func Register[I, O any](a *API, op Operation, handle func(context.Context, *I) (*O, error)) {
	if op.Permission != "" { // see Permissionless
		a.declared = append(a.declared, string(op.Permission))
	}
	if a.huma == nil {
		return
	}
	h := huma.Operation{
		OperationID:   op.ID,
		Method:        op.Method,
		Path:          Base + op.Path,
		Summary:       op.Summary,
		Description:   op.Description,
		Tags:          []string{op.Tag},
		DefaultStatus: op.Status,
		MaxBodyBytes:  cmp.Or(op.BodyLimit, DefaultBody),
		Responses:     a.refusals(),
		Metadata: map[string]any{permissionKey: op.Permission, outsideKey: op.Outside, secretKey: op.Secret,
			limitKey: cmp.Or(op.BodyLimit, DefaultBody)},
		Extensions: map[string]any{permissionKey: op.Permission},
	}
	if op.BodyType != "" {
		h.RequestBody = &huma.RequestBody{Required: true,
			Content: map[string]*huma.MediaType{op.BodyType: {Schema: &huma.Schema{Type: huma.TypeString,
				Format: "binary"}}}}
	}
	if op.Method != http.MethodGet {
		h.Parameters = append(h.Parameters, &huma.Param{Name: keyHeader, In: "header",
			Schema:      &huma.Schema{Type: huma.TypeString, MinLength: ptr(1), MaxLength: ptr(maxKey)},
			Description: "幂等键：24 小时内以同一键重发同一请求，只执行一次，应答相同"})
	}
	where := fieldsOf(reflect.TypeFor[I](), op.Fields)
	huma.Register(a.huma, h, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, where.locate(a.refusal(ctx, err))
		}
		return out, nil
	})
	if op.DryRunStatus != 0 {
		h.Responses[strconv.Itoa(op.DryRunStatus)] = h.Responses[strconv.Itoa(op.Status)]
	}
}

func ptr[T any](v T) *T { return &v }

// refusals returns the descriptions of the problems that every operation may answer with.
func (a *API) refusals() map[string]*huma.Response {
	out := map[string]*huma.Response{}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(problemType, true, "Problem")
	for _, status := range []int{400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503} {
		out[strconv.Itoa(status)] = &huma.Response{Description: web.StatusTitle(status),
			Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
	}
	for _, status := range []string{"429", "503"} {
		out[status].Headers = map[string]*huma.Param{"Retry-After": {Description: "多少秒之后可以重发",
			Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: ptr(1.0)}}}
	}
	return out
}

// Document returns the OpenAPI document. The caller must not change it.
func (a *API) Document() *huma.OpenAPI {
	doc := a.huma.OpenAPI()
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel") // huma's own error format; translate replaces it in every response
	delete(schemas, "ErrorDetail")
	return doc
}

// Permissionless returns the ids of the operations that declare no permission. They refuse every caller.
func (a *API) Permissionless() (out []string) {
	a.Each(func(method, path string, op *huma.Operation) {
		if PermissionOf(op) == "" {
			out = append(out, op.OperationID)
		}
	})
	return out
}

// Each calls visit for every operation, in no particular order.
func (a *API) Each(visit func(method, path string, op *huma.Operation)) {
	for path, item := range a.huma.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post,
			http.MethodPut:   item.Put,
			http.MethodPatch: item.Patch, http.MethodDelete: item.Delete} {
			if op != nil {
				visit(method, path, op)
			}
		}
	}
}

// PermissionOf returns the permission that an operation declares.
func PermissionOf(op *huma.Operation) actor.Permission {
	p, _ := op.Metadata[permissionKey].(actor.Permission)
	return p
}
