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

// media adds the files that pages use to the manifest, and removes files that no page uses any more: the attachment of
// a withdrawn document must not stay public.
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
	if b.state.Pinned == ledger.Resuming && !b.onOlderTree() {
		return b.removeOldTree(ctx, used, rendered)
	}
	return b.removeUnusedMedia(ctx, used, rendered)
}

// removeOldTree removes the entries of the older tree, to which the site was pinned, that the current content does not
// need. All pages of the site were rendered in this build, so used contains every used file. Files of the theme stay,
// and so do pages that failed; if any failed, all media files stay too.
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

// addMedia adds a file that is not public yet. A file that is missing from the blob store must not block the pages that
// use it: it is left out, and Verify reports it.
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

// chunkList reads a file and stores the list of its chunk hashes, unless the size is at most maxWhole. It returns the
// hash of the list (zero if none was stored) and the size of the file in bytes.
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

// maxWhole is the maximum size in bytes of a file that is verified as a whole and may have compressed forms
// (manifest.Entry).
const maxWhole = 1 << 20

// ChunkHashes reads a file and returns the concatenated SHA-256 hashes of its chunks of manifest.ChunkSize bytes, and
// its size in bytes.
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

// removeUnusedMedia removes files that were used only by pages rendered in this build and that none of them uses any
// more.
func (b *build) removeUnusedMedia(ctx context.Context, used map[string]resource.Media, rendered map[string]bool) error {
	var before []string
	if b.onOlderTree() {
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
