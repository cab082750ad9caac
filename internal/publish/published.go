package publish

import (
	"context"
	"sync"

	"guiyi/internal/publish/manifest"
)

// publishedEntries compares rendered pages with a published tree, so that unchanged pages are not written again.
type publishedEntries struct {
	root manifest.Ref
	load manifest.Load
	all  map[string]response // by path, the whole tree; nil: every page is looked up in the tree
}

// response is what a visitor gets at an address. It leaves out the time of the last change and the location of the
// bytes, so responses with the same content are equal.
type response struct {
	status   int
	hash     manifest.Hash
	size     int64  // bytes
	kind     string // content type and cache class
	location string
}

func responseOf(e *manifest.Entry) response {
	return response{e.Status, e.Hash, e.Size, e.Type + "\n" + e.Cache, e.Location}
}

// sameResponse reports whether a visitor gets the same from two entries.
func sameResponse(a, b *manifest.Entry) bool { return responseOf(a) == responseOf(b) }

// newPublishedEntries prepares the comparison of a number of pages with a tree of count entries. For a quarter of the
// tree or more it reads the whole tree at once.
func newPublishedEntries(ctx context.Context, nodes manifest.NodeReader, root manifest.Ref, count int64,
	pages int) (publishedEntries, error) {
	p := publishedEntries{root: root, load: cacheNodes(nodes)}
	if int64(pages)*4 < count {
		return p, nil
	}
	p.all = make(map[string]response, count)
	kinds := map[string]string{} // one string for all entries of a kind, to save memory
	err := manifest.Walk(ctx, nodes, root, func(e manifest.Entry) error {
		r := responseOf(&e)
		if shared, ok := kinds[r.kind]; ok {
			r.kind = shared
		} else {
			kinds[r.kind] = r.kind
		}
		p.all[e.Path] = r
		return nil
	})
	return p, err
}

// equal reports whether the entry with the same path gives the same response.
func (p *publishedEntries) equal(ctx context.Context, e *manifest.Entry) (bool, error) {
	if p.all != nil {
		old, found := p.all[e.Path]
		return found && old == responseOf(e), nil
	}
	old, found, err := manifest.Find(ctx, p.load, p.root, e.Path)
	return found && sameResponse(&old, e), err
}

// has reports whether anything is published at a path.
func (p *publishedEntries) has(ctx context.Context, path string) (bool, error) {
	if p.all != nil {
		_, found := p.all[path]
		return found, nil
	}
	_, found, err := manifest.Find(ctx, p.load, p.root, path)
	return found, err
}

// cacheNodes returns a loader that caches decoded nodes for one build.
func cacheNodes(nodes manifest.NodeReader) manifest.Load {
	var mu sync.Mutex
	cached, load := map[manifest.Hash]*manifest.Node{}, manifest.FromReader(nodes)
	return func(ctx context.Context, r manifest.Ref) (*manifest.Node, error) {
		mu.Lock()
		n := cached[r.Hash]
		mu.Unlock()
		if n != nil {
			return n, nil
		}
		n, err := load(ctx, r)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		cached[r.Hash] = n
		return n, nil
	}
}
