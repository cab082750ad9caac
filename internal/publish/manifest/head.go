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

// Head is one revision of a site: the signed statement that the tree at Root answers for the hosts. Field order is the
// canonical order of its JSON form.
type Head struct {
	Site     string   `json:"site"`     // site code
	Hosts    []string `json:"hosts"`    // lower case, sorted, without port
	Default  bool     `json:"default"`  // answers for a bare localhost or address
	State    string   `json:"state"`    // life-cycle state of the site: running, closed…
	Revision int64    `json:"revision"` // from 1, grows by one
	Root     Ref      `json:"root"`
	Count    int64    `json:"count"` // entries of the tree
	Prev     Hash     `json:"prev"`  // Hash() of the head before, zero for revision 1
	At       int64    `json:"at"`    // when it was made, unix milliseconds
	Note     string   `json:"note"`
	Suite    string   `json:"suite"`
	Key      string   `json:"key"` // id of the signing key
	Sig      []byte   `json:"sig,omitempty"`
}

// Encode returns the canonical JSON form. json.Marshal of a head gives the same.
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

// ParseHead reads the canonical form, with at most a line end after it. Any other spelling of the same head is refused,
// so that one head has one hash. The signature is not checked here.
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

// signed is what the signature and the hash cover: everything but the signature.
func (h Head) signed() []byte {
	h.Sig = nil
	return append([]byte(signContext), h.Encode()...)
}

// Hash names the head in the chain. It does not cover the signature.
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

// Verify checks the head's form and its signature against the trusted keys.
func (h Head) Verify(ring *crypto.Ring) error {
	if err := h.Validate(); err != nil {
		return err
	}
	if err := ring.Verify(h.Suite, h.Key, h.signed(), h.Sig); err != nil {
		return fault.Wrap(fault.Forbidden, err, "站点 %s 第 %d 版发布清单的签名无效", h.Site, h.Revision)
	}
	return nil
}

// Follows checks that h is the revision right after prev.
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

// Validate says what is wrong with the form of the head.
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

// NextTime is the time of the head that comes after h, in unix milliseconds: now, or one millisecond after h when the
// clock says that now is earlier. A chain whose times fall is refused by everybody who verifies it.
func (h Head) NextTime(now time.Time) int64 { return max(now.UnixMilli(), h.At+1) }
