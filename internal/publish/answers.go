package publish

import (
	"context"
	"sync"

	"guiyi/internal/publish/manifest"
)

// answers tells what is published already, so that equal pages are not written again.
type answers struct {
	root manifest.Ref
	load manifest.Load
	all  map[string]answer // of the whole tree, for large builds; nil: look each up
}

// answer is what a visitor gets at an address, whenever it was made and wherever its
// bytes lie.
type answer struct {
	status   int
	hash     manifest.Hash
	size     int64
	kind     string // content type and cache class
	location string
}

func answerOf(e *manifest.Entry) answer {
	return answer{e.Status, e.Hash, e.Size, e.Type + "\n" + e.Cache, e.Location}
}

// sameAnswer reports whether two entries give a visitor the same.
func sameAnswer(a, b *manifest.Entry) bool { return answerOf(a) == answerOf(b) }

// newAnswers prepares looking up a number of pages in a tree of count entries.
func newAnswers(ctx context.Context, nodes manifest.NodeReader, root manifest.Ref, count int64, pages int) (answers,
	error) {
	a := answers{root: root, load: keepNodes(nodes)}
	if int64(pages)*4 < count {
		return a, nil
	}
	a.all = make(map[string]answer, count)
	kinds := map[string]string{}
	err := manifest.Walk(ctx, nodes, root, func(e manifest.Entry) error {
		now := answerOf(&e)
		if kept, ok := kinds[now.kind]; ok {
			now.kind = kept
		} else {
			kinds[now.kind] = now.kind
		}
		a.all[e.Path] = now
		return nil
	})
	return a, err
}

func (a *answers) equal(ctx context.Context, e *manifest.Entry) (bool, error) {
	if a.all != nil {
		old, found := a.all[e.Path]
		return found && old == answerOf(e), nil
	}
	old, found, err := manifest.Find(ctx, a.load, a.root, e.Path)
	return found && sameAnswer(&old, e), err
}

// keepNodes loads nodes and keeps them for one build, in which the same few are asked
// for again and again.
func keepNodes(nodes manifest.NodeReader) manifest.Load {
	var mu sync.Mutex
	kept, load := map[manifest.Hash]*manifest.Node{}, manifest.FromReader(nodes)
	return func(ctx context.Context, r manifest.Ref) (*manifest.Node, error) {
		mu.Lock()
		n := kept[r.Hash]
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
		kept[r.Hash] = n
		return n, nil
	}
}
