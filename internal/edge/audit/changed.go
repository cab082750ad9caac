package audit

import (
	"context"

	"guiyi/internal/kernel/blob"
)

// Packs remembers the modification time and size of packs, which never change after they were written.
type Packs struct{ known map[string]blob.Info }

// Changed reports whether the modification time or size of a known pack has changed, or a pack is missing. It is cheap
// enough to be called every few seconds for a directory.
func (p *Packs) Changed(ctx context.Context, objects Objects) (changed bool) {
	present := map[string]blob.Info{}
	for info, err := range objects.List(ctx, "pack/") {
		if err != nil {
			return false
		}
		present[info.Name] = info
	}
	for name, old := range p.known {
		now, ok := present[name]
		changed = changed || !ok || old.Size != now.Size || !old.Modified.Equal(now.Modified)
	}
	p.known = present
	return changed
}
