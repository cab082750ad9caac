// Package freeport (空闲端口) chooses addresses for the servers that tests and benchmarks start as processes of their
// own.
//
// Such a server is told its port, so the port is free for a moment between choosing and listening. A port that the
// system chooses (port 0) may be given to an outgoing connection or to another test in that moment. So ports are
// chosen at random below the range that the system uses, and never twice by one process.
package freeport

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Ports from lowest to highest are chosen. Linux gives ports from 32768 to outgoing connections.
const (
	lowest  = 12000
	highest = 32000
)

var chosen sync.Map // by port

// Address returns a loopback address, "127.0.0.1:port", on which no process listens.
func Address() (string, error) {
	var last error
	for range 100 {
		port := lowest + rand.IntN(highest-lowest)
		if _, taken := chosen.LoadOrStore(port, true); taken {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			last = err
			continue
		}
		return l.Addr().String(), l.Close()
	}
	return "", fmt.Errorf("no free port: %w", last)
}
