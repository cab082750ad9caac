package repair

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/retention"
	"guiyi/internal/resource/published"
)

// Source is a store that may have copies of the same objects; *blob.Store implements it. Callers verify the hash of
// everything that it returns.
type Source interface {
	ReadRange(ctx context.Context, name string, off, n int64) ([]byte, error)
	Bytes(ctx context.Context, hash string, limit int64) ([]byte, error)
}

// Options are the dependencies of a Repairer.
type Options struct {
	DB        *store.DB
	Blobs     *blob.Store // the store to repair
	Sources   []Source    // other stores to search, in this order
	Publisher *publish.Publisher
	Published *published.Reader
	Evidence  string // folder in which damaged bytes are saved
	Now       func() time.Time
	Log       *slog.Logger
}

// Repairer repairs the stored bytes of sites. It is safe for concurrent use, also by several processes.
type Repairer struct {
	Options
	mu sync.Mutex
}

// New returns a repairer.
func New(o Options) *Repairer {
	o.Log = cmp.Or(o.Log, slog.Default())
	return &Repairer{Options: o}
}

// Loss is something that could not be repaired.
type Loss struct {
	Kind   string   `json:"kind"`             // page, theme, media, original, revision, pinned
	Site   string   `json:"site,omitempty"`   // code
	Path   string   `json:"path,omitempty"`   // public address
	Object string   `json:"object,omitempty"` // name in the blob store
	Items  []string `json:"items,omitempty"`  // items that use it: number and title
	Advice string   `json:"advice"`           // what to do, in Chinese
}

// Report is the result of one repair.
type Report struct {
	Site     string `json:"site,omitempty"`     // "" for files outside sites
	Revision int64  `json:"revision"`           // newest revision before the repair
	Checked  int    `json:"looked"`             // number of objects compared with their hash
	Damaged  int    `json:"damaged"`            // number of damaged objects
	Repaired int    `json:"mended"`             // number of objects repaired, with the same hash
	Replaced int64  `json:"replaced,omitempty"` // new revision, 0: none was needed
	Lost     []Loss `json:"lost,omitempty"`
	Refused  string `json:"refused,omitempty"`  // reason why nothing was repaired
	Evidence string `json:"evidence,omitempty"` // folder with the damaged bytes
	Dry      bool   `json:"dry,omitempty"`
}

// OK reports whether nothing is damaged any more.
func (r *Report) OK() bool {
	return r.Refused == "" && len(r.Lost) == 0 && (r.Damaged == 0 || !r.Dry)
}

// attempts is how often the repair of a site is tried when it is published meanwhile.
const attempts = 3

// Site repairs everything that the retained revisions of a site refer to. A dry run changes nothing.
func (r *Repairer) Site(ctx context.Context, id int64, dry bool) (rep Report, err error) {
	defer fault.Annotate(&err, "repair.Site(%d)", id)
	unlock, err := r.lock(ctx, dry)
	if err != nil {
		return rep, err
	}
	defer unlock()
	for range attempts {
		if rep, err = r.site(ctx, id, dry); !fault.Is(err, fault.Conflict) || errors.Is(err, publish.ErrPinned) {
			break
		}
	}
	return rep, err
}

func (r *Repairer) site(ctx context.Context, id int64, dry bool) (Report, error) {
	w, err := r.newRun(ctx, id, dry)
	if err != nil || w.rep.Refused != "" {
		return w.rep, err
	}
	oldest, err := retention.Oldest(ctx, r.DB.Read(), id)
	if err != nil {
		return w.rep, err
	}
	if err := w.scan(ctx, oldest); err != nil {
		return w.rep, err
	}
	if err := w.repair(ctx); err != nil {
		return w.rep, err
	}
	return w.rep, w.replace(ctx)
}

// run is the state of one repair of one site.
type run struct {
	r        *Repairer
	id       int64
	dry      bool
	head     manifest.Head
	rep      Report
	evidence evidenceFolder

	nodes   map[manifest.Ref][]byte // right bytes of damaged nodes, found in other sources
	missing []lostNode
	bad     []*object
}

// lostNode is a damaged node without another copy.
type lostNode struct {
	ref      manifest.Ref
	revision int64
}

// newRun reads the state of a site. A damaged ledger is not repaired, because everything else is verified against it;
// then Report.Refused is set.
func (r *Repairer) newRun(ctx context.Context, id int64, dry bool) (*run, error) {
	w := &run{r: r, id: id, dry: dry, nodes: map[manifest.Ref][]byte{}}
	w.rep.Dry = dry
	state, err := ledger.Of(ctx, r.DB.Read(), id)
	if err != nil || state.Revision == 0 {
		return w, err
	}
	if w.head, err = state.Newest(); err == nil {
		err = w.head.Verify(r.Publisher.Ring)
	}
	if err == nil {
		w.rep.Site, w.rep.Revision = w.head.Site, w.head.Revision
		var chain manifest.LedgerReport
		if chain, err = r.Publisher.VerifyLedger(ctx, id); err == nil && chain.Tip != w.head.Hash() {
			err = fault.New(fault.Conflict, "当前版本不是账本的最后一版")
		}
	}
	if err != nil {
		if ctx.Err() != nil {
			return w, err
		}
		w.rep.Refused = fmt.Sprintf("账本受损，不能修复，请从备份恢复：%s", fault.Text(err))
	}
	w.evidence = evidenceFolder{dir: r.Evidence, at: r.Now(), site: w.head.Site}
	return w, nil
}

// repair finds the right bytes of damaged objects and writes them to their locations.
func (w *run) repair(ctx context.Context) error {
	w.rep.Damaged = len(w.bad) + len(w.nodes) + len(w.missing)
	if w.rep.Damaged == 0 {
		return nil
	}
	if err := w.findBytes(ctx); err != nil {
		return err
	}
	packs := map[string][]blob.Piece{}
	for ref, b := range w.nodes {
		packs[ref.Loc.Pack] = append(packs[ref.Loc.Pack], blob.Piece{Off: ref.Loc.Off, Bytes: b})
	}
	for _, p := range w.bad {
		if p.found != nil && p.loc.Pack != "" {
			packs[p.loc.Pack] = append(packs[p.loc.Pack], blob.Piece{Off: p.loc.Off, Bytes: p.found})
		}
	}
	for name, pieces := range packs {
		w.rep.Repaired += len(pieces)
		if w.dry {
			continue
		}
		if err := w.evidence.savePieces(ctx, w.r.Blobs, name, pieces); err != nil {
			return err
		}
		if err := w.r.Blobs.Patch(ctx, name, pieces); err != nil {
			return err
		}
	}
	return w.repairFiles(ctx)
}

// replace makes a new revision if the newest tree has lost objects that could not be repaired with the same hash.
func (w *run) replace(ctx context.Context) error {
	gone := map[string]bool{} // damaged pages of the newest tree
	for _, p := range w.bad {
		switch {
		case p.repaired() || p.loc.Pack == "": // lost files are named by mendFiles
		case p.revision < w.head.Revision:
			w.addLostRevision(p.revision)
		default:
			gone[p.entry.Path] = true
		}
	}
	lost := false
	for _, n := range w.missing {
		if n.revision < w.head.Revision {
			w.addLostRevision(n.revision)
		}
		lost = lost || n.revision == w.head.Revision
	}
	w.rep.Evidence = w.evidence.path
	if len(gone) == 0 && !lost || w.dry {
		return nil
	}
	root, count, err := w.recoverTree(ctx, gone)
	if err != nil {
		return err
	}
	res, err := w.r.Publisher.Replace(ctx, w.id, root, count, w.head, note)
	if errors.Is(err, publish.ErrPinned) {
		w.rep.Lost = append(w.rep.Lost, Loss{Kind: "pinned", Site: w.head.Site,
			Advice: "站点已回退到以前的版本，受损的部分不能按现在的内容重做：请回退到另一版，或结束回退后再修复一次"})
		return nil
	}
	w.rep.Replaced = res.Revision
	return err
}

// note is the note in the head of the new revision.
const note = "修复受损的存储，由内容库重新生成"

// addLostRevision reports, once, an older revision that cannot be rolled back to any more.
func (w *run) addLostRevision(revision int64) {
	for _, l := range w.rep.Lost {
		if l.Kind == "revision" && l.Object == fmt.Sprint(revision) {
			return
		}
	}
	w.rep.Lost = append(w.rep.Lost, Loss{Kind: "revision", Site: w.head.Site, Object: fmt.Sprint(revision),
		Advice: fmt.Sprintf("第 %d 版的部分页面已丢失，不要再回退到这一版；现在公开的版本不受影响", revision)})
}
