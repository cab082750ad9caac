package search

import (
	"sync"
	"time"
)

// zone returns the time zone of years and days: Asia/Shanghai, which has had no daylight saving time since 1991.
var zone = sync.OnceValue(func() *time.Location {
	if loc, err := time.LoadLocation("Asia/Shanghai"); err == nil {
		return loc
	}
	return time.FixedZone("CST", 8*3600)
})
