package site

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
)

// Places returns the positions of columns for permission checks. It reads the tree only when the actor's scope is
// limited to branches.
func Places(ctx context.Context, db bun.IDB, by actor.Actor, siteID int64, columns ...int64) ([]actor.Place, error) {
	out := make([]actor.Place, len(columns))
	var trails map[int64][]int64
	if len(by.Scope.Branches) > 0 {
		var err error
		if trails, err = ColumnTrails(ctx, db, columns); err != nil {
			return nil, err
		}
	}
	for i, c := range columns {
		out[i] = actor.Place{Owner: siteID, Path: trails[c]}
	}
	return out, nil
}
