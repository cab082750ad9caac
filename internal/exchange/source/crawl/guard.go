package crawl

import (
	"net/netip"
	"slices"
	"syscall"

	"guiyi/internal/kernel/fault"
)

// inner are address ranges beside those that netip knows as private: they lead to the
// own machine or network by another way, or are no public servers.
var inner = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("::/96"),
}

// checkDial looks at the address that a name led to, so that no name and no redirect can
// reach the own network.
func (f *fetcher) checkDial(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fault.Wrap(fault.Forbidden, err, "采集地址有误，已拒绝")
	}
	if !f.o.Private && !public(ap.Addr()) {
		return fault.New(fault.Forbidden, "采集地址指向内部网络（%s），已拒绝", ap.Addr())
	}
	return nil
}

func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	return !slices.ContainsFunc(inner, func(p netip.Prefix) bool { return p.Contains(ip) })
}
