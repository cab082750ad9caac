// Package pdf (PDF 文字) reads the text of PDF files with PDFium, compiled to WebAssembly: foreign files are read in a
// sandbox with bounded memory, without a file system or a network, and its faults do not reach the process.
package pdf

import (
	"context"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"guiyi/internal/kernel/fault"
)

// Limits of a file.
const (
	maxMemory = 4096    // pages of 64 KiB that the sandbox may use: 256 MiB
	maxText   = 4 << 20 // bytes that are kept; what follows is cut
	maxPages  = 5000    // pages that are read
	wait      = time.Minute
)

// Reader reads PDF files, one at a time. It starts the sandbox when it is first used.
type Reader struct {
	mu   sync.Mutex
	pool pdfium.Pool // guarded by mu
}

// Close stops the sandbox.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pool == nil {
		return nil
	}
	err := r.pool.Close()
	r.pool = nil
	return err
}

// Text returns the text of a file, a line for each line of its pages. It is "" if the file has no text, such as
// scanned pages. cut reports that the file has more text than is kept. A file that cannot be read is a
// fault.Unsupported, one that takes longer than ctx allows a fault.TooLarge.
func (r *Reader) Text(ctx context.Context, file []byte) (text string, cut bool, err error) {
	defer fault.Annotate(&err, "pdf.Text(%d bytes)", len(file))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pool == nil {
		r.pool, err = webassembly.Init(webassembly.Config{
			FSConfig: wazero.NewFSConfig(), // nothing
			MaxIdle:  1,
			MaxTotal: 1,
			Stdout:   io.Discard,
			Stderr:   io.Discard,
			RuntimeConfig: wazero.NewRuntimeConfig().WithMemoryLimitPages(maxMemory).WithCloseOnContextDone(true).
				WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling),
		})
		if err != nil {
			return "", false, err
		}
	}
	worker, err := r.pool.GetInstance(wait)
	if err != nil {
		return "", false, err
	}
	stop := context.AfterFunc(ctx, func() { _ = worker.Kill() }) // the call then fails
	defer stop()
	defer func() {
		if e := recover(); e != nil { // of the sandbox, when its memory ends
			err = fault.New(fault.Unsupported, "PDF 文件损坏，读不出内容")
		}
		_ = worker.Close()
		if ctx.Err() != nil {
			err = fault.Wrap(fault.TooLarge, ctx.Err(), "PDF 文件太复杂，在规定的时间里没有读完")
		}
	}()
	doc, err := worker.OpenDocument(&requests.OpenDocument{File: &file})
	if err != nil {
		return "", false, fault.Wrap(fault.Unsupported, err, "PDF 文件有密码或者损坏，读不出内容")
	}
	return pages(ctx, worker, doc.Document)
}

func pages(ctx context.Context, worker pdfium.Pdfium, doc references.FPDF_DOCUMENT) (string, bool, error) {
	n, err := worker.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc})
	if err != nil {
		return "", false, fault.Wrap(fault.Unsupported, err, "PDF 文件损坏，读不出内容")
	}
	var b strings.Builder
	for i := range min(n.PageCount, maxPages) {
		if err := ctx.Err(); err != nil {
			return "", false, err
		}
		page, err := worker.GetPageText(&requests.GetPageText{
			Page: requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: i}},
		})
		if err != nil {
			continue // a damaged page; the others are read
		}
		for line := range strings.Lines(page.Text) {
			if line = strings.Join(strings.Fields(strings.ToValidUTF8(line, "")), " "); line == "" {
				continue
			}
			if b.Len()+len(line) > maxText {
				return b.String(), true, nil
			}
			b.WriteString(line + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n"), n.PageCount > maxPages, nil
}
