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

// Copies is a place where the same bytes may lie; *blob.Store is one. Nothing that it returns is believed.
type Copies interface {
	ReadRange(ctx context.Context, name string, off, n int64) ([]byte, error)
	Bytes(ctx context.Context, hash string, limit int64) ([]byte, error)
}

// Options wire a Repairer.
type Options struct {
	DB        *store.DB
	Blobs     *blob.Store // what is repaired
	Copies    []Copies    // where else to look, in order
	Publisher *publish.Publisher
	Published *published.Reader
	Evidence  string // folder that keeps what was damaged
	Now       func() time.Time
	Log       *slog.Logger
}

// Repairer repairs the stored bytes of sites. It may be used by many goroutines and processes at once.
type Repairer struct {
	Options
	mu sync.Mutex
}

// New wires a repairer.
func New(o Options) *Repairer {
	o.Log = cmp.Or(o.Log, slog.Default())
	return &Repairer{Options: o}
}

// Loss is something that could not be made again.
type Loss struct {
	Kind   string   `json:"kind"`             // page, theme, media, original, revision, pinned
	Site   string   `json:"site,omitempty"`   // code
	Path   string   `json:"path,omitempty"`   // public address
	Object string   `json:"object,omitempty"` // in the store
	Items  []string `json:"items,omitempty"`  // what uses it: number and title
	Advice string   `json:"advice"`           // what to do, in Chinese
}

// Report says what one repair found and did.
type Report struct {
	Site     string `json:"site,omitempty"` // "" for files outside sites
	Revision int64  `json:"revision"`       // in force before
	Looked   int    `json:"looked"`         // pieces held against their hash
	Damaged  int    `json:"damaged"`        // of these
	Mended   int    `json:"mended"`         // made again under the same hash
	Replaced int64  `json:"replaced,omitempty"`
	Lost     []Loss `json:"lost,omitempty"`
	Refused  string `json:"refused,omitempty"` // why nothing could be done
	Evidence string `json:"evidence,omitempty"`
	Dry      bool   `json:"dry,omitempty"`
}

// Good reports that nothing is damaged any more.
func (r *Report) Good() bool {
	return r.Refused == "" && len(r.Lost) == 0 && (r.Damaged == 0 || !r.Dry)
}

// attempts bounds how often a site is surveyed again because it was published meanwhile.
const attempts = 3

// Site repairs everything that the kept revisions of a site stand on. With dry it changes nothing.
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
	w, err := r.work(ctx, id, dry)
	if err != nil || w.rep.Refused != "" {
		return w.rep, err
	}
	oldest, err := retention.Oldest(ctx, r.DB.Read(), id)
	if err != nil {
		return w.rep, err
	}
	if err := w.survey(ctx, oldest); err != nil {
		return w.rep, err
	}
	if err := w.mend(ctx); err != nil {
		return w.rep, err
	}
	return w.rep, w.replace(ctx)
}

// work is one repair of one site.
type work struct {
	r    *Repairer
	id   int64
	dry  bool
	head manifest.Head
	rep  Report
	kept evidence

	nodes   map[manifest.Ref][]byte // found elsewhere, by the place where they are wrong
	missing []lostNode
	bad     []*piece
}

// lostNode is a node that no copy was found of.
type lostNode struct {
	ref      manifest.Ref
	revision int64
}

// work looks where a site stands. A ledger that is wrong is not repaired: it is what proves everything else.
func (r *Repairer) work(ctx context.Context, id int64, dry bool) (*work, error) {
	w := &work{r: r, id: id, dry: dry, nodes: map[manifest.Ref][]byte{}}
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
	w.kept = evidence{dir: r.Evidence, at: r.Now(), site: w.head.Site}
	return w, nil
}

// mend makes again what has the same hash, and writes it where it belongs.
func (w *work) mend(ctx context.Context) error {
	w.rep.Damaged = len(w.bad) + len(w.nodes) + len(w.missing)
	if w.rep.Damaged == 0 {
		return nil
	}
	if err := w.recover(ctx); err != nil {
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
		w.rep.Mended += len(pieces)
		if w.dry {
			continue
		}
		if err := w.kept.pieces(ctx, w.r.Blobs, name, pieces); err != nil {
			return err
		}
		if err := w.r.Blobs.Patch(ctx, name, pieces); err != nil {
			return err
		}
	}
	return w.mendFiles(ctx)
}

// replace makes a new revision where the newest tree has lost what cannot be made under its hash.
func (w *work) replace(ctx context.Context) error {
	gone := map[string]bool{} // pages of the newest tree
	for _, p := range w.bad {
		switch {
		case p.mended() || p.loc.Pack == "": // lost files are named by mendFiles
		case p.revision < w.head.Revision:
			w.old(p.revision)
		default:
			gone[p.entry.Path] = true
		}
	}
	lost := false
	for _, n := range w.missing {
		if n.revision < w.head.Revision {
			w.old(n.revision)
		}
		lost = lost || n.revision == w.head.Revision
	}
	w.rep.Evidence = w.kept.made
	if len(gone) == 0 && !lost || w.dry {
		return nil
	}
	root, count, err := w.save(ctx, gone)
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

// note is what the head of a replaced revision says.
const note = "修复受损的存储，由内容库重新生成"

// old names an older revision that cannot be rolled back to any more, once.
func (w *work) old(revision int64) {
	for _, l := range w.rep.Lost {
		if l.Kind == "revision" && l.Object == fmt.Sprint(revision) {
			return
		}
	}
	w.rep.Lost = append(w.rep.Lost, Loss{Kind: "revision", Site: w.head.Site, Object: fmt.Sprint(revision),
		Advice: fmt.Sprintf("第 %d 版的部分页面已丢失，不要再回退到这一版；现在公开的版本不受影响", revision)})
}
