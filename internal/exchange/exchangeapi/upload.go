package exchangeapi

import (
	"context"
	"guiyi/internal/exchange"
	"net/http"

	"guiyi/internal/exchange/importjob"
	"guiyi/internal/kernel/api"
	"guiyi/internal/site"
)

const tag = "导入任务"

// Options has the desk and the register that the operations use.
type Options struct {
	Desk      *importjob.Desk
	Documents *exchange.Documents
	Sites     *site.Register
}

type handlers Options

// Mount returns the operations on imports.
func Mount(o Options) api.Mount { return handlers(o).mount }

func (h handlers) mount(a *api.API) {
	api.Register(a, api.Operation{
		ID:          "upload-file",
		Method:      http.MethodPost,
		Path:        "/sites/{site}/uploads",
		Tag:         tag,
		Permission:  exchange.Write,
		Summary:     "上传导入文件",
		Status:      http.StatusCreated,
		Outside:     true,
		BodyType:    api.Binary,
		BodyLimit:   importjob.MaxFile,
		Description: "请求体就是文件内容：网页、JSON 行、CSV/TSV、XLSX、RSS/Atom 或内容 YAML，格式按内容识别。",
	}, h.upload)
	mountImports(a, h)
	mountDocuments(a, h)
}

// Upload is the request whose body is a file.
type Upload struct {
	Site string `path:"site" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"站点代码" doc:"站点代码"`
	Name string `query:"name" required:"true" minLength:"1" maxLength:"200" doc:"文件名，带扩展名，不带路径"`
	api.Stream
}

// UploadedFile describes an uploaded file.
type UploadedFile struct {
	ID   api.ID `json:"id" doc:"建立导入任务时写在 upload"`
	Name string `json:"name"`
	Hash string `json:"hash" doc:"SHA-256，可与本地文件核对"`
	Size int64  `json:"size" doc:"字节"`
}

func (h handlers) upload(ctx context.Context, in *Upload) (*struct{ Body UploadedFile }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	up, err := h.Desk.Upload(ctx, s.ID, in.Name, in.Reader())
	if err != nil {
		return nil, err
	}
	return &struct{ Body UploadedFile }{UploadedFile{ID: api.NewID(up.ID), Name: up.Name, Hash: up.Hash,
		Size: up.Size}}, nil
}
