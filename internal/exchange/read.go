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

// ready is an input with its draft, or with the error that sends it to quarantine.
type ready struct {
	source.Input
	draft *draft
	raw   string // blob that holds the original
	err   error
	fatal error // ends the run: the store fails, not the input
}

// extractorVersion names the code that read an input, kept as provenance.
func extractorVersion(in ready) string {
	if in.Raw != nil && in.Fields == nil {
		return "page-" + extract.Version
	}
	return "record-1"
}

// readAll reads inputs in parallel, with their media, and yields them in their order,
// holding only a few at a time.
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

// name gives an input its external id, unique within the run.
func (r *run) name(in *source.Input) {
	if in.ID == "" && in.Fields != nil {
		if in.ID = r.mapping.key(in.Fields); in.ID == "" {
			in.ID = hashKey(in.Fields)
		}
	}
	in.Name = source.CleanText(in.Name)
	in.ID = r.uniqueID(boundedID(source.CleanText(in.ID)))
}

// boundedID shortens an id to what an index accepts: the rest of a longer one becomes a hash.
func boundedID(id string) string {
	const most = 300
	if len(id) <= most {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return strings.ToValidUTF8(id[:most-65], "") + "~" + hex.EncodeToString(sum[:])
}

// seen counts the external ids given in a run, by a hash of each: eight bytes an id. Two ids
// of one hash would get a number that they need not have, and get it again in every run.
type seen map[uint64]uint32

func (s seen) at(id string) uint64 {
	sum := sha256.Sum256([]byte(id))
	return binary.LittleEndian.Uint64(sum[:])
}

// uniqueID numbers repeats of an id within one run, so that two records with one id do
// not overwrite each other on every run.
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

// draft turns an input into a draft item.
func (r *run) draft(in source.Input) (out ready) {
	out.Input = in
	defer func() { // one hostile page must not end the import of all others
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

// complete takes media and the original into the blob store. A dry run only checks.
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
		in.raw, in.fatal = r.keepRaw(ctx, in.Input)
	}
	return in
}

// keepRaw keeps what an input was read from.
func (r *run) keepRaw(ctx context.Context, in source.Input) (string, error) {
	switch {
	case in.Keep != nil:
		return in.Keep(ctx)
	case in.Raw == nil:
		return "", nil
	case in.Fields != nil: // one of many entries of one document
		return r.document.keep(ctx, r.Blobs, in.Raw)
	}
	return keep(ctx, r.Blobs, in.Raw)
}

// document remembers the last document that was kept for several records.
type document struct {
	mu   sync.Mutex
	raw  []byte
	hash string
}

func (d *document) keep(ctx context.Context, blobs *blob.Store, raw []byte) (_ string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(raw) == 0 || len(d.raw) != len(raw) || &d.raw[0] != &raw[0] {
		if d.hash, err = keep(ctx, blobs, raw); err != nil {
			d.raw = nil
			return "", err
		}
		d.raw = raw
	}
	return d.hash, nil
}

// keep puts the bytes also when they are there: a sweep must not take for forgotten what a row is about to name.
func keep(ctx context.Context, blobs *blob.Store, raw []byte) (string, error) {
	ref, err := blobs.Put(ctx, bytes.NewReader(raw), 0)
	return ref.Hash, err
}
