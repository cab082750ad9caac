package intact

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
)

// ErrLost is the cause when the database does not belong to the files of the platform. ErrStore is the cause when the
// blob store does not belong to the database.
var (
	ErrLost  = errors.New("database lost")
	ErrStore = errors.New("blob store lost")
)

// packPrefix is the prefix of the names of all packs: pack/SITE/REVISION-ID.
const packPrefix = "pack/"

// Place names the database and the locations of the files that belong to it.
type Place struct {
	Database          string // address for error texts, without password
	HeadsDir, KeysDir string
	BusDir            string // folder of the embedded bus, which also stores heads
	Blobs             *blob.Store
	Ring              *crypto.Ring // public keys in KeysDir
}

// heads reads the heads that an edge has stored in HeadsDir, by site. signed contains the sites whose head is correctly
// signed by a key of the ring.
func (p Place) heads() (all map[string]manifest.Head, signed map[string]bool) {
	all, signed = map[string]manifest.Head{}, map[string]bool{}
	names, _ := filepath.Glob(filepath.Join(p.HeadsDir, "*.json")) // the pattern is good
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		h, err := manifest.ParseHead(b)
		code := strings.TrimSuffix(filepath.Base(name), ".json")
		if err != nil || h.Site != code { // the edge reports the error
			all[code] = manifest.Head{Site: code}
			continue
		}
		all[code], signed[code] = h, h.Verify(p.Ring) == nil
	}
	return all, signed
}

// found lists the files of a platform that exist, in Chinese. The private key is only listed if withKey is true.
func (p Place) found(ctx context.Context, withKey bool) (what []string, err error) {
	if all, _ := p.heads(); len(all) > 0 {
		what = append(what, fmt.Sprintf("%d 个站点的发布清单（%s）", len(all), p.HeadsDir))
	}
	for _, err := range p.Blobs.List(ctx, packPrefix) {
		if err != nil {
			return what, err
		}
		what = append(what, "已发布的页面（文件存储中的 pack）")
		break
	}
	if keys, _ := filepath.Glob(filepath.Join(p.KeysDir, "*.key")); withKey && len(keys) > 0 {
		what = append(what, fmt.Sprintf("签名私钥（%s）", p.KeysDir))
	}
	return what, nil
}

// NewDatabase returns a fault if there are files of a platform. Call it when the database is missing or has no tables.
func (p Place) NewDatabase(ctx context.Context) error {
	what, err := p.found(ctx, true)
	if err != nil || len(what) == 0 {
		return err
	}
	return lost(p.Database, "不存在或是空的", what)
}

// Ledger reads the published revisions in the database.
type Ledger interface {
	Heads(ctx context.Context) ([]manifest.Head, error)
	// Head returns the head of a revision of a site, or a NotFound fault. site is a code.
	Head(ctx context.Context, site string, revision int64) (manifest.Head, error)
}

// Store returns a fault if the blob store is empty although the database has published pages. Then the store was lost
// or is not mounted, and new revisions would lack their pictures.
func (p Place) Store(ctx context.Context, ledger Ledger) error {
	heads, err := ledger.Heads(ctx)
	if err != nil || !slices.ContainsFunc(heads, func(h manifest.Head) bool { return h.Count > 0 }) {
		return err
	}
	empty, err := p.Blobs.Empty(ctx)
	if err != nil || !empty {
		return err
	}
	return fault.Wrap(fault.Unavailable, ErrStore, "文件存储是空的，但数据库里有 %d 个已发布的站点：页面、图片、附件和原件都不在。没有改动任何文件。\n"+
		"  请检查存储卷是否已挂载、blob 和 data-dir 的设置是否正确，把原来的文件放回原处后重新启动；\n"+
		"  文件丢失时，请停止平台，把现有数据移到别处保留，再恢复备份（guiyi restore 备份文件）；\n"+
		"  没有备份时，guiyi repair 由数据库重新生成页面，并逐个列出找不回来的图片、附件和原件。", len(heads))
}

// Library returns a fault if the database does not match the heads and packs. sites is the number of sites in the
// database.
func (p Place) Library(ctx context.Context, ledger Ledger, sites int) error {
	if sites == 0 {
		what, err := p.found(ctx, false)
		if err == nil && len(what) > 0 {
			err = lost(p.Database, "里没有任何站点", what)
		}
		return err
	}
	heads, err := ledger.Heads(ctx)
	if err != nil {
		return err
	}
	known := map[string]int64{}
	for _, h := range heads {
		known[h.Site] = h.Revision
	}
	all, signed := p.heads()
	var behind, foreign []string
	for code, h := range all {
		switch {
		case !signed[code]:
		case known[code] == 0:
			foreign = append(foreign, fmt.Sprintf("站点 %s 已公开到第 %d 版，数据库里没有它的发布记录", code, h.Revision))
		case h.Revision > known[code]:
			behind = append(behind, fmt.Sprintf("站点 %s 已公开到第 %d 版，数据库只到第 %d 版", code, h.Revision, known[code]))
		default:
			own, err := ledger.Head(ctx, code, h.Revision)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			if err != nil || own.Hash() != h.Hash() {
				foreign = append(foreign, fmt.Sprintf("站点 %s 的第 %d 版在数据库里是另一个内容", code, h.Revision))
			}
		}
	}
	slices.Sort(behind)
	slices.Sort(foreign)
	switch {
	case len(foreign) > 0:
		return fault.Wrap(fault.Unavailable, ErrLost, "数据库 %s 不是这里已经公开的内容的数据库，可能属于另一个平台，或另一次恢复：%s。没有改动任何文件。\n"+
			"  请停止平台，检查 database 和 data-dir 的设置，把原来的数据库放回原处，或恢复备份（guiyi restore）；\n"+
			"  如果就是要用这个数据库，请停止平台，把 %s 和 %s 移到别处保留后再启动，网站会换成数据库里的版本。",
			p.Database, shorten(append(foreign, behind...)), p.HeadsDir, p.BusDir)
	case len(behind) > 0:
		return fault.Wrap(fault.Unavailable, ErrLost, "数据库 %s 比已经公开的内容旧：%s。没有改动任何文件，也没有在旧数据上继续。\n"+
			"  请停止平台，恢复较新的备份（guiyi restore），或把较新的数据库放回原处；\n"+
			"  如果就是要用这份较旧的数据，请停止平台，把 %s 和 %s 移到别处保留后再启动，网站会回到数据库里的版本。",
			p.Database, shorten(behind), p.HeadsDir, p.BusDir)
	}
	return nil
}

// lost returns the fault for an empty database next to existing files.
func lost(database, how string, what []string) error {
	return fault.Wrap(fault.Unavailable, ErrLost, "数据库 %s %s，但这里有以前平台的数据：%s。没有改动任何文件，也没有新建数据库。\n"+
		"  数据库丢失时，请停止平台，把现有数据移到别处保留，再恢复备份（guiyi restore 备份文件），或把原来的数据库放回原处；\n"+
		"  如果数据库在别处，请检查 database 和 data-dir 的设置；\n"+
		"  如果确实要从零开始，请把上面列出的数据移到别处保留后再启动。",
		database, how, strings.Join(what, "、"))
}

// shown is the maximum number of sites in an error text.
const shown = 5

func shorten(list []string) string {
	if len(list) <= shown {
		return strings.Join(list, "；")
	}
	return fmt.Sprintf("%s；等 %d 个站点", strings.Join(list[:shown], "；"), len(list))
}

// Ahead returns a fault that names the sites with packs newer than the ledger; the database may be too old. A pack that
// is one revision newer is ignored, because it may belong to a running build.
func Ahead(ctx context.Context, blobs *blob.Store, ledger []manifest.Head) error {
	known, ahead := map[string]int64{}, map[string]int64{}
	for _, h := range ledger {
		known[h.Site] = h.Revision
	}
	for info, err := range blobs.List(ctx, packPrefix) {
		if err != nil {
			return err
		}
		code, rest, _ := strings.Cut(strings.TrimPrefix(info.Name, packPrefix), "/")
		number, _, _ := strings.Cut(rest, "-")
		if revision, err := strconv.ParseInt(number, 10, 64); err == nil && revision > known[code]+1 {
			ahead[code] = max(ahead[code], revision)
		}
	}
	if len(ahead) == 0 {
		return nil
	}
	var list []string
	for code, revision := range ahead {
		list = append(list, fmt.Sprintf("站点 %s 的页面存到了第 %d 版，数据库只到第 %d 版", code, revision, known[code]))
	}
	slices.Sort(list)
	return fault.Wrap(fault.Unavailable, ErrLost, "数据库可能比已经公开的内容旧：%s。"+
		"已公开较新版本的边缘会拒绝较旧的版本；请核对数据库是否是最新的备份。", shorten(list))
}
