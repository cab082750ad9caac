package resourceapi

import (
	"context"
	"guiyi/internal/resource"
	"net/http"

	"guiyi/internal/kernel/api"
	"guiyi/internal/resource/media"
)

func mountMedia(a *api.API, h handlers) {
	api.Register(a, api.Operation{
		ID:          "upload-media",
		Method:      http.MethodPost,
		Path:        "/sites/{site}/media",
		Tag:         "图片与附件",
		Permission:  resource.MediaWrite,
		Summary:     "上传图片或附件",
		Status:      http.StatusCreated,
		Outside:     true,
		BodyType:    api.Binary,
		BodyLimit:   media.Max,
		Description: "请求体就是文件内容。应答里的 hash 用于封面和附件，path 写进正文。内容与扩展名不符的、带脚本的图形不收。同一文件再传一次没有变化。",
	}, h.media)
}

// Upload is a request whose body is a file.
type Upload struct {
	Site string `path:"site" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"站点代码" doc:"站点代码"`
	Name string `query:"name" required:"true" minLength:"1" maxLength:"200" doc:"文件名，带扩展名，不带路径"`
	api.Stream
}

// Media is a file that items of the site may use.
type Media struct {
	Hash string `json:"hash" doc:"用于 cover 和 files"`
	Path string `json:"path" doc:"写进正文的地址，如 <img src=\"…\">"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size" doc:"字节"`
}

func (h handlers) media(ctx context.Context, in *Upload) (*struct{ Body Media }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	f, err := h.Desk.UploadMedia(ctx, s.ID, in.Name, in.Reader())
	if err != nil {
		return nil, err
	}
	return &struct{ Body Media }{Media{
		Hash: f.Hash,
		Path: f.Path(),
		Name: f.Name,
		Type: f.Type,
		Size: f.Size,
	}}, nil
}
