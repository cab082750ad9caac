package exchange

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"guiyi/internal/exchange/extract"
	"guiyi/internal/kernel/fault"
)

// ready is an input with its draft, or with the error that sends it to quarantine.
type ready struct {
	Input
	draft *draft
	err   error
}

// extractorVersion names the code that read an input, kept as provenance.
func extractorVersion(in ready) string {
	if in.Raw != nil {
		return "page-" + extract.Version
	}
	return "record-1"
}

// readAll reads inputs in parallel and yields them in their order, holding only a few
// at a time.
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
		r.name(&in)
		slot := make(chan ready, 1)
		select {
		case slots <- slot:
		case <-ctx.Done():
			return ctx.Err()
		}
		wg.Go(func() { slot <- r.read(in) })
	}
	return nil
}

// name gives an input its external id, unique within the run.
func (r *run) name(in *Input) {
	if in.ID == "" && in.Fields != nil {
		if in.ID = r.mapping.key(in.Fields); in.ID == "" {
			in.ID = hashKey(in.Fields)
		}
	}
	in.ID = r.uniqueID(in.ID)
}

func (r *run) read(in Input) (out ready) {
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
	case in.Raw != nil:
		out.draft, out.err = readPage(&in)
	default:
		out.draft, out.err = readRecord(&in, r.mapping)
	}
	return out
}
