package publish

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/publish/manifest"
	"guiyi/internal/resource"
)

// media brings the files that pages use into the manifest, and takes those out that no
// page uses any more: the attachment of a withdrawn document must not stay public.
func (b *build) media(ctx context.Context) error {
	used := map[string]resource.Media{}
	rendered := map[string]bool{}
	for _, r := range b.done {
		rendered[r.page.path] = true
		for path, m := range r.media {
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
	return b.dropMedia(ctx, used, rendered)
}

func (b *build) addMedia(ctx context.Context, path string, m resource.Media) error {
	_, found, err := manifest.Get(ctx, b.p.nodes, b.base, path)
	if err != nil || found {
		return err
	}
	hash, err := manifest.ParseHash(m.Hash)
	if err != nil {
		return err
	}
	e := manifest.Entry{Path: path, Status: http.StatusOK, Type: m.Type, Cache: manifest.CacheMedia, Hash: hash, Modified: b.p.Now().UnixMilli()}
	f, err := b.p.Blobs.Get(ctx, m.Hash)
	if err != nil {
		return err
	}
	defer f.Close()
	list, size, err := chunkHashes(f)
	if err != nil {
		return err
	}
	e.Size = size
	if len(list) > sha256.Size*chunksInMiB {
		ref, err := b.p.Blobs.Put(ctx, strings.NewReader(string(list)), int64(len(list)))
		if err != nil {
			return err
		}
		if e.Chunks, err = manifest.ParseHash(ref.Hash); err != nil {
			return err
		}
	}
	b.changes = append(b.changes, manifest.Put(e))
	return nil
}

// chunksInMiB is the number of chunks up to which a file is verified whole.
const chunksInMiB = (1 << 20) / manifest.ChunkSize

// chunkHashes reads a file and returns the concatenated hashes of its chunks.
func chunkHashes(r io.Reader) (list []byte, size int64, err error) {
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

// dropMedia removes files that only the pages rendered now used before, and that none
// of them uses any more.
func (b *build) dropMedia(ctx context.Context, used map[string]resource.Media, rendered map[string]bool) error {
	if b.seq == 0 && b.root != nil {
		return nil
	}
	var before []depRow
	for chunk := range slices.Chunk(keys(rendered), 400) {
		var rows []depRow
		err := b.p.DB.Read().NewSelect().Model(&rows).Where("site_id = ? AND path IN (?) AND dep >= 'media:' AND dep < 'media;'", b.state.SiteID, bun.List(chunk)).Scan(ctx)
		if err != nil {
			return err
		}
		before = append(before, rows...)
	}
	for _, d := range before {
		path := strings.TrimPrefix(d.Dep, "media:")
		if _, still := used[path]; still {
			continue
		}
		used[path] = resource.Media{} // look once
		var others []string
		if err := b.p.DB.Read().NewSelect().Model((*depRow)(nil)).Column("path").Where("site_id = ? AND dep = ?", b.state.SiteID, d.Dep).Scan(ctx, &others); err != nil {
			return err
		}
		if !slices.ContainsFunc(others, func(p string) bool { return !rendered[p] }) {
			b.changes = append(b.changes, manifest.Remove(path))
		}
	}
	return nil
}

func keys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
