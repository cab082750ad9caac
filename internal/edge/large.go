package edge

import (
	"net/http"
	"time"

	"guiyi/internal/edge/header"
	"guiyi/internal/publish/manifest"
)

// chunkTime is the time limit for sending one chunk of 256 KiB to a client, about 9 KiB/s.
const chunkTime = 30 * time.Second

// largeFile sends a large file or a range of it, and verifies each chunk before it is sent. Nothing is sent before the
// first chunk was verified. If a later chunk is damaged, the connection is aborted, so that the client detects the
// incomplete response.
func (e *Edge) largeFile(a *answer, rt *route, status int) {
	x, whole := header.ByteRange{Length: rt.entry.Size}, true
	if status == http.StatusOK && a.r.Method == http.MethodGet &&
		header.IfRange(a.r.Header, rt.plain.etag[0], firstValue(rt.lastMod)) {
		part, kind := header.ParseRange(a.r.Header["Range"], rt.entry.Size)
		switch kind {
		case header.Unsatisfiable:
			if header.Conditions(a.r.Header, rt.plain.etag[0], rt.modified) == header.Proceed {
				a.unsatisfiable(rt.entry.Size)
				return
			}
		case header.Part:
			x, whole = part, false
		}
	}
	a.setFormHeaders(rt, &rt.plain, status)
	if status == http.StatusOK && a.conditional(rt.plain.etag[0], rt) {
		return
	}
	list, err := e.src.Chunks(a.r.Context(), a.from, &rt.entry)
	if err != nil {
		a.failed(err)
		return
	}
	chunk, err := e.src.Chunk(a.r.Context(), a.from, &rt.entry, list, x.From/manifest.ChunkSize)
	if err != nil {
		a.failed(err)
		return
	}
	h := a.w.Header()
	h["Content-Length"] = headerValue(itoa(x.Length))
	if !whole {
		status = http.StatusPartialContent
		h["Content-Range"] = headerValue(contentRange(x, rt.entry.Size))
	}
	a.w.WriteHeader(status)
	if a.r.Method == http.MethodHead {
		a.done(status, 0)
		return
	}
	a.status = status // set in case the connection is aborted
	a.done(status, e.stream(a, rt, list, chunk, x))
}

// stream sends the range, whose first chunk is given, and returns the number of bytes sent.
func (e *Edge) stream(a *answer, rt *route, list, chunk []byte, x header.ByteRange) (sent int) {
	control := http.NewResponseController(a.w)
	at, end := x.From, x.From+x.Length
	for i := at / manifest.ChunkSize; at < end; i++ {
		if chunk == nil {
			var err error
			if chunk, err = e.src.Chunk(a.r.Context(), a.from, &rt.entry, list, i); err != nil {
				panic(http.ErrAbortHandler) // aborts the connection
			}
		}
		start := i * manifest.ChunkSize
		piece := chunk[at-start : min(int64(len(chunk)), end-start)]
		_ = control.SetWriteDeadline(time.Now().Add(chunkTime)) // fails only outside a network connection
		n, err := a.w.Write(piece)
		sent += n
		a.sent = int64(sent)
		if err != nil {
			return sent
		}
		at += int64(n)
		chunk = nil
	}
	return sent
}
