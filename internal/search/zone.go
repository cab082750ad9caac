package search

import (
	"sync"
	"time"
)

// zone is the time zone of years and days: Asia/Shanghai, without daylight saving since 1991.
var zone = sync.OnceValue(func() *time.Location {
	if loc, err := time.LoadLocation("Asia/Shanghai"); err == nil {
		return loc
	}
	return time.FixedZone("CST", 8*3600)
})
