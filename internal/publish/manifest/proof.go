package manifest

import (
	"context"

	"guiyi/internal/kernel/fault"
)

// Proof proves which entry a path has in the tree of a root hash, or that it has none. It consists of the cores of the
// nodes from the root to the leaf of the path. With a signed head it proves that the entry was published.
type Proof struct {
	Nodes [][]byte `json:"nodes"`
}

// Prove returns the proof for a path, which may be missing in the tree.
func Prove(ctx context.Context, r NodeReader, root Ref, path string) (Proof, error) {
	p := Proof{Nodes: [][]byte{}}
	_, _, err := Find(ctx, func(ctx context.Context, ref Ref) (*Node, error) {
		stored, err := r.Node(ctx, ref)
		if err != nil {
			return nil, err
		}
		n, core, err := decode(stored, true)
		if err != nil {
			return nil, err
		}
		if Sum(stored[:core]) != ref.Hash {
			return nil, errNode("内容与散列 %s 不符", ref.Hash)
		}
		p.Nodes = append(p.Nodes, append([]byte(nil), stored[:core]...))
		return n, nil
	}, root, path)
	return p, err
}

// VerifyProof checks a proof against the root hash of a head that the caller has verified. It returns the entry,
// without locations, and whether the tree has the path. An error means that the proof is invalid.
func VerifyProof(root Hash, path string, p Proof) (Entry, bool, error) {
	next := 0
	e, ok, err := Find(context.Background(), func(_ context.Context, ref Ref) (*Node, error) {
		if next == len(p.Nodes) {
			return nil, fault.New(fault.Invalid, "证明不完整：缺少节点 %s", ref.Hash)
		}
		core := p.Nodes[next]
		next++
		n, size, err := decode(core, false)
		if err != nil {
			return nil, err
		}
		if size != len(core) || Sum(core) != ref.Hash {
			return nil, errNode("证明中的内容与散列 %s 不符", ref.Hash)
		}
		return n, nil
	}, Ref{Hash: root}, path)
	if err == nil && next != len(p.Nodes) {
		return Entry{}, false, fault.New(fault.Invalid, "证明含有多余的节点")
	}
	return e, ok, err
}
