package studio

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
)

// consoleCSP is the Content-Security-Policy of the console. Scripts come from files only. Inline styles are needed by
// the pop-ups of the component library and by the editor.
const consoleCSP = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// notBuilt is the page of a binary that was built without the console.
const notBuilt = `<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>管理控制台未构建</title></head>
<body><main><h1>管理控制台未构建</h1>
<p>这个程序构建时没有 Node，因此不含管理控制台。接口和命令照常可用。</p>
<p>构建方法：安装 Node 20 或更新的版本，在源代码目录里运行 <code>make build</code>，然后重新启动。</p>
<p><a href="/api/v1/docs">接口说明</a></p></main></body></html>
`

// console serves the single-page application: its page at /, and the files that the page loads.
type console struct {
	files fs.FS
	resp  *web.Responder

	mu     sync.Mutex
	packed map[string][]byte // compressed files by name; each is compressed at its first request
}

func (c *console) mount(mux *http.ServeMux) {
	mux.Handle("GET /{$}", c.resp.Adapt(c.page))
	mux.Handle("GET /assets/{name}", c.resp.Adapt(c.asset))
}

func (c *console) page(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Security-Policy", consoleCSP)
	w.Header().Set("Cache-Control", "no-cache")
	body, err := fs.ReadFile(c.files, "index.html")
	if err != nil {
		body = []byte(notBuilt)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(body) // an error means that the client has disconnected
	return nil
}

// asset serves a file whose name contains the hash of its content, so browsers can cache it for ever.
func (c *console) asset(w http.ResponseWriter, r *http.Request) error {
	name := "assets/" + r.PathValue("name")
	body, err := fs.ReadFile(c.files, name)
	if err != nil {
		return fault.New(fault.NotFound, "没有这个文件，请刷新页面。")
	}
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if body, err = c.pack(name, body); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
	}
	_, _ = w.Write(body) // an error means that the client has disconnected
	return nil
}

func (c *console) pack(name string, body []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.packed[name]; p != nil {
		return p, nil
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	c.packed[name] = b.Bytes()
	return b.Bytes(), nil
}
