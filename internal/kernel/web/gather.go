package web

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
)

const (
	// gatherBuffer is how many bytes a connection buffers while a response is gathered: net/http writes in pieces of
	// 4 KiB.
	gatherBuffer = 16 << 10
	// gatherMost is the size from which a piece is not copied but sent immediately, together with what was buffered.
	gatherMost = 8 << 10
)

// gatherConn can buffer small writes, so that header and body of a response leave in one system call. net/http makes
// two or more, and each costs about as much as everything else that it does for a page from memory.
type gatherConn struct {
	*net.TCPConn
	buffers *sync.Pool // of *[gatherBuffer]byte
	begun   bool       // the first request line has begun

	mu       sync.Mutex          // over TLS reading may write too, for instance an alert
	buffer   *[gatherBuffer]byte // nil while nothing is gathered
	buffered int
	pieces   [2][]byte
	vector   net.Buffers
}

// gatherListener makes connections that can gather.
type gatherListener struct {
	net.Listener
	buffers *sync.Pool
	tls     bool // a TLS record does not begin with a line
}

func newGatherListener(l net.Listener, tls bool) net.Listener {
	return gatherListener{l, &sync.Pool{New: func() any { return new([gatherBuffer]byte) }}, tls}
}

func (l gatherListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if t, ok := c.(*net.TCPConn); ok {
		return &gatherConn{TCPConn: t, buffers: l.buffers, begun: l.tls}, err
	}
	return c, err
}

type gatherKey struct{}

// withGather remembers the connection in the context of its requests.
func withGather(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	if g, ok := c.(*gatherConn); ok {
		return context.WithValue(ctx, gatherKey{}, g)
	}
	return ctx
}

// Read reads what the client sends and skips empty lines before the first request line, as a server should (RFC 9112,
// 2.2). After a POST, where old browsers send one, net/http skips them itself. Over TLS nothing is skipped: net/http
// speaks HTTP/2 only on a crypto/tls connection that is not wrapped.
func (c *gatherConn) Read(p []byte) (int, error) {
	if c.begun || len(p) < 2 {
		return c.TCPConn.Read(p)
	}
	n, err := readLine(c.TCPConn, p)
	c.begun = n > 0
	return n, err
}

// maxEmptyLines is how many empty lines may come before the first request line.
const maxEmptyLines = 2

// readLine reads the beginning of a request line into p, which has at least two bytes.
func readLine(from io.Reader, p []byte) (n int, err error) {
	for skipped := 0; ; {
		for skipped < maxEmptyLines && n >= 2 && p[0] == '\r' && p[1] == '\n' {
			n = copy(p, p[2:n])
			skipped++
		}
		half := n == 1 && p[0] == '\r' && skipped < maxEmptyLines
		if err != nil || n > 0 && !half {
			return n, err
		}
		var more int
		more, err = from.Read(p[n:])
		n += more
	}
}

// Write sends p, or buffers it while a response is gathered.
func (c *gatherConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.buffer == nil && isRefusal(p):
		return len(p), writeRefusal(c.TCPConn, p)
	case c.buffer == nil:
		return c.TCPConn.Write(p)
	case len(p) < gatherMost && c.buffered+len(p) <= gatherBuffer:
		c.buffered += copy(c.buffer[c.buffered:], p)
		return len(p), nil
	}
	return len(p), c.send(p) // after an error the number of bytes sent is unknown
}

// send sends what is buffered, then p. The caller holds the lock, and there is a buffer.
func (c *gatherConn) send(p []byte) error {
	if c.buffered == 0 && len(p) == 0 {
		return nil
	}
	c.pieces = [2][]byte{c.buffer[:c.buffered], p}
	c.vector = c.pieces[:]
	_, err := c.vector.WriteTo(c.TCPConn)
	c.buffered, c.pieces, c.vector = 0, [2][]byte{}, nil
	return err
}

// begin starts buffering.
func (c *gatherConn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buffer = c.buffers.Get().(*[gatherBuffer]byte)
}

// end sends what is buffered and stops buffering.
func (c *gatherConn) end() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.send(nil)
	c.buffers.Put(c.buffer)
	c.buffer = nil
	return err
}

// WriteWhole writes the whole body of a response, whose Content-Length the caller has set, together with its header:
// over HTTP/1.1 in one system call. It returns how many bytes of the body were accepted; an error means that the
// client has disconnected.
func WriteWhole(w http.ResponseWriter, r *http.Request, body []byte) (int, error) {
	c, _ := r.Context().Value(gatherKey{}).(*gatherConn)
	f, _ := w.(http.Flusher)
	if c == nil || f == nil || r.ProtoMajor != 1 { // streams of HTTP/2 share their connection
		return w.Write(body)
	}
	c.begin()
	n, err := w.Write(body)
	if err == nil {
		f.Flush()
	}
	if e := c.end(); err == nil {
		err = e
	}
	return n, err
}
