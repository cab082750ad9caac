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

// repairFiles stores damaged files and chunk lists again, and reports those without another copy.
func (w *run) repairFiles(ctx context.Context) error {
	for _, p := range w.bad {
		if p.loc.Pack != "" {
			continue
		}
		found, err := w.r.findFile(ctx, p.hash)
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
		if p.restored = true; !w.dry {
			if err := w.put(ctx, p.hash, found); err != nil {
				return err
			}
		}
		w.rep.Repaired++
	}
	return nil
}

// put saves the damaged file as evidence and stores the right bytes.
func (w *run) put(ctx context.Context, hash manifest.Hash, b []byte) error {
	if err := w.evidence.saveFile(ctx, w.r.Blobs, blob.CASName(hash.String())); err != nil {
		return err
	}
	_, err := w.r.Blobs.Put(ctx, bytes.NewReader(b), 0)
	return err
}

// findFile searches the other sources for a file; it returns nil if none has the right bytes.
func (r *Repairer) findFile(ctx context.Context, hash manifest.Hash) ([]byte, error) {
	for _, source := range r.Sources {
		if b, err := source.Bytes(ctx, hash.String(), maxBody); err == nil && manifest.Sum(b) == hash {
			return b, nil
		}
	}
	return nil, ctx.Err()
}

// chunkList computes the chunk list of a file again; it returns nil if the hash of the list is not want.
func (r *Repairer) chunkList(ctx context.Context, file, want manifest.Hash) ([]byte, error) {
	f, err := r.Blobs.Get(ctx, file.String())
	if err != nil {
		return nil, unlessDamage(ctx, err)
	}
	defer f.Close()
	list, _, err := publish.ChunkHashes(f)
	if err != nil {
		return nil, unlessDamage(ctx, err)
	}
	if manifest.Sum(list) != want {
		return nil, nil
	}
	return list, nil
}

func (w *run) lostFile(ctx context.Context, p *object) error {
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

// users returns number and title of the items that use a file.
func (r *Repairer) users(ctx context.Context, hash manifest.Hash) ([]string, error) {
	return r.Published.ItemsWithFile(ctx, hash.String())
}

// Files repairs the files of the library that no page uses: originals of imports, pictures of drafts. It reads every
// stored file. Files without another copy are reported with the items that use them.
func (r *Repairer) Files(ctx context.Context, dry bool) (rep Report, err error) {
	defer fault.Annotate(&err, "repair.Files")
	unlock, err := r.lock(ctx, dry)
	if err != nil {
		return rep, err
	}
	defer unlock()
	w := &run{r: r, dry: dry, evidence: evidenceFolder{dir: r.Evidence, at: r.Now()}}
	w.rep.Dry = dry
	checked := map[manifest.Hash]bool{}
	check := func(text string) error {
		hash, err := manifest.ParseHash(text)
		if err != nil || hash.IsZero() || checked[hash] {
			return nil
		}
		checked[hash] = true
		w.rep.Checked++
		good, err := r.fileIntact(ctx, hash)
		if err != nil || good {
			return err
		}
		return w.file(ctx, hash)
	}
	for info, err := range r.Blobs.List(ctx, "cas/") {
		if err != nil {
			return w.rep, err
		}
		if err := check(blob.CASHash(info.Name)); err != nil {
			return w.rep, err
		}
	}
	err = r.Published.EachFile(ctx, check)
	w.rep.Evidence = w.evidence.path
	return w.rep, err
}

// file repairs a damaged file. If it has no other copy, it is reported even if no row refers to it, because a page may
// use it.
func (w *run) file(ctx context.Context, hash manifest.Hash) error {
	w.rep.Damaged++
	found, err := w.r.findFile(ctx, hash)
	if err != nil {
		return err
	}
	if found != nil {
		w.rep.Repaired++
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
