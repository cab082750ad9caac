package manifest

import (
	"context"

	"guiyi/internal/kernel/fault"
)

// Proof shows that a path has a certain entry under a root, or none: the cores of the nodes from the root to the path's
// leaf. Together with a signed head it proves publication without the rest of the site.
type Proof struct {
	Nodes [][]byte `json:"nodes"`
}

// Prove makes the proof for a path, whether it is there or not.
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
// without places, and whether the path is there. An error means that the proof proves nothing.
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
