package crawl

import (
	"net/netip"
	"testing"
)

func TestPublicAddress(t *testing.T) {
	for ip, want := range map[string]bool{
		"1.2.4.8": true, "2400:3200::1": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.0.1": false, "169.254.169.254": false, "0.0.0.0": false,
		"100.64.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "::1": false, "fe80::1%eth0": false, "fd00::1": false, "::ffff:10.0.0.1": false, "::127.0.0.1": false,
		"64:ff9b::a00:1": false, "2002:a00:1::": false, "::": false, "198.18.0.1": false,
	} {
		if got := public(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
}
