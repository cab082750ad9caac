package feed

import "guiyi/internal/kernel/actor"

// Index is the permission to note what the copies of the index must look at again.
const Index actor.Permission = "search.index"
