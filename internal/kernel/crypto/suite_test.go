package crypto

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"

	"guiyi/internal/kernel/fault"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The two examples of GB/T 32905-2016, annex A.
func TestSM3Vectors(t *testing.T) {
	for in, want := range map[string]string{
		"abc":                      "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		strings.Repeat("abcd", 16): "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
	} {
		if got := sm3.Sum([]byte(in)); hex.EncodeToString(got[:]) != want {
			t.Errorf("SM3(%q) = %x, want %s", in, got, want)
		}
	}
}

// The signature example of GB/T 32918.5-2017, annex A.2: curve, message, default id, r and s as printed there.
func TestSM2StandardSignature(t *testing.T) {
	public := unhex(t, "04"+
		"09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"+
		"CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13")
	sig := unhex(t, "3046"+
		"022100F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"+
		"022100B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
	ring := NewRing()
	id, err := ring.Add(SM2, public)
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Verify(SM2, id, []byte("message digest"), sig); err != nil {
		t.Errorf("the signature of the standard is refused: %v", err)
	}
	key, err := sm2.NewPrivateKey(unhex(t, "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"))
	if err != nil {
		t.Fatal(err)
	}
	if s := (sm2Signer{key}); !slices.Equal(s.Public(), public) {
		t.Errorf("public key of the standard's private key = %x", s.Public())
	}
}

// RFC 8032, 7.1, test 1.
func TestEd25519StandardSignature(t *testing.T) {
	s := edSigner{ed25519.NewKeyFromSeed(unhex(t, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))}
	if want := unhex(t, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"); !slices.Equal(s.Public(),
		want) {
		t.Errorf("public = %x", s.Public())
	}
	sig, _ := s.Sign(nil)
	if want := unhex(t,
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"); !slices.Equal(sig, want) {
		t.Errorf("signature = %x", sig)
	}
}

func TestVerifyRefusesEveryChange(t *testing.T) {
	for _, suite := range Suites() {
		t.Run(suite, func(t *testing.T) {
			s, err := newSigner(suite)
			if err != nil {
				t.Fatal(err)
			}
			other, err := newSigner(suite)
			if err != nil {
				t.Fatal(err)
			}
			ring := NewRing()
			id, err := ring.Add(suite, s.Public())
			if err != nil || id != s.KeyID() || len(id) != 16 {
				t.Fatalf("Add = %q, %v; key id %q", id, err, s.KeyID())
			}
			msg := []byte("清河市人民政府 第18号")
			sig, err := s.Sign(msg)
			if err != nil {
				t.Fatal(err)
			}
			if err := ring.Verify(suite, id, msg, sig); err != nil {
				t.Fatalf("good signature refused: %v", err)
			}
			refuse := func(what, suite, id string, msg, sig []byte) {
				t.Helper()
				err := ring.Verify(suite, id, msg, sig)
				if !errors.Is(err, ErrSignature) || !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s: err = %v, want a refusal", what, err)
				}
			}
			for i := range msg {
				bad := slices.Clone(msg)
				bad[i] ^= 1
				refuse("message changed", suite, id, bad, sig)
			}
			for i := range sig {
				bad := slices.Clone(sig)
				bad[i] ^= 1
				refuse("signature changed", suite, id, msg, bad)
				refuse("signature cut", suite, id, msg, sig[:i])
			}
			refuse("signature extended", suite, id, msg, append(slices.Clone(sig), 0))
			refuse("message extended", suite, id, append(slices.Clone(msg), 0), sig)
			refuse("unknown key", suite, other.KeyID(), msg, sig)
			refuse("empty key", suite, "", msg, sig)
			if _, err := ring.Add(suite, other.Public()); err != nil {
				t.Fatal(err)
			}
			refuse("other trusted key", suite, other.KeyID(), msg, sig)
			for _, wrong := range []string{"", "none", "ED25519", Suites()[0], Suites()[1]} {
				if wrong != suite {
					refuse("suite "+wrong, wrong, id, msg, sig)
				}
			}
		})
	}
}

func TestRingRefusesBadKeys(t *testing.T) {
	ring := NewRing()
	for name, c := range map[string]struct {
		suite  string
		public []byte
		kind   fault.Kind
	}{
		"short ed25519":         {Ed25519, make([]byte, 31), fault.Invalid},
		"sm2 point as ed25519":  {Ed25519, make([]byte, 65), fault.Invalid},
		"empty sm2":             {SM2, nil, fault.Invalid},
		"infinity":              {SM2, []byte{0}, fault.Invalid},
		"not on the curve":      {SM2, append([]byte{4}, make([]byte, 64)...), fault.Invalid},
		"compressed point":      {SM2, append([]byte{2}, make([]byte, 32)...), fault.Invalid},
		"no such suite":         {"rsa", make([]byte, 32), fault.Unsupported},
		"empty suite":           {"", make([]byte, 32), fault.Unsupported},
		"ed25519 bytes for sm2": {SM2, make([]byte, 32), fault.Invalid},
	} {
		if id, err := ring.Add(c.suite, c.public); id != "" || !fault.Is(err, c.kind) {
			t.Errorf("%s: Add = %q, %v", name, id, err)
		}
	}
	if ids := ring.KeyIDs(); len(ids) != 0 {
		t.Errorf("bad keys are trusted: %v", ids)
	}
	if _, err := newSigner("rsa"); !fault.Is(err, fault.Unsupported) {
		t.Errorf("newSigner(rsa) = %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	s, err := newSigner(SM2)
	if err != nil {
		f.Fatal(err)
	}
	ring := NewRing()
	id, err := ring.Add(SM2, s.Public())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("a"), []byte("\x30\x06\x02\x01\x01\x02\x01\x01"))
	f.Add([]byte(""), []byte{})
	f.Fuzz(func(t *testing.T, msg, sig []byte) {
		if ring.Verify(SM2, id, msg, sig) == nil {
			t.Fatal("a signature nobody made is accepted")
		}
	})
}

// Two signatures of the same message may differ (sm2) or not (ed25519), but both are valid.
func TestSignTwice(t *testing.T) {
	for _, suite := range Suites() {
		s, err := newSigner(suite)
		if err != nil {
			t.Fatal(err)
		}
		ring := NewRing()
		for range 2 { // adding a key again changes nothing
			if _, err := ring.Add(suite, s.Public()); err != nil {
				t.Fatal(err)
			}
		}
		if ids := ring.KeyIDs(); len(ids) != 1 || ids[0] != s.KeyID() {
			t.Errorf("%s: keys = %v", suite, ids)
		}
		for _, msg := range [][]byte{nil, {}, []byte("x"), make([]byte, 1<<20)} {
			for range 2 {
				sig, err := s.Sign(msg)
				if err != nil {
					t.Fatal(err)
				}
				if err := ring.Verify(suite, s.KeyID(), msg, sig); err != nil {
					t.Errorf("%s: message of %d bytes: %v", suite, len(msg), err)
				}
			}
		}
		s.Public()[0] ^= 1 // changing the returned copy has no effect
		if KeyID(s.Public()) != s.KeyID() || s.KeyID() != ring.KeyIDs()[0] {
			t.Errorf("%s: the key changed through Public", suite)
		}
	}
}
