package edge

import (
	"context"
	"io"
	"iter"
	"time"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/publish/manifest"
)

// Objects lists a blob store and reads content by hash; *blob.Store is one.
type Objects interface {
	List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error]
	Get(ctx context.Context, hash string) (io.ReadCloser, error)
}

// AuditOptions say how far an audit goes.
type AuditOptions struct {
	// Rate bounds how fast stored bytes are read, in bytes per second; 0 means as fast as possible.
	Rate int64
	// Objects, when set, is the local store: everything in it is looked at, published or not.
	Objects Objects
	// Dir, when set, is the directory of that store: files are read as they lie there now, and files that are no objects are
	// looked for.
	Dir string
	// KnownPack reports whether something was ever published into a pack. Without it a pack that no current snapshot uses
	// cannot be told from a planted one, and is reported as Unlinked.
	KnownPack func(name string) bool
}

// AuditReport says what was looked at and what was wrong.
type AuditReport struct {
	Sites    int           `json:"sites"`
	Nodes    int           `json:"nodes"`
	Entries  int           `json:"entries"`
	Objects  int           `json:"objects"` // of the store, when it was listed
	Bytes    int64         `json:"bytes"`   // read and hashed
	Took     time.Duration `json:"took"`
	Findings []Event       `json:"findings"`
}

// Bad counts the findings that call for action.
func (r *AuditReport) Bad() (n int) {
	for _, f := range r.Findings {
		if f.Kind != Unlinked {
			n++
		}
	}
	return n
}

// maxSeen bounds the memory of an audit for content that many entries share.
const maxSeen = 1 << 20

// Audit reads everything that the snapshots being served stand on from the first store, not from memory, and compares it
// with its hash; it compares HeadsDir with what is being served. Findings are reported as events too. It ends with an
// error only when ctx does or a directory cannot be read.
func (e *Edge) Audit(ctx context.Context, o AuditOptions) (AuditReport, error) {
	started := time.Now()
	a := &audit{e: e, o: o, ctx: ctx, place: e.src.places[0], seen: map[manifest.Hash]bool{}, packs: map[string]bool{}}
	if o.Dir != "" {
		f, err := openFiles(o.Dir)
		if err != nil {
			return a.report, err
		}
		defer f.root.Close()
		a.place = f
	}
	err := a.run()
	a.report.Took = time.Since(started)
	if a.report.Findings == nil {
		a.report.Findings = []Event{}
	}
	return a.report, err
}

type audit struct {
	e      *Edge
	o      AuditOptions
	ctx    context.Context
	place  Blobs
	report AuditReport
	seen   map[manifest.Hash]bool // content verified in this run that lies in a blob of its own
	packs  map[string]bool        // packs that snapshots use
}

func (a *audit) run() error {
	if err := a.heads(); err != nil {
		return err
	}
	for _, s := range a.e.sites.Load().byCode {
		a.report.Sites++
		if err := a.site(s); err != nil {
			return err
		}
	}
	return a.strangers()
}

func (a *audit) find(ev Event) {
	a.e.reporter.report(ev)
	ev.At = a.e.reporter.now()
	a.report.Findings = append(a.report.Findings, ev)
}

// site walks a tree on disk and everything that its entries name.
func (a *audit) site(s *snapshot) error {
	from := s.origin("")
	load := func(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
		b, err := a.e.src.readFrom(ctx, a.place, ref.Hash, ref.Loc)
		if err != nil {
			return nil, err
		}
		a.report.Bytes += int64(len(b))
		return manifest.DecodeNode(b, ref.Hash)
	}
	return manifest.WalkNodes(a.ctx, load, s.head.Root, func(ref manifest.Ref, n *manifest.Node, failed error) error {
		if failed != nil {
			a.bad(from, ref.Hash, ref.Loc, failed)
			return a.ctx.Err()
		}
		a.report.Nodes++
		a.packs[ref.Loc.Pack] = true
		for i := range n.Entries {
			if err := a.entry(s, &n.Entries[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *audit) bad(from origin, hash manifest.Hash, loc manifest.Loc, err error) {
	if a.ctx.Err() != nil {
		return
	}
	kind := Missing
	if isTampered(err) {
		kind = Tampered
	}
	a.find(Event{Kind: kind, Site: from.site, Revision: from.revision, Path: from.path, Where: where(hash, loc), Detail: err.Error()})
}

func (a *audit) entry(s *snapshot, e *manifest.Entry) error {
	a.report.Entries++
	from := s.origin(e.Path)
	switch {
	case !e.HasBody():
		return nil
	case e.Size > maxWhole:
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
func (a *audit) piece(from origin, hash manifest.Hash, loc manifest.Loc) error {
	a.packs[loc.Pack] = true
	if loc.Pack == "" && a.seen[hash] {
		return nil
	}
	b, err := a.e.src.readFrom(a.ctx, a.place, hash, loc)
	if err == nil && manifest.Sum(b) != hash {
		err = errSum
	}
	if err != nil {
		a.bad(from, hash, loc, err)
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
func (a *audit) large(from origin, e *manifest.Entry) error {
	a.packs[e.Loc.Pack] = true
	if e.Loc.Pack == "" && a.seen[e.Hash] {
		return nil
	}
	want := (e.Size + manifest.ChunkSize - 1) / manifest.ChunkSize * 32
	list, err := a.place.Bytes(a.ctx, e.Chunks.String(), maxChunkList)
	if err == nil && (int64(len(list)) != want || manifest.Sum(list) != e.Chunks) {
		err = errSum
	}
	if err != nil {
		a.bad(from, e.Chunks, manifest.Loc{}, err)
		return a.ctx.Err()
	}
	a.remember(e.Chunks)
	good := true
	for i := int64(0); i*manifest.ChunkSize < e.Size; i++ {
		loc := chunkLoc(e, i)
		b, err := a.place.ReadRange(a.ctx, loc.Pack, loc.Off, loc.Len)
		if err == nil && manifest.Sum(b) != manifest.Hash(list[i*32:i*32+32]) {
			err = errSum
		}
		if err != nil {
			good = false
			a.bad(from, e.Hash, loc, err)
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

// heads compares HeadsDir with what is being served.
func (a *audit) heads() error {
	findings, err := a.e.checkHeads()
	for _, f := range findings {
		a.find(f)
	}
	return err
}

// CheckHeads compares the files of HeadsDir with what is being served, reports what differs and writes them anew. It is
// cheap enough for every few seconds.
func (e *Edge) CheckHeads() error {
	findings, err := e.checkHeads()
	for _, f := range findings {
		e.reporter.report(f)
	}
	return err
}

func (e *Edge) checkHeads() (findings []Event, err error) {
	e.mu.Lock() // no head is being saved meanwhile
	defer e.mu.Unlock()
	codes, strange, err := e.dir.sites()
	if err != nil {
		return nil, err
	}
	for _, name := range strange {
		findings = append(findings, Event{Kind: HeadFile, Where: name, Detail: "清单目录中有来历不明的文件"})
	}
	served := e.sites.Load().byCode
	for _, code := range codes {
		if served[code] == nil && e.later[code].Site == "" {
			findings = append(findings, Event{Kind: HeadFile, Site: code, Where: code + headSuffix, Detail: "清单文件未被采用：没有通过校验，或启动后才放入"})
		}
	}
	for code, s := range served {
		bad := e.dir.intact(s.head)
		if bad == nil {
			continue
		}
		detail := bad.Error() + "；已按正在使用的版本重写"
		if err := e.dir.save(s.head); err != nil {
			detail = bad.Error() + "；重写失败：" + err.Error()
		}
		findings = append(findings, Event{Kind: HeadFile, Site: code, Revision: s.head.Revision, Where: code + headSuffix, Detail: detail})
	}
	return findings, nil
}
