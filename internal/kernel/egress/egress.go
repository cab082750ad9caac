package egress

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"guiyi/internal/kernel/fault"
)

// Guard decides which addresses may be called. The zero value allows public addresses only.
type Guard struct {
	// Private also allows private and loopback addresses. It is only for calls inside our own network that an
	// administrator asked for.
	Private bool
}

// Limits of one call.
const (
	dialTimeout   = 10 * time.Second
	headerTimeout = 30 * time.Second
	maxHeader     = 64 << 10 // bytes
)

// Transport returns a transport whose every connection passes the guard. An address that is refused ends in a
// Forbidden fault.
func (g Guard) Transport() *http.Transport {
	return &http.Transport{
		DialContext:            g.Dial,
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		IdleConnTimeout:        headerTimeout,
		MaxResponseHeaderBytes: maxHeader,
		Proxy:                  nil,
	}
}

// Dial connects to host:port if the address that the host resolves to is allowed. It fits net/http and SMTP clients.
func (g Guard) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout, Control: g.control}
	return d.DialContext(ctx, network, address)
}

// control checks the resolved address before the connection is made.
func (g Guard) control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fault.Wrap(fault.Forbidden, err, "外部地址有误，已拒绝")
	}
	if !g.Private && !Public(ap.Addr()) {
		return fault.New(fault.Forbidden, "地址指向内部网络（%s），已拒绝", ap.Addr())
	}
	return nil
}

// reserved are further ranges that are refused, besides those that netip reports as private. They reach our own
// machine or network indirectly, or belong to no public server (IANA special-purpose address registries, RFC 6890).
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("::/96"),
}

// Public reports whether an address belongs to the public internet.
func Public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	return !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(ip) })
}
