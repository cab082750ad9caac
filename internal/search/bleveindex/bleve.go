package bleveindex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/search"
)

const (
	idField     = "_id" // name of the engine's ID field
	storedField = "doc"
	timeField   = "at"
	metaKey     = "guiyi"
	rootFile    = "root.bolt" // the engine's list of segments
	// lockWait is how long Open waits while another process has the folder open.
	lockWait = "2s"
	// analysers is the number of documents of a batch that are prepared in parallel.
	analysers = 2
)

// Driver is an open index folder.
type Driver struct {
	index   *scorch.Scorch
	queue   *index.AnalysisQueue
	columns cache
}

var _ search.Driver = (*Driver)(nil)

// Open opens the index in dir. It creates the index when dir has none.
func Open(_ context.Context, dir string) (_ search.Driver, err error) {
	defer recoverCorrupt(&err)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if _, serr := os.Stat(filepath.Join(dir, rootFile)); serr == nil {
		if err := verify(dir); err != nil {
			return nil, err
		}
	}
	s, queue, err := open(map[string]any{"path": dir, "bolt_timeout": lockWait})
	if err != nil {
		return nil, classify(err)
	}
	return &Driver{index: s, queue: queue}, nil
}

func open(config map[string]any) (*scorch.Scorch, *index.AnalysisQueue, error) {
	queue := index.NewAnalysisQueue(analysers)
	ix, err := scorch.NewScorch(scorch.Name, config, queue)
	if err == nil {
		err = ix.Open()
	}
	if err != nil {
		queue.Close()
		return nil, nil, err
	}
	return ix.(*scorch.Scorch), queue, nil
}

// classify returns an Unavailable error for a folder in use and keeps an error of missing rights. It returns ErrCorrupt
// for any other error.
func classify(err error) error {
	if err.Error() == "timeout" {
		return fault.Wrap(fault.Unavailable, err, "搜索索引正被另一个进程使用，请先停止该进程。")
	}
	if errors.Is(err, os.ErrPermission) {
		return err
	}
	return fmt.Errorf("%w: %w", search.ErrCorrupt, err)
}

// recoverCorrupt turns a panic of the engine into ErrCorrupt. The engine panics when the content of a mapped file makes
// no sense.
func recoverCorrupt(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", search.ErrCorrupt, p)
	}
}

// readFailed turns a panic or an error of the engine into ErrCorrupt, after a call that only reads. The engine reads
// mapped files, so what it cannot read is damaged. It keeps an error of the caller's context, of a closed index, and of
// the operating system.
func readFailed(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", search.ErrCorrupt, p)
		return
	}
	if *err == nil || errors.As(*err, new(syscall.Errno)) {
		return
	}
	for _, other := range []error{context.Canceled, context.DeadlineExceeded, errNoSnapshot, scorch.ErrClosed,
		segment.ErrClosed, os.ErrClosed} {
		if errors.Is(*err, other) {
			return
		}
	}
	*err = fmt.Errorf("%w: %w", search.ErrCorrupt, *err)
}

// Close closes the folder.
func (d *Driver) Close() (err error) {
	defer recoverCorrupt(&err)
	err = d.index.Close()
	d.queue.Close()
	return err
}

// Apply implements search.Driver. It writes one segment and waits until it is on disk.
func (d *Driver) Apply(_ context.Context, b search.Batch) (err error) {
	defer recoverCorrupt(&err)
	batch := index.NewBatch()
	for _, id := range b.Drop {
		batch.Delete(id)
	}
	for _, e := range b.Put {
		batch.Update(newDocument(e))
	}
	if b.Meta != nil {
		batch.SetInternal([]byte(metaKey), b.Meta)
	}
	return d.index.Batch(batch)
}

func newDocument(e search.Entry) *document.Document {
	doc := document.NewDocument(e.ID)
	for name, counts := range e.Counts {
		if len(counts) > 0 {
			doc.AddField(counted(name, counts))
		}
	}
	for name, values := range e.Keywords {
		if len(values) > 0 {
			doc.AddField(exact(name, values))
		}
	}
	doc.AddField(exact(timeField, []string{string(timeTerm(e.At))}))
	doc.AddField(stored(charsField, packChars(e.Counts[search.FieldChars])))
	doc.AddField(stored(storedField, e.Stored))
	return doc
}

// Meta implements search.Driver.
func (d *Driver) Meta(_ context.Context) (_ []byte, err error) {
	defer readFailed(&err)
	r, _, err := d.snapshot()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return r.GetInternal([]byte(metaKey))
}

// Load implements search.Driver.
func (d *Driver) Load(ctx context.Context, ids []string) (_ map[string][]byte, err error) {
	defer readFailed(&err)
	r, snapshot, err := d.snapshot()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	out := make(map[string][]byte, len(ids))
	for _, s := range snapshot.Segments() {
		docs, err := s.DocNumbers(ids)
		if err != nil {
			return nil, err
		}
		for i := docs.Iterator(); i.HasNext(); {
			if err := errors.Join(ctx.Err(), load(s, uint64(i.Next()), out)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// load adds the stored bytes of a document to out, under its ID.
func load(s *scorch.SegmentSnapshot, doc uint64, out map[string][]byte) error {
	id := ""
	return s.VisitDocument(doc, func(field string, _ byte, value []byte, _ []uint64) bool {
		switch field {
		case idField: // the engine visits this field first
			id = string(value)
		case storedField:
			out[id] = bytes.Clone(value)
		}
		return true
	})
}
