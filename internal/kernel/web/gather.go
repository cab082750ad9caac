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
	// gatherBuffer is the size of the write buffer of a connection, in bytes. net/http writes in pieces of 4 KiB.
	gatherBuffer = 16 << 10
	// gatherMost is the size from which a piece is not buffered. It is sent immediately, after the buffered pieces.
	gatherMost = 8 << 10
)

// gatherConn is a connection that can buffer small writes, so that header and body of a response need one system call.
// net/http makes two or more. For a page from memory, each system call costs as much as the rest of the response.
type gatherConn struct {
	*net.TCPConn
	buffers *sync.Pool // of *[gatherBuffer]byte
	begun   bool       // the first byte of the first request line was read

	mu       sync.Mutex          // over TLS reading may write too, for instance an alert
	buffer   *[gatherBuffer]byte // nil = writes are not buffered
	buffered int
	pieces   [2][]byte
	vector   net.Buffers
}

// gatherListener accepts connections as gatherConn.
type gatherListener struct {
	net.Listener
	buffers *sync.Pool
	tls     bool // the first bytes are a TLS record, not a request line
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

// withGather stores the connection in the context of its requests.
func withGather(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	if g, ok := c.(*gatherConn); ok {
		return context.WithValue(ctx, gatherKey{}, g)
	}
	return ctx
}

// Read skips empty lines before the first request line, as RFC 9112, 2.2 recommends. It skips nothing over TLS, because
// the empty lines are encrypted there. net/http itself skips the empty line that old browsers send after a POST.
func (c *gatherConn) Read(p []byte) (int, error) {
	if c.begun || len(p) < 2 {
		return c.TCPConn.Read(p)
	}
	n, err := readLine(c.TCPConn, p)
	c.begun = n > 0
	return n, err
}

// maxEmptyLines is the maximum number of empty lines that are skipped.
const maxEmptyLines = 2

// readLine reads from the connection into p and removes empty lines at the beginning. p has at least two bytes.
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

// Write sends p. Between begin and end it buffers p instead.
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

// send sends the buffered bytes and then p. The caller holds c.mu, and c.buffer is not nil.
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

// end sends the buffered bytes and stops buffering.
func (c *gatherConn) end() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.send(nil)
	c.buffers.Put(c.buffer)
	c.buffer = nil
	return err
}

// WriteWhole writes the header and the whole body of a response. Over HTTP/1.1 it needs one system call. The caller
// sets Content-Length before. WriteWhole returns the number of bytes of the body that were written or buffered; an
// error means that the client has disconnected.
func WriteWhole(w http.ResponseWriter, r *http.Request, body []byte) (int, error) {
	c, _ := r.Context().Value(gatherKey{}).(*gatherConn)
	f, _ := w.(http.Flusher)
	if c == nil || f == nil || r.ProtoMajor != 1 { // HTTP/2 streams share one connection
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
