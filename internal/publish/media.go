package publish

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource"
)

// media brings the files that pages use into the manifest, and takes those out that no
// page uses any more: the attachment of a withdrawn document must not stay public.
func (b *build) media(ctx context.Context) error {
	used := map[string]resource.Media{}
	rendered := map[string]bool{}
	for i := range b.done {
		rendered[b.done[i].Path] = true
		for path, m := range b.done[i].Media {
			used[path] = m
		}
	}
	for _, path := range b.absent {
		rendered[path] = true
	}
	for path, m := range used {
		if err := b.addMedia(ctx, path, m); err != nil {
			return err
		}
	}
	if b.state.Pinned == ledger.Resuming && !b.overlay() {
		return b.removeOldTree(ctx, used, rendered)
	}
	return b.removeUnusedMedia(ctx, used, rendered)
}

// removeOldTree removes from the tree what the older one left there and today's content does not
// ask for. All pages of the site were rendered in this build, so what they used is all
// that is used. The theme's files stay, as always; so do pages that failed.
func (b *build) removeOldTree(ctx context.Context, used map[string]resource.Media, rendered map[string]bool) error {
	for _, r := range b.failed {
		rendered[r.Path] = true
	}
	return manifest.Walk(ctx, b.p.nodes, b.base, func(e manifest.Entry) error {
		_, wanted := used[e.Path]
		if !wanted && !rendered[e.Path] && !strings.HasPrefix(e.Path, address.Assets) &&
			!(len(b.failed) > 0 && strings.HasPrefix(e.Path, address.Media)) {
			b.changes.Remove(e.Path)
		}
		return nil
	})
}

// addMedia adds a file that is not public yet. A file that storage has lost must not
// hold up the pages that name it: it is left out, and verifying finds it missing.
func (b *build) addMedia(ctx context.Context, path string, m resource.Media) error {
	_, found, err := manifest.Get(ctx, b.p.nodes, b.base, path)
	if err != nil || found {
		return err
	}
	hash, err := manifest.ParseHash(m.Hash)
	if err != nil {
		return err
	}
	e := manifest.Entry{
		Path:     path,
		Status:   http.StatusOK,
		Type:     m.Type,
		Cache:    manifest.CacheMedia,
		Hash:     hash,
		Modified: b.p.Now().UnixMilli(),
	}
	f, err := b.p.Blobs.Get(ctx, m.Hash)
	if fault.Is(err, fault.NotFound) {
		b.p.Log.ErrorContext(ctx, "file is lost from storage and not published", "site", b.result.Site, "path", path)
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if e.Chunks, e.Size, err = b.p.chunkList(ctx, f); err != nil {
		return err
	}
	return b.changes.Put(e)
}

// chunkList reads a file and stores the list of its chunk hashes, unless the file is
// small enough to be verified whole.
func (p *Publisher) chunkList(ctx context.Context, r io.Reader) (list manifest.Hash, size int64, err error) {
	hashes, size, err := ChunkHashes(r)
	if err != nil || size <= maxWhole {
		return list, size, err
	}
	ref, err := p.Blobs.Put(ctx, bytes.NewReader(hashes), int64(len(hashes)))
	if err != nil {
		return list, size, err
	}
	list, err = manifest.ParseHash(ref.Hash)
	return list, size, err
}

// maxWhole is the size up to which a file is verified whole and may have compressed
// forms, in bytes (manifest.Entry).
const maxWhole = 1 << 20

// ChunkHashes reads a file and returns the concatenated hashes of its chunks.
func ChunkHashes(r io.Reader) (list []byte, size int64, err error) {
	buf := make([]byte, manifest.ChunkSize)
	for {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			sum := sha256.Sum256(buf[:n])
			list = append(list, sum[:]...)
			size += int64(n)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return list, size, nil
		}
		if err != nil {
			return nil, 0, err
		}
	}
}

// removeUnusedMedia removes files that only the pages rendered now used before, and that none
// of them uses any more.
func (b *build) removeUnusedMedia(ctx context.Context, used map[string]resource.Media, rendered map[string]bool) error {
	var before []string
	if b.overlay() {
		for _, m := range b.hidden {
			before = append(before, m.Path())
		}
	} else {
		for chunk := range slices.Chunk(slices.Sorted(maps.Keys(rendered)), 400) {
			rows, err := deps.PageRows(ctx, b.p.DB.Read(), b.state.SiteID, chunk)
			if err != nil {
				return err
			}
			for _, row := range rows {
				for _, d := range deps.SplitDeps(row.Deps) {
					if path, ok := strings.CutPrefix(d, page.MediaKey("")); ok {
						before = append(before, path)
					}
				}
			}
		}
	}
	slices.Sort(before)
	for _, path := range slices.Compact(before) {
		if _, still := used[path]; still {
			continue
		}
		elsewhere, err := b.usedElsewhere(ctx, path, rendered)
		if err != nil {
			return err
		}
		if !elsewhere {
			b.changes.Remove(path)
		}
	}
	return nil
}

func (b *build) usedElsewhere(ctx context.Context, path string, rendered map[string]bool) (bool, error) {
	others, err := deps.PathsReading(ctx, b.p.DB.Read(), b.state.SiteID, page.MediaKey(path))
	return slices.ContainsFunc(others, func(p string) bool { return !rendered[p] }), err
}
