package exchange

import (
	"context"
	"io"
	"time"

	"guiyi/internal/exchange/office"
	"guiyi/internal/exchange/office/pdf"
	"guiyi/internal/kernel/fault"
)

// textTime is how long the reading of the text of one file may take.
const textTime = 2 * time.Minute

// Texts reads the text of attachments: office files, OFD, PDF, pages and plain text. Close it after use.
type Texts struct{ pdf pdf.Reader }

// Close releases what the reading of PDF files needs.
func (t *Texts) Close() error { return t.pdf.Close() }

// Read returns the text of a file. The text is "" if the file has none, such as scanned pages. A file that cannot be
// read is a fault.Unsupported or fault.TooLarge that says why.
func (t *Texts) Read(ctx context.Context, name string, r io.ReaderAt, size int64) (_ office.Text, err error) {
	defer fault.Annotate(&err, "exchange.Texts.Read(%s)", name)
	ctx, cancel := context.WithTimeout(ctx, textTime)
	defer cancel()
	if office.Sniff(r, size) != office.PDF {
		return office.ReadText(ctx, name, r, size)
	}
	if size > office.MaxDocx {
		return office.Text{}, fault.New(fault.TooLarge, "文件超过 %d MB，不提取文字", office.MaxDocx>>20)
	}
	file, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return office.Text{}, err
	}
	text, cut, err := t.pdf.Text(ctx, file)
	return office.Text{Format: "pdf", Text: text, Cut: cut}, err
}
