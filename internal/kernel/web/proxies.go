package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks whose X-Forwarded-* headers are trusted. The zero value trusts none.
type Proxies struct{ trusted []netip.Prefix }

// NewProxies returns Proxies that trust the networks.
func NewProxies(trusted []netip.Prefix) Proxies { return Proxies{slices.Clone(trusted)} }

// Trusts reports whether the address is in a trusted network.
func (p Proxies) Trusts(a netip.Addr) bool {
	return slices.ContainsFunc(p.trusted, func(prefix netip.Prefix) bool { return prefix.Contains(a) })
}

// ClientIP returns the address of the client. If the request comes from a trusted proxy, this is the last address in
// X-Forwarded-For that is not a trusted proxy; addresses before it can be forged. The zero Addr means unknown.
func (p Proxies) ClientIP(r *http.Request) netip.Addr {
	ip := remoteIP(r)
	if !p.Trusts(ip) {
		return ip
	}
	for _, line := range slices.Backward(r.Header.Values("X-Forwarded-For")) {
		for line != "" {
			i := strings.LastIndexByte(line, ',')
			hop, ok := parseIP(strings.TrimSpace(line[i+1:]))
			if !ok {
				return ip
			}
			ip = hop
			if !p.Trusts(ip) {
				return ip
			}
			line = line[:max(i, 0)]
		}
	}
	return ip
}

// RequestID returns the X-Request-Id of a request from a trusted proxy. It returns "" if the header is missing or
// malformed, or if the request comes from elsewhere.
func (p Proxies) RequestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(p.trusted) == 0 || !p.Trusts(remoteIP(r)) || !requestIDShape.MatchString(id) {
		return ""
	}
	return id
}

// HTTPS reports whether the client uses HTTPS, either to this process or to a trusted proxy.
func (p Proxies) HTTPS(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	return len(p.trusted) > 0 && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") && p.Trusts(remoteIP(r))
}

func remoteIP(r *http.Request) netip.Addr {
	ip, _ := parseIP(r.RemoteAddr)
	return ip
}

// parseIP parses an address with or without a port. It removes the zone and the IPv4-in-IPv6 prefix.
func parseIP(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err == nil
}
