package audit

import (
	"context"

	"guiyi/internal/kernel/blob"
)

// Packs remembers date and size of packs, which nobody may change once they are written.
type Packs struct{ known map[string]blob.Info }

// Changed reports whether a pack seen before has another date or size now, or is gone. It is cheap enough for every few
// seconds over a directory.
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
