package manifest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
)

// Limits of a head; text in bytes.
const (
	maxHead  = 64 << 10
	maxSite  = 63
	maxHosts = 256
	maxHost  = 253
	maxState = 32
	maxNote  = 1024
	// signContext separates signatures of heads from all other signatures of the same key.
	signContext = "guiyi manifest head 1\n"
)

// Head describes one revision of a site: the hosts answer with the tree at Root. It is signed. The order of the
// fields is the canonical order of the JSON form.
type Head struct {
	Site     string   `json:"site"`     // site code
	Hosts    []string `json:"hosts"`    // lower case, sorted, without port
	Default  bool     `json:"default"`  // also answers for localhost and IP addresses
	State    string   `json:"state"`    // life-cycle state of the site: running, closed…
	Revision int64    `json:"revision"` // 1, 2, 3…
	Root     Ref      `json:"root"`
	Count    int64    `json:"count"` // number of entries of the tree
	Prev     Hash     `json:"prev"`  // Hash() of the previous head, zero for revision 1
	At       int64    `json:"at"`    // creation time, unix milliseconds
	Note     string   `json:"note"`
	Suite    string   `json:"suite"`
	Key      string   `json:"key"` // id of the signing key
	Sig      []byte   `json:"sig,omitempty"`
}

// Encode returns the canonical JSON form, which is the output of json.Marshal.
func (h Head) Encode() []byte {
	if h.Hosts == nil {
		h.Hosts = []string{}
	}
	b, err := json.Marshal(h)
	if err != nil { // strings, numbers and bytes always marshal
		return nil
	}
	return b
}

// ParseHead parses the canonical form, which may be followed by one line feed. Other JSON forms of the same head are
// rejected, so that a head has one hash. It does not check the signature.
func ParseHead(b []byte) (Head, error) {
	b = bytes.TrimSuffix(b, []byte("\n"))
	if len(b) > maxHead {
		return Head{}, fault.New(fault.TooLarge, "发布清单首部超过 64 KiB")
	}
	var h Head
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil {
		return Head{}, fault.Wrap(fault.Invalid, err, "发布清单首部不是有效的 JSON")
	}
	if !bytes.Equal(h.Encode(), b) {
		return Head{}, fault.New(fault.Invalid, "发布清单首部不是规范形式，可能被手工改动")
	}
	return h, h.Validate()
}

// signed returns the bytes covered by the signature and by Hash: everything but the signature.
func (h Head) signed() []byte {
	h.Sig = nil
	return append([]byte(signContext), h.Encode()...)
}

// Hash returns the hash of the head in the chain. It does not cover the signature.
func (h Head) Hash() Hash { return Sum(h.signed()) }

// Sign validates the head, sets Suite and Key and signs it.
func (h *Head) Sign(s crypto.Signer) error {
	h.Suite, h.Key, h.Sig = s.Suite(), s.KeyID(), nil
	if err := h.Validate(); err != nil {
		return err
	}
	sig, err := s.Sign(h.signed())
	if err != nil {
		return fault.Wrap(fault.KindOf(err), err, "无法签署站点 %s 的第 %d 版发布清单", h.Site, h.Revision)
	}
	h.Sig = sig
	return nil
}

// Verify validates the head and checks its signature with the trusted keys.
func (h Head) Verify(ring *crypto.Ring) error {
	if err := h.Validate(); err != nil {
		return err
	}
	if err := ring.Verify(h.Suite, h.Key, h.signed(), h.Sig); err != nil {
		return fault.Wrap(fault.Forbidden, err, "站点 %s 第 %d 版发布清单的签名无效", h.Site, h.Revision)
	}
	return nil
}

// Follows returns an error unless h is the next revision after prev.
func (h Head) Follows(prev Head) error {
	switch {
	case h.Site != prev.Site:
		return fault.New(fault.Conflict, "站点 %q 的发布清单不能接在站点 %q 之后", h.Site, prev.Site)
	case h.Revision != prev.Revision+1:
		return fault.New(fault.Conflict, "站点 %s 的发布清单版本不连续：第 %d 版之后是第 %d 版", h.Site, prev.Revision, h.Revision)
	case h.Prev != prev.Hash():
		return fault.New(fault.Conflict, "站点 %s 第 %d 版发布清单没有接在现有的第 %d 版之后，链条已分叉或被改动", h.Site, h.Revision, prev.Revision)
	}
	return nil
}

// Validate returns an error if a field of the head is invalid.
func (h Head) Validate() error {
	reason := ""
	switch {
	case !SiteCode(h.Site):
		reason = "站点代码只能含小写字母、数字和连字符"
	case len(h.Hosts) > maxHosts || !slices.IsSorted(h.Hosts) ||
		len(slices.Compact(slices.Clone(h.Hosts))) != len(h.Hosts):
		reason = "域名过多、未排序或重复"
	case slices.ContainsFunc(h.Hosts, func(s string) bool { return !validHost(s) }):
		reason = "域名无效，应为小写且不带端口"
	case h.State == "" || len(h.State) > maxState || strings.Trim(h.State, "abcdefghijklmnopqrstuvwxyz_") != "":
		reason = "站点状态无效"
	case h.Revision < 1 || h.Prev.IsZero() != (h.Revision == 1):
		reason = "版本号与前版散列不符"
	case h.Count < 0 || h.Root.Hash.IsZero() != (h.Count == 0) || !h.Root.Loc.valid():
		reason = "根节点与条目数不符"
	case h.At <= 0:
		reason = "缺少生成时间"
	case len(h.Note) > maxNote || !utf8.ValidString(h.Note):
		reason = "说明过长或不是 UTF-8"
	case !printable(h.Suite) || len(h.Suite) > maxState || !printable(h.Key) || len(h.Key) > maxState*2:
		reason = "签名套件或密钥编号无效"
	}
	if reason != "" {
		return fault.New(fault.Invalid, "站点 %.80q 的发布清单首部无效：%s", h.Site, reason)
	}
	return nil
}

// SiteCode reports whether s can be a site code: a-z, 0-9 and inner hyphens, at most 63 bytes.
func SiteCode(s string) bool { return len(s) <= maxSite && validLabel(s) }

func validHost(s string) bool {
	if len(s) > maxHost {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !validLabel(label) || len(label) > maxSite {
			return false
		}
	}
	return true
}

func validLabel(s string) bool {
	return s != "" && s[0] != '-' && s[len(s)-1] != '-' && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
}

// NextTime returns the time for the head after h, in unix milliseconds: now, or one millisecond after h if the clock is
// behind h. A chain with decreasing times is invalid.
func (h Head) NextTime(now time.Time) int64 { return max(now.UnixMilli(), h.At+1) }
