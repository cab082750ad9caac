package egress

import (
	"net/netip"
	"slices"
	"testing"
)

// TestGuardCovers: no address of an reserved range is public, its first and last included.
func TestGuardCovers(t *testing.T) {
	for _, p := range append(slices.Clone(reserved), netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
		netip.MustParsePrefix("ff00::/8")) {
		first := p.Masked().Addr()
		b := first.AsSlice()
		for i := range b {
			for bit := range 8 {
				if i*8+bit >= p.Bits() {
					b[i] |= 1 << (7 - bit)
				}
			}
		}
		last, _ := netip.AddrFromSlice(b)
		for _, a := range []netip.Addr{first, last, netip.AddrFrom16(first.As16()), netip.AddrFrom16(last.As16())} {
			if Public(a) {
				t.Errorf("%s of %s counts as public", a, p)
			}
		}
	}
}
