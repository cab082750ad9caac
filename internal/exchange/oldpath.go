package exchange

import (
	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// oldPaths are the addresses that must redirect to an item, from its original address; none when that is no address of
// the web. The error says why one cannot redirect: the new site answers it itself, or it cannot be published.
func (r *run) oldPaths(original string) ([]resource.OldPath, error) {
	host, path, query, ok := address.SplitOld(original)
	if !ok {
		return nil, nil
	}
	key := address.OldKey(path, query)
	switch {
	case key == "/":
		return nil, nil // a home page, which the new site has
	case key == "" || len(key) > maxOldPath:
		return nil, fault.New(fault.Invalid, "旧地址过长，或含有不能使用的字符，没有为它建立跳转：%.200s", original)
	case address.Taken(key) || address.Taken(path):
		return nil, fault.New(fault.Conflict, "旧地址 %s 是新网站自己要用的地址，没有为它建立跳转", key)
	}
	return []resource.OldPath{{SiteID: r.site.ID, Path: key, Host: host}}, nil
}

// maxOldPath bounds an old address in bytes, so that a manifest path has room for it and for the name of its host.
const maxOldPath = 1024 - 260
