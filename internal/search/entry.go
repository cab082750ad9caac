package search

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"guiyi/internal/search/analysis"
)

// record is what the engine stores for a document: the document and the lengths of its text fields.
type record struct {
	Document
	Lengths [len(textFields)]int64 `json:"lengths"`
}

// same reports whether the record was made from a document equal to d. Then nothing must be written.
func (r *record) same(d *Document) bool {
	if r.Body != d.Body || r.Revision != d.Revision {
		return false
	}
	was, err1 := json.Marshal(r.Document)
	is, err2 := json.Marshal(d)
	return err1 == nil && err2 == nil && bytes.Equal(was, is)
}

// codec compresses records. A packed record is the document as JSON, followed by the body as raw bytes: a long body
// needs no JSON escaping.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

// maxRecord limits the memory for decompressing one record.
const maxRecord = 64 << 20

func newCodec() (*codec, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true),
		zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxRecord))
	if err != nil {
		return nil, err
	}
	return &codec{enc: enc, dec: dec}, nil
}

func (c *codec) pack(r *record) ([]byte, error) {
	head, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	raw := binary.AppendUvarint(make([]byte, 0, len(head)+len(r.Body)+4), uint64(len(head)))
	raw = append(append(raw, head...), r.Body...)
	return c.enc.EncodeAll(raw, nil), nil
}

func (c *codec) unpack(data []byte) (*record, error) {
	raw, err := c.dec.DecodeAll(data, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: record: %w", ErrCorrupt, err)
	}
	n, k := binary.Uvarint(raw)
	if k <= 0 || n > uint64(len(raw)-k) {
		return nil, fmt.Errorf("%w: record head", ErrCorrupt)
	}
	r := &record{}
	if err := json.Unmarshal(raw[k:k+int(n)], r); err != nil {
		return nil, fmt.Errorf("%w: record: %w", ErrCorrupt, err)
	}
	r.Body = string(raw[k+int(n):])
	return r, nil
}

// entry returns d in the form for the engine, and the record that is stored with it.
func (c *codec) entry(d Document) (Entry, *record, error) {
	if len(d.Body) > maxBody {
		d.Body = strings.ToValidUTF8(d.Body[:maxBody], "")
	}
	rec := &record{Document: d}
	e := Entry{ID: d.ID, At: d.PublishedAt, Counts: map[string]map[string]int{}, Keywords: d.keywords()}
	pairs, chars := analysis.Count(d.text())
	title, titleChars := analysis.Count(d.Title)
	for term, n := range titleChars {
		title[term] += n
	}
	for i, counts := range []map[string]int{pairs, chars, title} {
		e.Counts[textFields[i]] = counts
		for _, n := range counts {
			rec.Lengths[i] += int64(n)
		}
	}
	stored, err := c.pack(rec)
	e.Stored = stored
	return e, rec, err
}

func (d *Document) keywords() map[string][]string {
	k := map[string][]string{
		FieldItem: {strconv.FormatInt(d.ItemID, 10)},
		FieldYear: {yearOf(d.PublishedAt)},
	}
	for field, v := range map[string]string{FieldType: d.Type, FieldValidity: d.Validity} {
		if v != "" {
			k[field] = []string{v}
		}
	}
	k[FieldNumber] = addOnce(addOnce(nil, analysis.NormalNumber(d.DocNo)), analysis.NormalNumber(d.IndexNo))
	for _, p := range d.Places {
		k[FieldSite] = addOnce(k[FieldSite], p.Site)
		for path := p.Column; path != ""; path = parent(path) {
			k[FieldColumn] = addOnce(addOnce(k[FieldColumn], path), p.Site+":"+path)
		}
	}
	return k
}

func addOnce(list []string, v string) []string {
	if v == "" || slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

func parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return ""
}

func yearOf(ms int64) string {
	return strconv.Itoa(time.UnixMilli(ms).In(zone()).Year())
}
