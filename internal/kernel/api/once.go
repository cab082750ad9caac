package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
)

// Idempotency keys.
const (
	keyHeader    = "Idempotency-Key"
	replayHeader = "Idempotency-Replayed"
	maxKey       = 255
	keepAnswers  = 24 * time.Hour
	answerLease  = 30 * time.Second // lease of the key of an outside operation
	inMemory     = 1 << 20          // bytes of a body that are buffered in memory; the rest goes to a file
)

var keyShape = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)

// outcome gets the error of a handler. The response does not contain it, but InTx needs it to repeat the transaction
// after a serialization failure.
type outcome struct{ err error }

type outcomeKey struct{}

// once executes a request with an idempotency key once and stores the response. A repeated request with the same key
// gets the stored response.
func (a *API) once(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	keys := r.Header.Values(keyHeader)
	if r.Method == http.MethodGet || len(keys) == 0 {
		next(ctx)
		return
	}
	key := keys[0]
	if len(keys) > 1 || !keyShape.MatchString(key) { // an empty key too: the client relies on it
		a.fail(w, r, fault.InvalidFields(map[string]string{"header." + keyHeader: "应为 1 到 255 个可见的 ASCII 字符，如一个 UUID"},
			"请求头 %s 应为 1 到 255 个可见的 ASCII 字符，请改用一个 UUID。", keyHeader))
		return
	}
	by, err := actor.From(r.Context())
	if err != nil {
		a.fail(w, r, err)
		return
	}
	body, sum, err := spool(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	defer body.Close()
	call := &call{
		api:  a,
		op:   ctx.Operation(),
		r:    r,
		body: body,
		next: next,
		row:  answerRow{Actor: by.String(), Key: key, Request: sum},
	}
	run := call.inside
	if outside, _ := ctx.Operation().Metadata[outsideKey].(bool); outside {
		run = call.outside
	}
	if err := run(); err != nil {
		a.fail(w, r, err)
		return
	}
	call.rec.writeTo(w)
}

// call is one request with an idempotency key.
type call struct {
	api  *API
	op   *huma.Operation
	r    *http.Request
	body *spooled
	next func(huma.Context)
	row  answerRow
	rec  *recording
}

// errUndone rolls back an operation that was answered with a problem. Nothing is stored, so the key can be used again.
var errUndone = errors.New("operation ended with a problem")

// inside runs the operation in the transaction that stores its response. If two requests use one key at the same time,
// the second waits at the primary key until the first is committed, and then gets its response.
func (c *call) inside() error {
	err := c.api.DB.InTx(c.r.Context(), func(ctx context.Context, tx bun.Tx) error {
		row := c.row
		row.CreatedAt = c.api.Now().UnixMilli()
		inserted, err := insert(ctx, tx, &row)
		if err != nil {
			return err
		}
		if !inserted {
			return c.replay(ctx, tx)
		}
		failed := c.do(ctx)
		if c.rec.status >= http.StatusMultipleChoices {
			return errors.Join(errUndone, failed)
		}
		return c.store(ctx, tx)
	})
	if errors.Is(err, errUndone) {
		return nil // the response says why
	}
	return err
}

// outside runs an operation that does more than SQL. The key is leased while the operation runs.
func (c *call) outside() error {
	ctx := c.r.Context()
	leased, err := c.lease(ctx)
	if err != nil || !leased {
		return err
	}
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		c.renew(context.WithoutCancel(ctx), done)
	}()
	_ = c.do(ctx) // the recorded response contains the problem
	close(done)
	<-stopped
	return c.api.DB.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx bun.Tx) error {
		if c.rec.status < http.StatusMultipleChoices {
			return c.store(ctx, tx)
		}
		_, err := tx.NewDelete().Model(&c.row).WherePK().Exec(ctx)
		return err
	})
}

// lease leases the key. It returns false if the stored response was replayed instead.
func (c *call) lease(ctx context.Context) (leased bool, err error) {
	err = c.api.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := c.api.Now()
		row := c.row
		row.CreatedAt, row.LeaseUntil = now.UnixMilli(), now.Add(answerLease).UnixMilli()
		if leased, err = insert(ctx, tx, &row); err != nil || leased {
			return err
		}
		have, err := c.have(ctx, tx)
		if err != nil {
			return err
		}
		if have.Status == 0 && have.LeaseUntil <= now.UnixMilli() { // the process that leased it was killed
			leased = true
			_, err := tx.NewUpdate().Model(&row).Column("lease_until").WherePK().Exec(ctx)
			return err
		}
		return c.replay(ctx, tx)
	})
	return leased, err
}

// renew renews the lease of the key until done is closed.
func (c *call) renew(ctx context.Context, done <-chan struct{}) {
	tick := time.NewTicker(answerLease / 3)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			err := c.api.DB.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewUpdate().Model(&c.row).Set("lease_until = ?",
					c.api.Now().Add(answerLease).UnixMilli()).WherePK().Exec(ctx)
				return err
			})
			if err != nil {
				c.api.Log.WarnContext(ctx, "lease of an idempotency key not renewed", "err", err)
			}
		}
	}
}

// do runs the operation and returns the error of its handler.
func (c *call) do(ctx context.Context) error {
	o := &outcome{}
	c.rec = &recording{header: http.Header{}}
	in := c.r.WithContext(context.WithValue(ctx, outcomeKey{}, o))
	in.Body = io.NopCloser(c.body.reader())
	c.next(humago.NewContext(c.op, in, c.rec))
	return o.err
}

// have returns the row of the key. It returns a problem if the key was used for another request.
func (c *call) have(ctx context.Context, tx bun.Tx) (*answerRow, error) {
	have := &answerRow{Actor: c.row.Actor, Key: c.row.Key}
	if err := tx.NewSelect().Model(have).WherePK().Scan(ctx); err != nil {
		return nil, err
	}
	if have.Request != c.row.Request {
		return nil, &Problem{Status: http.StatusUnprocessableEntity, Detail: "这个幂等键已用于另一个请求。新的请求请换一个键，重发请保持地址和内容不变。"}
	}
	return have, nil
}

// replay sets rec to the stored response.
func (c *call) replay(ctx context.Context, tx bun.Tx) error {
	have, err := c.have(ctx, tx)
	if err != nil {
		return err
	}
	if have.Status == 0 {
		return retryLater(http.StatusConflict, "同一幂等键的请求正在处理，请稍后以同一键重发，取得它的结果。")
	}
	if c.secret() {
		return &Problem{Status: http.StatusConflict, Detail: "这个请求已经执行过，应答里的密文只显示一次，不能再取得。如果没有收到，请作废它，再换一个幂等键重做。"}
	}
	c.rec = &recording{header: http.Header{}, status: have.Status}
	c.rec.body.WriteString(have.Body)
	if err := json.Unmarshal([]byte(have.Header), &c.rec.header); err != nil {
		return err
	}
	c.rec.header.Set(replayHeader, "true")
	return nil
}

// store stores the response in the row of the key.
func (c *call) store(ctx context.Context, tx bun.Tx) error {
	header, err := json.Marshal(c.rec.header)
	if err != nil {
		return err
	}
	row := c.row
	row.Status, row.Header, row.Body = c.rec.status, string(header), c.rec.body.String()
	if c.secret() {
		row.Body = ""
	}
	_, err = tx.NewUpdate().Model(&row).Column("status", "header", "body").WherePK().Exec(ctx)
	return err
}

func (c *call) secret() bool {
	secret, _ := c.op.Metadata[secretKey].(bool)
	return secret
}

// recording buffers a response until the transaction is committed.
type recording struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recording) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recording) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *recording) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

func (r *recording) writeTo(w http.ResponseWriter) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes()) // a client that has disconnected can repeat the request with its key
}

// spooled is a buffered body that can be read several times.
type spooled struct {
	memory []byte
	file   *os.File
	size   int64
}

// spool buffers the body of a request. sum is a hash over method, address, Content-Type and body.
func spool(r *http.Request) (_ *spooled, sum string, err error) {
	s := &spooled{}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), ""} {
		h.Write([]byte(part + "\n"))
	}
	var memory bytes.Buffer
	n, err := io.Copy(io.MultiWriter(h, &memory), io.LimitReader(r.Body, inMemory))
	if err != nil {
		return nil, "", err
	}
	s.memory, s.size = memory.Bytes(), n
	if n == inMemory {
		if s.file, err = os.CreateTemp("", "guiyi-body-*"); err != nil {
			return nil, "", err
		}
		if err := os.Remove(s.file.Name()); err != nil { // the file disappears when it is closed, also after kill -9
			return nil, "", err
		}
		more, err := io.Copy(io.MultiWriter(h, s.file), r.Body)
		if err != nil {
			return nil, "", err
		}
		s.size += more
	}
	return s, hex.EncodeToString(h.Sum(nil)), nil
}

func (s *spooled) reader() io.Reader {
	if s.file == nil {
		return bytes.NewReader(s.memory)
	}
	return io.MultiReader(bytes.NewReader(s.memory), io.NewSectionReader(s.file, 0, s.size-int64(len(s.memory))))
}

// Close frees the body.
func (s *spooled) Close() {
	if s.file != nil {
		s.file.Close()
	}
}
