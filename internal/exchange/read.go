package exchange

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"sync"

	"guiyi/internal/exchange/extract"
	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
)

// ready is an input together with its draft, or with the error for its quarantine.
type ready struct {
	source.Input
	draft *draft
	raw   string // hash of the blob with the original
	err   error
	fatal error // ends the run: the blob store failed, not the input
}

// extractorVersion returns the name and version of the code that read an input, for its provenance.
func extractorVersion(in ready) string {
	if in.Raw != nil && in.Fields == nil {
		return "page-" + extract.Version
	}
	return "record-1"
}

// readAll reads inputs and their media in parallel and yields them in the order of the source. Only a few of them are
// in memory at a time.
func (r *run) readAll(ctx context.Context) iter.Seq2[ready, error] {
	return func(yield func(ready, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel()
		slots := make(chan chan ready, runtime.GOMAXPROCS(0)*2)
		var failed error
		wg.Go(func() {
			defer close(slots)
			failed = r.feed(ctx, slots, &wg)
		})
		for slot := range slots {
			select {
			case in := <-slot:
				if !yield(in, nil) {
					return
				}
			case <-ctx.Done():
				yield(ready{}, ctx.Err())
				return
			}
		}
		if failed != nil {
			yield(ready{}, failed)
		}
	}
}

func (r *run) feed(ctx context.Context, slots chan<- chan ready, wg *sync.WaitGroup) error {
	for in, err := range r.o.Source.Inputs(ctx) {
		if err != nil {
			return err
		}
		if in.Leftover == "" {
			r.name(&in)
		}
		slot := make(chan ready, 1)
		select {
		case slots <- slot:
		case <-ctx.Done():
			return ctx.Err()
		}
		if in.Leftover != "" {
			in.Name = source.CleanText(in.Name)
			slot <- ready{Input: in}
			continue
		}
		wg.Go(func() { slot <- r.complete(ctx, r.draft(in)) })
	}
	return nil
}

// name sets the external ID of an input, unique within the run.
func (r *run) name(in *source.Input) {
	if in.ID == "" && in.Fields != nil {
		if in.ID = r.mapping.key(in.Fields); in.ID == "" {
			in.ID = hashKey(in.Fields)
		}
	}
	in.Name = source.CleanText(in.Name)
	in.ID = r.uniqueID(boundedID(source.CleanText(in.ID)))
}

// boundedID limits the length of an ID for the database index. It replaces the end of a longer ID by a hash.
func boundedID(id string) string {
	const most = 300
	if len(id) <= most {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return strings.ToValidUTF8(id[:most-65], "") + "~" + hex.EncodeToString(sum[:])
}

// seen counts the external IDs of a run by a 64-bit hash, to save memory. When two IDs have the same hash, the second
// gets an unneeded number, the same one in every run.
type seen map[uint64]uint32

func (s seen) at(id string) uint64 {
	sum := sha256.Sum256([]byte(id))
	return binary.LittleEndian.Uint64(sum[:])
}

// uniqueID numbers repeated IDs within a run. Otherwise records with the same ID would overwrite each other in every
// run.
func (r *run) uniqueID(id string) string {
	unique, first := id, r.seen.at(id)
	at := first
	for r.seen[at] > 0 {
		r.seen[first]++
		unique = fmt.Sprintf("%s#%d", id, r.seen[first])
		at = r.seen.at(unique)
	}
	r.seen[at]++
	return unique
}

// draft turns an input into a draft.
func (r *run) draft(in source.Input) (out ready) {
	out.Input = in
	defer func() { // a panic on one page must not end the whole import
		if p := recover(); p != nil {
			r.Log.Error("reading an input panicked", "input", in.Name, "panic", p)
			out.draft, out.err = nil, fault.New(fault.Invalid, "读取时出错，请把原文交给技术人员")
		}
	}()
	switch {
	case in.Problem != nil:
		out.err = in.Problem
	case in.Content != nil:
		out.draft, out.err = readContent(&in)
	case in.Fields != nil:
		out.draft, out.err = readRecord(&in, r.mapping, r.report.Started)
		if out.err == nil {
			r.versions.apply(in.ID, out.draft, r.mapping.Versions.Validity)
		}
	default:
		out.draft, out.err = readPage(&in, r.report.Started)
	}
	return out
}

// complete stores the media and the original in the blob store. In a dry run it only checks them.
func (r *run) complete(ctx context.Context, in ready) ready {
	if in.draft != nil && in.err == nil {
		t := &intake{assets: in.Assets}
		if !r.o.DryRun {
			t.blobs = r.Blobs
		}
		if in.fatal = t.take(ctx, in.draft); in.fatal != nil {
			return in
		}
		in.err = in.draft.check()
	}
	if !r.o.DryRun {
		in.raw, in.fatal = r.storeRaw(ctx, in.Input)
	}
	return in
}

// storeRaw stores the original of an input and returns its hash.
func (r *run) storeRaw(ctx context.Context, in source.Input) (string, error) {
	switch {
	case in.StoreFile != nil:
		return in.StoreFile(ctx)
	case in.Raw == nil:
		return "", nil
	case in.Fields != nil: // one of several records of the same document
		return r.document.store(ctx, r.Blobs, in.Raw)
	}
	return putBlob(ctx, r.Blobs, in.Raw)
}

// document has the last document that was stored for several records, so that it is stored only once.
type document struct {
	mu   sync.Mutex
	raw  []byte
	hash string
}

func (d *document) store(ctx context.Context, blobs *blob.Store, raw []byte) (_ string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(raw) == 0 || len(d.raw) != len(raw) || &d.raw[0] != &raw[0] {
		if d.hash, err = putBlob(ctx, blobs, raw); err != nil {
			d.raw = nil
			return "", err
		}
		d.raw = raw
	}
	return d.hash, nil
}

// putBlob also writes bytes that are already stored. This renews their age, so that the sweep of unreferenced files
// does not remove them before a row refers to them.
func putBlob(ctx context.Context, blobs *blob.Store, raw []byte) (string, error) {
	ref, err := blobs.Put(ctx, bytes.NewReader(raw), 0)
	return ref.Hash, err
}
