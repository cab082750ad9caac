package exchangeapi

import (
	"context"
	"net/http"

	"guiyi/internal/exchange/office"
	"guiyi/internal/kernel/api"
	"guiyi/internal/resource"
)

func mountDocuments(a *api.API, h handlers) {
	api.Register(a, api.Operation{
		ID:         "convert-document",
		Method:     http.MethodPost,
		Path:       "/sites/{site}/documents",
		Tag:        "信息",
		Permission: resource.Write,
		Summary:    "读取 Word 文档",
		Outside:    true,
		BodyType:   api.Binary,
		BodyLimit:  office.MaxDocx,
		Description: "请求体就是 .docx 文件。应答是可以放进编辑器的正文、标题和差异报告；文档里的图片存到这个站点，不建立信息。" +
			"文档引用的外部内容不会下载，宏不会运行。有图片时还需要上传图片的权限。",
	}, h.document)
}

// ConvertedDocument is the text of a document.
type ConvertedDocument struct {
	HTML   string       `json:"html" doc:"正文，图片已换成上传后的地址"`
	Title  string       `json:"title" doc:"文首的标题；认不出时是文件名"`
	Files  []StoredFile `json:"files" doc:"存到站点的图片"`
	Report []Difference `json:"report" doc:"没有原样导入的东西"`
}

// StoredFile is a picture of a document.
type StoredFile struct {
	Hash string `json:"hash"`
	Path string `json:"path"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size" doc:"字节"`
}

// Difference is one kind of thing that was not taken as it stands.
type Difference struct {
	Kind   string   `json:"kind" doc:"种类，固定的英文词"`
	Text   string   `json:"text" doc:"怎样处理的，需要做什么"`
	Count  int      `json:"count"`
	Places []string `json:"places" doc:"前几处的位置"`
}

func (h handlers) document(ctx context.Context, in *Upload) (*struct{ Body ConvertedDocument }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	doc, err := h.Documents.Convert(ctx, s.ID, in.Name, in.Reader())
	if err != nil {
		return nil, err
	}
	out := ConvertedDocument{
		HTML:   doc.HTML,
		Title:  doc.Title,
		Files:  make([]StoredFile, len(doc.Files)),
		Report: make([]Difference, len(doc.Report)),
	}
	for i, f := range doc.Files {
		out.Files[i] = StoredFile{
			Hash: f.Hash,
			Path: f.Path(),
			Name: f.Name,
			Type: f.Type,
			Size: f.Size,
		}
	}
	for i, n := range doc.Report {
		out.Report[i] = Difference{
			Kind:   string(n.Kind),
			Text:   n.Text,
			Count:  n.Count,
			Places: append([]string{}, n.Places...),
		}
	}
	return &struct{ Body ConvertedDocument }{out}, nil
}
