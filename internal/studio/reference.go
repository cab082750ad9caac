package studio

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"guiyi/internal/kernel/api"
)

//go:embed reference
var referenceFiles embed.FS

// reference contains the OpenAPI document as JSON and YAML, and the reference page with its style sheet.
type reference struct{ files map[string]file }

type file struct {
	mediaType string
	body      []byte
}

func newReference(doc *huma.OpenAPI) (*reference, error) {
	asJSON, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, err
	}
	asYAML, err := doc.YAML()
	if err != nil {
		return nil, err
	}
	css, err := referenceFiles.ReadFile("reference/reference.css")
	if err != nil {
		return nil, err
	}
	t, err := template.ParseFS(referenceFiles, "reference/reference.html")
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := t.Execute(&page, readerView(doc)); err != nil {
		return nil, err
	}
	return &reference{map[string]file{
		"openapi.json": {"application/openapi+json", asJSON},
		"openapi.yaml": {"application/openapi+yaml", asYAML},
		"docs":         {"text/html; charset=utf-8", page.Bytes()},
		"docs.css":     {"text/css; charset=utf-8", css},
	}}, nil
}

// csp is the content security policy of the reference page. It only allows the page's own style sheet.
const csp = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

func (ref *reference) mount(mux *http.ServeMux) {
	for name, f := range ref.files {
		mux.HandleFunc("GET "+api.Base+"/"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", f.mediaType)
			w.Header().Set("Content-Security-Policy", csp)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(f.body) // an error means that the client has disconnected
		})
	}
}

// view is the data of the reference page.
type view struct {
	Title, Version string
	About          []string
	Groups         []group
	Schemas        []schemaView
}

type group struct {
	Name       string
	Operations []operationView
}

type operationView struct {
	ID, Method, Path, Summary, Description, Permission, BodyType, Status string
	Parameters                                                           []parameterView
	Body, Answer                                                         *typeView
}

type parameterView struct {
	Name, In, Type, Doc string
	Required            bool
}

type schemaView struct {
	Name   string
	Fields []fieldView
}

type fieldView struct {
	Name, Doc string
	Type      typeView
	Required  bool
}

// typeView is a type: a schema (Ref) or a simple type (Text), or a list of it.
type typeView struct {
	List      bool
	Ref, Text string
}

func readerView(doc *huma.OpenAPI) view {
	v := view{Title: doc.Info.Title, Version: doc.Info.Version, About: strings.Split(doc.Info.Description, "\n\n")}
	for path, item := range doc.Paths {
		for _, m := range []struct {
			name string
			op   *huma.Operation
		}{{"GET", item.Get}, {"POST", item.Post}, {"PUT", item.Put}, {"PATCH", item.Patch}, {"DELETE", item.Delete}} {
			if m.op == nil {
				continue
			}
			i := slices.IndexFunc(v.Groups, func(g group) bool { return g.Name == m.op.Tags[0] })
			if i < 0 {
				v.Groups, i = append(v.Groups, group{Name: m.op.Tags[0]}), len(v.Groups)
			}
			v.Groups[i].Operations = append(v.Groups[i].Operations, operationOf(m.name, path, m.op))
		}
	}
	slices.SortFunc(v.Groups, func(a, b group) int { return cmp.Compare(a.Name, b.Name) })
	order := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	for _, g := range v.Groups {
		slices.SortFunc(g.Operations, func(a, b operationView) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), slices.Index(order, a.Method)-slices.Index(order, b.Method))
		})
	}
	schemas := doc.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		s := schemaView{Name: name}
		for _, f := range slices.Sorted(maps.Keys(schemas[name].Properties)) {
			p := schemas[name].Properties[f]
			s.Fields = append(s.Fields, fieldView{Name: f, Doc: p.Description, Type: typeOf(p),
				Required: slices.Contains(schemas[name].Required, f)})
		}
		v.Schemas = append(v.Schemas, s)
	}
	return v
}

func operationOf(method, path string, op *huma.Operation) operationView {
	out := operationView{
		ID:          op.OperationID,
		Method:      method,
		Path:        path,
		Summary:     op.Summary,
		Description: op.Description,
		Permission:  string(api.PermissionOf(op)),
	}
	places := map[string]string{"path": "路径", "query": "查询", "header": "请求头"}
	for _, p := range op.Parameters {
		t := typeOf(p.Schema)
		out.Parameters = append(out.Parameters, parameterView{
			Name:     p.Name,
			In:       places[p.In],
			Type:     t.Text,
			Doc:      cmp.Or(p.Description, p.Schema.Description),
			Required: p.Required,
		})
	}
	if op.RequestBody != nil {
		for kind, media := range op.RequestBody.Content {
			t := typeOf(media.Schema)
			out.BodyType, out.Body = kind, &t
		}
	}
	for status, r := range op.Responses {
		if strings.HasPrefix(status, "2") {
			out.Status = cmp.Or(out.Status, status)
			for _, media := range r.Content {
				t := typeOf(media.Schema)
				out.Answer = &t
			}
		}
	}
	return out
}

func typeOf(s *huma.Schema) typeView {
	switch {
	case s == nil:
		return typeView{Text: "任意"}
	case s.Ref != "":
		return typeView{Ref: s.Ref[strings.LastIndex(s.Ref, "/")+1:]}
	case s.Type == huma.TypeArray:
		t := typeOf(s.Items)
		t.List = true
		return t
	}
	names := map[string]string{huma.TypeString: "字符串", huma.TypeInteger: "整数", huma.TypeNumber: "数",
		huma.TypeBoolean: "真假", huma.TypeObject: "对象"}
	text := names[s.Type]
	switch {
	case s.Format == "date-time":
		text = "时间（RFC 3339）"
	case s.Format == "binary":
		text = "文件内容"
	case len(s.Enum) > 0:
		var values []string
		for _, e := range s.Enum {
			values = append(values, fmt.Sprint(e))
		}
		text += "：" + strings.Join(values, "、")
	case s.MaxLength != nil:
		text += fmt.Sprintf("，最多 %d 字", *s.MaxLength)
	}
	return typeView{Text: text}
}
