package repair

import (
	"bytes"
	"context"
	"slices"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish"
	"guiyi/internal/publish/manifest"
)

// mendFiles puts files and lists of chunks again that pages name, and names those that nobody has.
func (w *work) mendFiles(ctx context.Context) error {
	for _, p := range w.bad {
		if p.loc.Pack != "" {
			continue
		}
		found, err := w.r.findFile(ctx, p.hash, p.entry.Size)
		if err == nil && found == nil && p.encoding == chunks {
			found, err = w.r.chunkList(ctx, p.entry.Hash, p.hash)
		}
		if err != nil {
			return err
		}
		if found == nil {
			if err := w.lostFile(ctx, p); err != nil {
				return err
			}
			continue
		}
		if p.put = true; !w.dry {
			if err := w.put(ctx, p.hash, found); err != nil {
				return err
			}
		}
		w.rep.Mended++
	}
	return nil
}

// put keeps the damaged file and stores the right one.
func (w *work) put(ctx context.Context, hash manifest.Hash, b []byte) error {
	if err := w.kept.file(ctx, w.r.Blobs, blob.CASName(hash.String())); err != nil {
		return err
	}
	_, err := w.r.Blobs.Put(ctx, bytes.NewReader(b), 0)
	return err
}

// findFile looks for a file in the other places, nil when none has it right.
func (r *Repairer) findFile(ctx context.Context, hash manifest.Hash, _ int64) ([]byte, error) {
	for _, place := range r.Copies {
		if b, err := place.Bytes(ctx, hash.String(), maxBody); err == nil && manifest.Sum(b) == hash {
			return b, nil
		}
	}
	return nil, ctx.Err()
}

// chunkList makes the list of chunk hashes of a file again.
func (r *Repairer) chunkList(ctx context.Context, file, want manifest.Hash) ([]byte, error) {
	f, err := r.Blobs.Get(ctx, file.String())
	if err != nil {
		return nil, notDamage(ctx, err)
	}
	defer f.Close()
	list, _, err := publish.ChunkHashes(f)
	if err != nil {
		return nil, notDamage(ctx, err)
	}
	if manifest.Sum(list) != want {
		return nil, nil
	}
	return list, nil
}

func (w *work) lostFile(ctx context.Context, p *piece) error {
	items, err := w.r.users(ctx, p.entry.Hash)
	w.rep.Lost = append(w.rep.Lost, Loss{
		Kind:   "media",
		Site:   w.head.Site,
		Path:   p.entry.Path,
		Object: blob.CASName(p.entry.Hash.String()),
		Items:  items,
		Advice: "这个图片或附件没有别的副本：请从备份恢复，或在用到它的信息里重新上传",
	})
	return err
}

// users names the items that use a file.
func (r *Repairer) users(ctx context.Context, hash manifest.Hash) ([]string, error) {
	return r.Published.ItemsWithFile(ctx, hash.String())
}

// Files repairs the files of the library that no page names: originals of what was imported, pictures of drafts. Every
// stored file is read. What nobody else has is named with the items it belongs to.
func (r *Repairer) Files(ctx context.Context, dry bool) (rep Report, err error) {
	defer fault.Annotate(&err, "repair.Files")
	unlock, err := r.lock(ctx, dry)
	if err != nil {
		return rep, err
	}
	defer unlock()
	w := &work{r: r, dry: dry, kept: evidence{dir: r.Evidence, at: r.Now()}}
	w.rep.Dry = dry
	judged := map[manifest.Hash]bool{}
	judge := func(text string) error {
		hash, err := manifest.ParseHash(text)
		if err != nil || hash.IsZero() || judged[hash] {
			return nil
		}
		judged[hash] = true
		w.rep.Looked++
		good, err := r.rightFile(ctx, hash)
		if err != nil || good {
			return err
		}
		return w.file(ctx, hash)
	}
	for info, err := range r.Blobs.List(ctx, "cas/") {
		if err != nil {
			return w.rep, err
		}
		if err := judge(blob.CASHash(info.Name)); err != nil {
			return w.rep, err
		}
	}
	err = r.Published.EachFile(ctx, judge)
	w.rep.Evidence = w.kept.made
	return w.rep, err
}

// file repairs one file, whoever names it. One that no row names is kept aside and told of: a page may name it, and
// its site has been repaired before.
func (w *work) file(ctx context.Context, hash manifest.Hash) error {
	w.rep.Damaged++
	found, err := w.r.findFile(ctx, hash, 0)
	if err != nil {
		return err
	}
	if found != nil {
		w.rep.Mended++
		if w.dry {
			return nil
		}
		return w.put(ctx, hash, found)
	}
	items, err := w.r.users(ctx, hash)
	if err != nil {
		return err
	}
	w.rep.Lost = append(w.rep.Lost, Loss{
		Kind:   "original",
		Object: blob.CASName(hash.String()),
		Items:  slices.Clone(items),
		Advice: "原件没有别的副本：请从备份恢复；信息本身和页面不受影响",
	})
	return nil
}
