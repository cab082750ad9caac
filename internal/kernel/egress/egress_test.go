package egress_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"guiyi/internal/kernel/egress"
	"guiyi/internal/kernel/fault"
)

func TestPublicAddress(t *testing.T) {
	for ip, want := range map[string]bool{
		"1.2.4.8": true, "2400:3200::1": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false,
		"192.168.0.1": false, "169.254.169.254": false, "0.0.0.0": false, "100.64.0.1": false, "224.0.0.1": false,
		"255.255.255.255": false, "::1": false, "fe80::1%eth0": false,
		"64:ff9b::a00:1%eth0": false, "fd00::1": false, "::ffff:10.0.0.1": false,
		"::127.0.0.1": false, "64:ff9b::a00:1": false, "2002:a00:1::": false, "::": false, "198.18.0.1": false,
	} {
		if got := egress.Public(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
}

// TestNoConnectionInside: a client of the guard reaches no server of the own machine, by address or by name, unless
// that was allowed.
func TestNoConnectionInside(t *testing.T) {
	reached := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer server.Close()
	closed := &http.Client{Transport: egress.Guard{}.Transport()}
	for _, address := range []string{server.URL, "http://localhost:" + server.URL[len("http://127.0.0.1:"):]} {
		if resp, err := closed.Get(address); err == nil {
			resp.Body.Close()
			t.Errorf("%s answered %s", address, resp.Status)
		} else if address == server.URL && !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v, want forbidden", address, err)
		}
	}
	if reached != 0 {
		t.Errorf("the server inside was reached %d times", reached)
	}
	open := &http.Client{Transport: egress.Guard{Private: true}.Transport()}
	resp, err := open.Get(server.URL)
	if err != nil || reached != 1 {
		t.Fatalf("reached %d, %v", reached, err)
	}
	resp.Body.Close()
}
