package edge

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"guiyi/internal/edge/accesslog"
	"guiyi/internal/kernel/web"
)

// statusClientGone is logged if the client closed the connection before the response.
const statusClientGone = 499

// requestIDs generates ids that are unique across requests and processes.
type requestIDs struct {
	prefix string
	last   atomic.Uint64
}

func newRequestIDs() *requestIDs {
	var b [6]byte
	rand.Read(b[:]) // never fails
	return &requestIDs{prefix: hex.EncodeToString(b[:]) + "-"}
}

// of returns the request id set by a trusted proxy, or a new one.
func (ids *requestIDs) of(r *http.Request, proxies web.Proxies) string {
	if id := proxies.RequestID(r); id != "" {
		return id
	}
	var buffer [32]byte
	return string(strconv.AppendUint(append(buffer[:0], ids.prefix...), ids.last.Add(1), 36))
}

// logRequest writes the line of the access log.
func (e *Edge) logRequest(a *answer, start time.Time, target string) {
	if a.status == 0 { // aborted before a response was sent
		a.status = statusClientGone
	}
	r := a.r
	e.access.Add(&accesslog.Record{
		At:        start,
		Took:      time.Since(start),
		Client:    e.proxies.ClientIP(r),
		Host:      r.Host,
		Method:    r.Method,
		Target:    target,
		Proto:     r.Proto,
		Published: a.published,
		Status:    a.status,
		Bytes:     a.sent,
		Referrer:  firstValue(r.Header["Referer"]),
		Agent:     firstValue(r.Header["User-Agent"]),
		ID:        a.id,
	})
}
