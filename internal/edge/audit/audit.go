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

// Kinds of findings, in addition to those of package verified.
const (
	Planted  = "planted"  // an object that was not published
	Unlinked = "unlinked" // a pack that no audited head refers to, for example of an older revision
)

// Objects lists a blob store and reads content by hash; *blob.Store is one.
type Objects interface {
	List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error]
	Get(ctx context.Context, hash string) (io.ReadCloser, error)
}

// Options say what is audited.
type Options struct {
	// Heads are the revisions whose bytes are read. The caller must have verified them.
	Heads []manifest.Head
	// Store is read from, unless Dir is set.
	Store verified.Blobs
	// Dir, if set, is the directory of a dir: blob store. Its files are read directly, and if Objects is set too, files
	// that are no objects are reported.
	Dir string
	// Objects, if set, is the local store. All its objects are checked, published or not.
	Objects Objects
	// Rate is the maximum read rate in bytes per second; 0: unlimited.
	Rate int64
}

// Report is the result of an audit.
type Report struct {
	Sites    int              `json:"sites"`
	Nodes    int              `json:"nodes"`
	Entries  int              `json:"entries"`
	Objects  int              `json:"objects"` // objects in the store, if it was listed
	Bytes    int64            `json:"bytes"`   // read and hashed
	Took     time.Duration    `json:"took"`
	Findings []verified.Event `json:"findings"`
}

// Serious returns the number of findings that require action.
func (r *Report) Serious() (n int) {
	for _, f := range r.Findings {
		if f.Kind != Unlinked {
			n++
		}
	}
	return n
}

// maxSeen bounds the memory for remembering content that many entries share.
const maxSeen = 1 << 20

// Run reads everything that the heads refer to and compares it with its hash. It returns an error only if ctx ends or
// the store cannot be listed; damaged bytes are findings in the report.
func Run(ctx context.Context, o Options) (Report, error) {
	a := &audit{
		o:       o,
		ctx:     ctx,
		place:   o.Store,
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
	seen    map[manifest.Hash]bool // content-addressed blobs verified in this run
	bad     map[manifest.Hash]bool // damaged content, already reported with a path
	packs   map[string]bool        // packs that the heads refer to
}

func (a *audit) run() error {
	for _, h := range a.o.Heads {
		a.report.Sites++
		if err := a.site(h); err != nil {
			return err
		}
	}
	return a.unexpectedObjects()
}

func (a *audit) reportEvent(ev verified.Event) {
	ev.At = time.Now()
	a.report.Findings = append(a.report.Findings, ev)
}

func origin(h manifest.Head, path string) verified.Origin {
	return verified.Origin{Site: h.Site, Revision: h.Revision, Path: path}
}

// site checks the tree of a head and everything that its entries refer to.
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
			a.reportDamage(from, ref.Hash, ref.Loc, failed)
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

func (a *audit) reportDamage(from verified.Origin, hash manifest.Hash, loc manifest.Loc, err error) {
	if a.ctx.Err() != nil {
		return
	}
	a.bad[hash] = true
	kind := verified.Missing
	if verified.IsTampered(err) {
		kind = verified.Tampered
	}
	a.reportEvent(verified.Event{
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
		return a.checkChunks(from, e)
	}
	if err := a.checkBytes(from, e.Hash, e.Loc); err != nil {
		return err
	}
	for _, v := range e.Variants {
		if err := a.checkBytes(from, v.Hash, v.Loc); err != nil {
			return err
		}
	}
	return nil
}

// checkBytes checks bytes that are verified as a whole.
func (a *audit) checkBytes(from verified.Origin, hash manifest.Hash, loc manifest.Loc) error {
	a.packs[loc.Pack] = true
	if loc.Pack == "" && a.seen[hash] {
		return nil
	}
	b, err := verified.Read(a.ctx, a.place, hash, loc)
	if err == nil && manifest.Sum(b) != hash {
		err = verified.ErrSum
	}
	if err != nil {
		a.reportDamage(from, hash, loc, err)
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

// checkChunks checks a large file by chunks.
func (a *audit) checkChunks(from verified.Origin, e *manifest.Entry) error {
	a.packs[e.Loc.Pack] = true
	if e.Loc.Pack == "" && a.seen[e.Hash] {
		return nil
	}
	list, err := verified.ReadChunks(a.ctx, a.place, e)
	if err != nil {
		a.reportDamage(from, e.Chunks, manifest.Loc{}, err)
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
			a.reportDamage(from, e.Hash, loc, err)
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

// pause counts bytes that were read and sleeps to keep the rate.
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
