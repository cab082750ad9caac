package feed

import "guiyi/internal/kernel/actor"

// Index is the permission to append rows to the feed.
const Index actor.Permission = "search.index"
