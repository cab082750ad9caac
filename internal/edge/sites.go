package edge

import (
	"hash/maphash"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
)

// sites is the immutable set of current snapshots; a change replaces it.
type sites struct {
	byCode   map[string]*snapshot
	byHost   map[string]*snapshot
	fallback *snapshot
}

func newSites(byCode map[string]*snapshot) *sites {
	s := &sites{byCode: byCode, byHost: map[string]*snapshot{}}
	if byCode == nil {
		s.byCode = map[string]*snapshot{}
	}
	for code, snap := range byCode {
		s.byHost[code+localSuffix] = snap
		for _, h := range snap.head.Hosts {
			s.byHost[h] = snap
		}
		if snap.head.Default {
			s.fallback = snap
		}
	}
	return s
}

const localSuffix = ".localhost"

// checkHosts rejects hosts that no site may claim: local names and addresses, and the local name of another site.
func checkHosts(head manifest.Head) error {
	for _, h := range head.Hosts {
		if code, ok := strings.CutSuffix(h, localSuffix); ok && code != head.Site || isLocal(h) {
			return fault.New(fault.Conflict, "站点 %s 不能使用域名 %s", head.Site, h)
		}
	}
	return nil
}

// conflict returns an error if another site has a host of the head.
func (s *sites) conflict(head manifest.Head) error {
	for _, h := range head.Hosts {
		if other := s.byHost[h]; other != nil && other.head.Site != head.Site {
			return fault.New(fault.Conflict, "站点 %s 的域名 %s 已属于站点 %s", head.Site, h, other.head.Site)
		}
	}
	if head.Default && s.fallback != nil && s.fallback.head.Site != head.Site {
		return fault.New(fault.Conflict, "站点 %s 不能成为默认站点：默认站点已是 %s", head.Site, s.fallback.head.Site)
	}
	return nil
}

// servable returns the heads that have no conflicts if they are all served at the same time. Sites that swap hosts can
// only be changed together.
func (s *sites) servable(heads []manifest.Head) []manifest.Head {
	for {
		all := maps.Clone(s.byCode)
		for _, head := range heads {
			delete(all, head.Site)
		}
		bad := slices.IndexFunc(heads, func(head manifest.Head) bool {
			if newSites(all).conflict(head) != nil {
				return true
			}
			all[head.Site] = &snapshot{head: head}
			return false
		})
		if bad < 0 {
			return heads
		}
		heads = slices.Delete(slices.Clone(heads), bad, bad+1)
	}
}

// find returns the snapshot for a Host header, or nil.
func (s *sites) find(host string) *snapshot {
	if snap := s.byHost[host]; snap != nil {
		return snap
	}
	name := hostName(host)
	if snap := s.byHost[name]; snap != nil {
		return snap
	}
	if isLocal(name) {
		return s.fallback
	}
	return nil
}

// hostName removes the port and a final dot and converts to lower case.
func hostName(host string) string {
	name := host
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.HasSuffix(name, "]") &&
		strings.Trim(name[i+1:], "0123456789") == "" {
		name = name[:i]
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// isLocal reports whether the name is localhost or a loopback address.
func isLocal(name string) bool {
	if name == "localhost" || name == "127.0.0.1" {
		return true
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(name, "["), "]"))
	return err == nil && addr.Unmap().IsLoopback()
}

// snapshot is one revision of a site with a cache of its routes.
type snapshot struct {
	head    manifest.Head
	open    bool
	metrics *siteMetrics
	routes  routes
}

func newSnapshot(head manifest.Head, m *siteMetrics) *snapshot {
	s := &snapshot{head: head, metrics: m}
	switch head.State {
	case "running", "trial", "closing": // closing: the notice period before a site is shut down
		s.open = true
	}
	s.routes.seed = maphash.MakeSeed()
	return s
}

func (s *snapshot) origin(path string) verified.Origin {
	return verified.Origin{Site: s.head.Site, Revision: s.head.Revision, Path: path}
}

const (
	routeShards   = 16
	routesInShard = 8192
)

// routes caches the routes of a snapshot. A full shard is cleared, because looking up a route is cheap.
type routes struct {
	seed   maphash.Seed
	shards [routeShards]struct {
		mu sync.RWMutex
		m  map[string]*route
	}
}

func (rs *routes) get(path string) *route {
	s := &rs.shards[maphash.String(rs.seed, path)%routeShards]
	s.mu.RLock()
	r := s.m[path]
	s.mu.RUnlock()
	return r
}

func (rs *routes) put(path string, r *route) {
	s := &rs.shards[maphash.String(rs.seed, path)%routeShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil || len(s.m) >= routesInShard {
		s.m = map[string]*route{}
	}
	s.m[path] = r
}
