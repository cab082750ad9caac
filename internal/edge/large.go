package edge

import (
	"net/http"
	"time"

	"guiyi/internal/edge/header"
	"guiyi/internal/publish/manifest"
)

// chunkTime is how long a client may take for one chunk: 256 KiB at about 9 KiB/s.
const chunkTime = 30 * time.Second

// largeFile answers with a file that is checked and sent chunk by chunk, whole or in part. Nothing is sent before the
// first chunk was found good; when a later one is not, the connection is cut, so that the client cannot take what it
// has for the whole.
func (e *Edge) largeFile(a *answer, rt *route, status int) {
	x, whole := header.Extent{Length: rt.entry.Size}, true
	if status == http.StatusOK && a.r.Method == http.MethodGet &&
		header.IfRange(a.r.Header, rt.plain.etag[0], first(rt.lastMod)) {
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
	a.describe(rt, &rt.plain, status)
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
	h["Content-Length"] = one(itoa(x.Length))
	if !whole {
		status = http.StatusPartialContent
		h["Content-Range"] = one(contentRange(x, rt.entry.Size))
	}
	a.w.WriteHeader(status)
	if a.r.Method == http.MethodHead {
		a.done(status, 0)
		return
	}
	a.status = status // in case the connection is cut
	a.done(status, e.stream(a, rt, list, chunk, x))
}

// stream sends the extent, whose first chunk is given, and returns how many bytes the client took.
func (e *Edge) stream(a *answer, rt *route, list, chunk []byte, x header.Extent) (sent int) {
	control := http.NewResponseController(a.w)
	at, end := x.From, x.From+x.Length
	for i := at / manifest.ChunkSize; at < end; i++ {
		if chunk == nil {
			var err error
			if chunk, err = e.src.Chunk(a.r.Context(), a.from, &rt.entry, list, i); err != nil {
				panic(http.ErrAbortHandler) // net/http's way to cut the connection
			}
		}
		start := i * manifest.ChunkSize
		piece := chunk[at-start : min(int64(len(chunk)), end-start)]
		_ = control.SetWriteDeadline(time.Now().Add(chunkTime)) // a writer without deadlines is none of the network
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
