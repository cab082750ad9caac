package audit

import (
	"context"
	"io"
	"iter"
	"time"

	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/publish/manifest"
)

// Kinds of findings beside those of verified.
const (
	Planted  = "planted"  // an object that nothing published
	Unlinked = "unlinked" // a pack that no head of the audit uses; normal unless nothing ever published it
)

// Objects lists a blob store and reads content by hash; *blob.Store is one.
type Objects interface {
	List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error]
	Get(ctx context.Context, hash string) (io.ReadCloser, error)
}

// Options say what is audited and how far.
type Options struct {
	// Heads are the revisions whose bytes are read. The caller has verified them.
	Heads []manifest.Head
	// Place is where the bytes are read from. Not needed with Dir.
	Place verified.Blobs
	// Dir, when set, is the directory of a dir: blob store: files are read as they lie there now, and with Objects
	// files that are no objects are looked for.
	Dir string
	// Objects, when set, is the local store: everything in it is looked at, published or not.
	Objects Objects
	// Rate bounds how fast stored bytes are read, in bytes per second; 0 means as fast as possible.
	Rate int64
}

// Report says what was looked at and what was wrong.
type Report struct {
	Sites    int              `json:"sites"`
	Nodes    int              `json:"nodes"`
	Entries  int              `json:"entries"`
	Objects  int              `json:"objects"` // of the store, when it was listed
	Bytes    int64            `json:"bytes"`   // read and hashed
	Took     time.Duration    `json:"took"`
	Findings []verified.Event `json:"findings"`
}

// Bad counts the findings that call for action.
func (r *Report) Bad() (n int) {
	for _, f := range r.Findings {
		if f.Kind != Unlinked {
			n++
		}
	}
	return n
}

// maxSeen bounds the memory of an audit for content that many entries share.
const maxSeen = 1 << 20

// Run reads everything that the heads stand on and compares it with its hash. It ends with an error only when ctx
// does or the store cannot be listed; what is wrong with stored bytes is in the report.
func Run(ctx context.Context, o Options) (Report, error) {
	a := &audit{
		o:       o,
		ctx:     ctx,
		place:   o.Place,
		seen:    map[manifest.Hash]bool{},
		bad:     map[manifest.Hash]bool{},
		packs:   map[string]bool{},
		started: time.Now(),
	}
	a.report.Findings = []verified.Event{}
	if o.Dir != "" {
		f, err := openFiles(o.Dir)
		if err != nil {
			return a.report, err
		}
		defer f.root.Close()
		a.place = f
	}
	err := a.run()
	a.report.Took = time.Since(a.started)
	return a.report, err
}

type audit struct {
	o       Options
	ctx     context.Context
	place   verified.Blobs
	started time.Time
	report  Report
	seen    map[manifest.Hash]bool // content verified in this run that lies in a blob of its own
	bad     map[manifest.Hash]bool // content found wrong by a path of a site
	packs   map[string]bool        // packs that heads use
}

func (a *audit) run() error {
	for _, h := range a.o.Heads {
		a.report.Sites++
		if err := a.site(h); err != nil {
			return err
		}
	}
	return a.strangers()
}

func (a *audit) find(ev verified.Event) {
	ev.At = time.Now()
	a.report.Findings = append(a.report.Findings, ev)
}

func origin(h manifest.Head, path string) verified.Origin {
	return verified.Origin{Site: h.Site, Revision: h.Revision, Path: path}
}

// site walks a tree on disk and everything that its entries name.
func (a *audit) site(h manifest.Head) error {
	from := origin(h, "")
	load := func(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
		b, err := verified.Read(ctx, a.place, ref.Hash, ref.Loc)
		if err != nil {
			return nil, err
		}
		a.report.Bytes += int64(len(b))
		return manifest.DecodeNode(b, ref.Hash)
	}
	return manifest.WalkNodes(a.ctx, load, h.Root, func(ref manifest.Ref, n *manifest.Node, failed error) error {
		if failed != nil {
			a.wrong(from, ref.Hash, ref.Loc, failed)
			return a.ctx.Err()
		}
		a.report.Nodes++
		a.packs[ref.Loc.Pack] = true
		for i := range n.Entries {
			if err := a.entry(h, &n.Entries[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *audit) wrong(from verified.Origin, hash manifest.Hash, loc manifest.Loc, err error) {
	if a.ctx.Err() != nil {
		return
	}
	a.bad[hash] = true
	kind := verified.Missing
	if verified.IsTampered(err) {
		kind = verified.Tampered
	}
	a.find(verified.Event{
		Kind:     kind,
		Site:     from.Site,
		Revision: from.Revision,
		Path:     from.Path,
		Where:    verified.Where(hash, loc),
		Detail:   err.Error(),
	})
}

func (a *audit) entry(h manifest.Head, e *manifest.Entry) error {
	a.report.Entries++
	from := origin(h, e.Path)
	switch {
	case !e.HasBody():
		return nil
	case e.Size > verified.MaxWhole:
		return a.large(from, e)
	}
	if err := a.piece(from, e.Hash, e.Loc); err != nil {
		return err
	}
	for _, v := range e.Variants {
		if err := a.piece(from, v.Hash, v.Loc); err != nil {
			return err
		}
	}
	return nil
}

// piece checks bytes that are served whole.
func (a *audit) piece(from verified.Origin, hash manifest.Hash, loc manifest.Loc) error {
	a.packs[loc.Pack] = true
	if loc.Pack == "" && a.seen[hash] {
		return nil
	}
	b, err := verified.Read(a.ctx, a.place, hash, loc)
	if err == nil && manifest.Sum(b) != hash {
		err = verified.ErrSum
	}
	if err != nil {
		a.wrong(from, hash, loc, err)
	} else if loc.Pack == "" {
		a.remember(hash)
	}
	return a.pause(int64(len(b)))
}

func (a *audit) remember(hash manifest.Hash) {
	if len(a.seen) >= maxSeen {
		clear(a.seen)
	}
	a.seen[hash] = true
}

// large checks a file chunk by chunk.
func (a *audit) large(from verified.Origin, e *manifest.Entry) error {
	a.packs[e.Loc.Pack] = true
	if e.Loc.Pack == "" && a.seen[e.Hash] {
		return nil
	}
	list, err := verified.ReadChunks(a.ctx, a.place, e)
	if err != nil {
		a.wrong(from, e.Chunks, manifest.Loc{}, err)
		return a.ctx.Err()
	}
	a.remember(e.Chunks)
	good := true
	for i := int64(0); i*manifest.ChunkSize < e.Size; i++ {
		loc := verified.ChunkLoc(e, i)
		b, err := a.place.ReadRange(a.ctx, loc.Pack, loc.Off, loc.Len)
		if err == nil && manifest.Sum(b) != verified.ChunkHash(list, i) {
			err = verified.ErrSum
		}
		if err != nil {
			good = false
			a.wrong(from, e.Hash, loc, err)
		}
		if err := a.pause(int64(len(b))); err != nil {
			return err
		}
	}
	if good && e.Loc.Pack == "" {
		a.remember(e.Hash)
	}
	return nil
}

// pause counts bytes and keeps to the rate.
func (a *audit) pause(n int64) error {
	a.report.Bytes += n
	if a.o.Rate <= 0 {
		return a.ctx.Err()
	}
	t := time.NewTimer(time.Duration(float64(n) / float64(a.o.Rate) * float64(time.Second)))
	defer t.Stop()
	select {
	case <-t.C:
	case <-a.ctx.Done():
	}
	return a.ctx.Err()
}
