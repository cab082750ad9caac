package exchange

import (
	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// oldPaths returns the old address that must redirect to an item, given the original address. It returns none when the
// original is not an address on the web. It returns an error when no redirect is possible: the new site uses the
// address itself, or the address is too long or has unusable characters.
func (r *run) oldPaths(original string) ([]resource.OldPath, error) {
	host, path, query, ok := address.SplitOld(original)
	if !ok {
		return nil, nil
	}
	key := address.OldKey(path, query)
	switch {
	case key == "/":
		return nil, nil // a home page: the new site has its own
	case key == "" || len(key) > maxOldPath:
		return nil, fault.New(fault.Invalid, "旧地址过长，或含有不能使用的字符，没有为它建立跳转：%.200s", original)
	case address.Taken(key) || address.Taken(path):
		return nil, fault.New(fault.Conflict, "旧地址 %s 是新网站自己要用的地址，没有为它建立跳转", key)
	}
	return []resource.OldPath{{SiteID: r.site.ID, Path: key, Host: host}}, nil
}

// maxOldPath is the greatest length of an old address in bytes. It leaves room for the host name in a manifest path.
const maxOldPath = 1024 - 260
