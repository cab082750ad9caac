package manifest

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"guiyi/internal/kernel/fault"
)

// Limits of an entry; text in bytes.
const (
	maxType     = 255
	maxLocation = 2048
	maxPack     = 255
	maxSize     = 1 << 40
	// maxWhole is the maximum size in bytes of a file that is verified as a whole; larger files are verified by chunks.
	maxWhole = 1 << 20
	// ChunkSize is the size of the chunks of a large file, in bytes.
	ChunkSize = 256 << 10
)

// Cache classes: how long clients and proxies may cache the bytes.
const (
	CachePage  = "page"  // HTML: revalidated on each request
	CacheAsset = "asset" // address changes with the content
	CacheMedia = "media" // address changes with the content
	CacheFeed  = "feed"  // minutes
)

// Content encodings of variants, in the order in which an entry lists them.
const (
	Brotli = "br"
	Gzip   = "gzip"
	Zstd   = "zstd"
)

// Variant is a precompressed form of an entry's bytes.
type Variant struct {
	Encoding string
	Hash     Hash // of the compressed bytes
	Loc      Loc
}

// Entry describes the response at one path.
type Entry struct {
	Path   string
	Status int    // 200, 301, 302, 404, 410 or 503
	Type   string // Content-Type; empty if there is no body
	Cache  string // cache class; empty if there is no body
	Hash   Hash   // of the body; zero if there is none: in redirects, and in 404, 410 and 503 without a page
	Size   int64
	Loc    Loc
	// Variants are sorted by encoding: br, gzip, zstd.
	Variants []Variant
	// Chunks is the hash of the chunk list, a blob with the SHA-256 of each chunk of ChunkSize bytes. It is set if and
	// only if Size is above 1 MiB.
	Chunks   Hash
	Location string // target of a redirect: a path or an absolute http(s) address
	Modified int64  // unix milliseconds
}

// HasBody reports whether the entry has a body.
func (e *Entry) HasBody() bool { return !e.Hash.IsZero() }

// Equal reports whether two entries are equal, including locations.
func (e *Entry) Equal(o *Entry) bool {
	return slices.Equal(e.Variants, o.Variants) && e.Loc == o.Loc && e.sameContent(o)
}

// sameContent reports whether two entries are equal except for locations.
func (e *Entry) sameContent(o *Entry) bool {
	return e.Path == o.Path && e.Status == o.Status && e.Type == o.Type && e.Cache == o.Cache && e.Hash == o.Hash &&
		e.Size == o.Size && e.Chunks == o.Chunks && e.Location == o.Location && e.Modified == o.Modified &&
		slices.EqualFunc(e.Variants, o.Variants, func(a, b Variant) bool {
			return a.Encoding == b.Encoding &&
				a.Hash == b.Hash
		})
}

// Validate returns an error if a field of the entry is invalid.
func (e *Entry) Validate() error {
	if err := CheckPath(e.Path); err != nil {
		return err
	}
	reason := e.bodyFault()
	if reason == "" {
		reason = e.statusFault()
	}
	if reason == "" && (e.Modified < 0 || e.Modified > maxSize<<10) {
		reason = "修改时间无效"
	}
	if reason != "" {
		return fault.New(fault.Invalid, "发布清单条目 %.200q 无效：%s", e.Path, reason)
	}
	return nil
}

func (e *Entry) statusFault() string {
	redirect := e.Status == http.StatusMovedPermanently || e.Status == http.StatusFound
	switch e.Status {
	case http.StatusOK:
		if !e.HasBody() {
			return "缺少内容散列"
		}
	case http.StatusNotFound, http.StatusGone, http.StatusServiceUnavailable:
	default:
		if !redirect {
			return "状态码只能是 200、301、302、404、410、503"
		}
	}
	if strings.Contains(e.Path, "?") && !redirect && e.Status != http.StatusGone {
		return "带查询串的地址只能用于跳转或 410"
	}
	if !redirect {
		if e.Location != "" {
			return "只有跳转才有目标地址"
		}
		return ""
	}
	if e.HasBody() {
		return "跳转不能带内容"
	}
	return locationFault(e.Location)
}

func locationFault(l string) string {
	local := strings.HasPrefix(l, "/") && !strings.HasPrefix(l, "//")
	if !local && !strings.HasPrefix(l, "https://") && !strings.HasPrefix(l, "http://") {
		return "跳转目标应为本站路径或 http(s) 地址"
	}
	if len(l) > maxLocation || !utf8.ValidString(l) || strings.Contains(l, "\\") ||
		strings.ContainsFunc(l, func(r rune) bool { return r <= 0x20 || r == 0x7f }) {
		return "跳转目标过长或含有空格、控制字符、反斜杠"
	}
	return ""
}

func (e *Entry) bodyFault() string {
	if !e.HasBody() {
		if e.Type != "" || e.Cache != "" || e.Size != 0 || e.Loc != (Loc{}) || len(e.Variants) > 0 ||
			!e.Chunks.IsZero() {
			return "没有内容却有内容的属性"
		}
		return ""
	}
	switch {
	case e.Type == "" || len(e.Type) > maxType || !printable(e.Type):
		return "内容类型为空、过长或含有控制字符"
	case cacheCode(e.Cache) == 0:
		return "缓存类别只能是 page、asset、media、feed"
	case e.Size < 0 || e.Size > maxSize:
		return "大小超出范围"
	case !e.Loc.valid() || e.Loc.Pack != "" && e.Loc.Len != e.Size:
		return "存放位置与大小不符"
	case e.Chunks.IsZero() != (e.Size <= maxWhole):
		return "超过 1 MiB 的文件须有分块散列表，其他文件不得有"
	case e.Size > maxWhole && len(e.Variants) > 0:
		return "超过 1 MiB 的文件不能有压缩副本"
	}
	last := byte(0)
	for _, v := range e.Variants {
		code := encodingCode(v.Encoding)
		if code <= last || v.Hash.IsZero() || !v.Loc.valid() {
			return "压缩副本无效、重复或次序不对（br、gzip、zstd）"
		}
		last = code
	}
	return ""
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f })
}

// The codes below are part of the node format: new ones are only appended.

func cacheCode(s string) byte { return code(s, CachePage, CacheAsset, CacheMedia, CacheFeed) }
func cacheName(c byte) (string, bool) {
	return name(c, CachePage, CacheAsset, CacheMedia, CacheFeed)
}
func encodingCode(s string) byte          { return code(s, Brotli, Gzip, Zstd) }
func encodingName(c byte) (string, bool)  { return name(c, Brotli, Gzip, Zstd) }
func code(s string, names ...string) byte { return byte(slices.Index(names, s) + 1) }
func name(c byte, names ...string) (string, bool) {
	if c == 0 || int(c) > len(names) {
		return "", false
	}
	return names[c-1], true
}
