package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
)

func newSigner(t testing.TB, suite string) (crypto.Signer, *crypto.Ring) {
	t.Helper()
	s, err := crypto.LoadOrCreateSigner(t.TempDir(), suite)
	if err != nil {
		t.Fatal(err)
	}
	ring := crypto.NewRing()
	if _, err := ring.Add(suite, s.Public()); err != nil {
		t.Fatal(err)
	}
	return s, ring
}

func chain(t testing.TB, s crypto.Signer, n int) []Head {
	t.Helper()
	var out []Head
	for i := range n {
		h := Head{Site: "qinghe", Hosts: []string{"www.qinghe.gov.cn"}, State: "running", Revision: int64(i + 1),
			Root:  Ref{Sum([]byte{byte(i)}), Loc{"pack/qinghe/1", 5, 6}},
			Count: 3, At: 1795000000000 + int64(i), Note: "发布 <1> 条 & 更新"}
		if i > 0 {
			h.Prev = out[i-1].Hash()
		}
		if err := h.Sign(s); err != nil {
			t.Fatal(err)
		}
		out = append(out, h)
	}
	return out
}

func TestHeadSignAndParse(t *testing.T) {
	for _, suite := range crypto.Suites() {
		s, ring := newSigner(t, suite)
		h := chain(t, s, 1)[0]
		b := h.Encode()
		got, err := ParseHead(append(b, '\n'))
		if err != nil {
			t.Fatal(err)
		}
		if err := got.Verify(ring); err != nil || got.Hash() != h.Hash() {
			t.Errorf("%s: %v", suite, err)
		}
		if std, _ := json.Marshal(h); !bytes.Equal(std, b) {
			t.Errorf("json.Marshal and Encode differ")
		}
		_, other := newSigner(t, suite)
		if err := got.Verify(other); !fault.Is(err, fault.Forbidden) || !errors.Is(err, crypto.ErrSignature) {
			t.Errorf("foreign key: %v", err)
		}
	}
}

func TestHeadEveryFieldIsSigned(t *testing.T) {
	s, ring := newSigner(t, crypto.Ed25519)
	for name, change := range map[string]func(*Head){
		"site":    func(h *Head) { h.Site = "other" },
		"hosts":   func(h *Head) { h.Hosts = nil },
		"default": func(h *Head) { h.Default = true },
		"state":   func(h *Head) { h.State = "closed" },
		"rev":     func(h *Head) { h.Revision, h.Prev = 2, Sum(nil) },
		"root":    func(h *Head) { h.Root.Hash[0]++ },
		"loc":     func(h *Head) { h.Root.Loc.Off++ },
		"count":   func(h *Head) { h.Count++ },
		"at":      func(h *Head) { h.At++ },
		"note":    func(h *Head) { h.Note = "" },
		"key":     func(h *Head) { h.Key = "0011223344556677" },
		"suite":   func(h *Head) { h.Suite = crypto.SM2 },
		"sig":     func(h *Head) { h.Sig = nil },
	} {
		h := chain(t, s, 1)[0]
		before := h.Hash()
		change(&h)
		if err := h.Verify(ring); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
		if name != "sig" && h.Hash() == before {
			t.Errorf("%s is not in the hash", name)
		}
	}
}

func TestParseHeadRefusesOtherSpellings(t *testing.T) {
	s, _ := newSigner(t, crypto.Ed25519)
	good := string(chain(t, s, 1)[0].Encode())
	for name, b := range map[string]string{
		"blank":          " " + good,
		"rest":           good + "{}",
		"unknown":        strings.Replace(good, `{"site"`, `{"x":1,"site"`, 1),
		"twice":          strings.Replace(good, `{"site"`, `{"site":"a","site"`, 1),
		"null hosts":     strings.Replace(good, `["www.qinghe.gov.cn"]`, `null`, 1),
		"upper host":     strings.Replace(good, `www.q`, `WWW.q`, 1),
		"not json":       good[1:],
		"other case":     strings.Replace(good, `"site"`, `"Site"`, 1),
		"huge":           strings.Repeat("x", maxHead+1),
		"port":           strings.Replace(good, `gov.cn"`, `gov.cn:80"`, 1),
		"site":           strings.Replace(good, `"site":"qinghe"`, `"site":"../qinghe"`, 1),
		"rev":            strings.Replace(good, `"revision":1`, `"revision":0`, 1),
		"no entries":     strings.Replace(good, `"count":3`, `"count":0`, 1),
		"without a prev": strings.Replace(good, `"revision":1`, `"revision":2`, 1),
	} {
		if _, err := ParseHead([]byte(b)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParseHead(f *testing.F) {
	s, _ := newSigner(f, crypto.Ed25519)
	f.Add(chain(f, s, 1)[0].Encode())
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := ParseHead(b); err == nil && !bytes.Equal(h.Encode(), bytes.TrimSuffix(b, []byte("\n"))) {
			t.Errorf("two spellings of a head: %q", b)
		}
	})
}

func seq(heads []Head) iter.Seq2[Head, error] {
	return func(yield func(Head, error) bool) {
		for _, h := range heads {
			if !yield(h, nil) {
				return
			}
		}
	}
}

func TestVerifyLedger(t *testing.T) {
	s, ring := newSigner(t, crypto.Ed25519)
	forger, _ := newSigner(t, crypto.Ed25519)
	resign := func(h *Head, by crypto.Signer) {
		if err := h.Sign(by); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		change func([]Head) []Head
		good   int64
	}{
		"whole":        {func(h []Head) []Head { return h }, 5},
		"empty":        {func(h []Head) []Head { return nil }, 0},
		"head cut":     {func(h []Head) []Head { return h[1:] }, -1},
		"gap":          {func(h []Head) []Head { return append(h[:2:2], h[3:]...) }, -3},
		"edited":       {func(h []Head) []Head { h[2].Note = "x"; return h }, -3},
		"forged":       {func(h []Head) []Head { resign(&h[2], forger); return h }, -3},
		"rewritten":    {func(h []Head) []Head { h[2].Note = "x"; resign(&h[2], s); return h }, -4},
		"other site":   {func(h []Head) []Head { h[4].Site = "county"; resign(&h[4], s); return h }, -5},
		"back in time": {func(h []Head) []Head { h[4].At = 1; resign(&h[4], s); return h }, -5},
		"twice":        {func(h []Head) []Head { return append(h, h[4]) }, -6},
	} {
		report, err := VerifyLedger(ring, seq(tc.change(chain(t, s, 5))))
		want := tc.good
		if want < 0 {
			want = -want - 1
		}
		if (err == nil) != (tc.good >= 0) || report.Good != want {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
	broken := func(yield func(Head, error) bool) { yield(Head{}, errors.New("disk")) }
	if _, err := VerifyLedger(ring, broken); err == nil {
		t.Error("an unreadable ledger passed")
	}
}

func TestProofs(t *testing.T) {
	for _, size := range []int{0, 1, 64, 65, 3000} {
		m := newMemory("p")
		root, _ := mustApply(t, m, Ref{}, pages(0, size))
		for _, i := range []int{0, size - 1, size, size + 7} {
			want := page(max(i, 0), "")
			p, err := Prove(t.Context(), m, root, want.Path)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := json.Marshal(p)
			if len(b) > 40<<10 {
				t.Errorf("proof of %d bytes", len(b))
			}
			var back Proof
			if err := json.Unmarshal(b, &back); err != nil {
				t.Fatal(err)
			}
			got, ok, err := VerifyProof(root.Hash, want.Path, back)
			if err != nil || ok != (i >= 0 && i < size) || ok && got.Hash != want.Hash {
				t.Errorf("size %d, page %d: %v %v", size, i, ok, err)
			}
			tamperProof(t, root.Hash, want.Path, p)
		}
	}
}

func tamperProof(t *testing.T, root Hash, path string, p Proof) {
	t.Helper()
	for i := range p.Nodes {
		for _, at := range []int{0, 2, 10, len(p.Nodes[i]) - 1} {
			p.Nodes[i][at] ^= 4
			if _, _, err := VerifyProof(root, path, p); err == nil {
				t.Errorf("node %d byte %d changed: accepted", i, at)
			}
			p.Nodes[i][at] ^= 4
		}
		if _, _, err := VerifyProof(root, path, Proof{p.Nodes[:i]}); err == nil {
			t.Error("shortened proof accepted")
		}
	}
	if _, _, err := VerifyProof(root, path, Proof{append(p.Nodes[:len(p.Nodes):len(p.Nodes)], []byte{1})}); err == nil {
		t.Error("proof with a surplus accepted")
	}
	if _, _, err := VerifyProof(Sum([]byte("other")), path, p); err == nil {
		t.Error("proof holds for another root")
	}
}
