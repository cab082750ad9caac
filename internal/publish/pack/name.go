package pack

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"guiyi/internal/kernel/blob"
)

// Info describes a stored pack.
type Info struct {
	Name     string
	Size     int64 // bytes
	Revision int64 // the revision it was written for
}

// Prefix is the common prefix of the names of all packs of a site.
func Prefix(site string) string { return "pack/" + site + "/" }

// Name returns the name of a pack for a revision of a site; id makes the names of several attempts differ.
func Name(site string, revision, id int64) string {
	return fmt.Sprintf("%s%08d-%x", Prefix(site), revision, id)
}

// revisionOf parses the revision in the name of a pack.
func revisionOf(name string) (int64, bool) {
	no, _, ok := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], "-")
	revision, err := strconv.ParseInt(no, 10, 64)
	return revision, ok && err == nil && revision > 0
}

// List returns the packs of a site. Objects below Prefix with other names are left out; the audit reports them.
func List(ctx context.Context, blobs *blob.Store, site string) ([]Info, error) {
	var out []Info
	for info, err := range blobs.List(ctx, Prefix(site)) {
		if err != nil {
			return nil, err
		}
		if revision, ok := revisionOf(info.Name); ok {
			out = append(out, Info{Name: info.Name, Size: info.Size, Revision: revision})
		}
	}
	return out, nil
}
