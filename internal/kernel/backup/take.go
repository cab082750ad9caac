package backup

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/lease"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/dump"
)

// Place is the source of a backup or the destination of a restore.
type Place struct {
	DB      *store.DB
	Blobs   *blob.Store
	DataDir string // a backup contains its folders themes and keys
}

// TakeOptions are the options of Take.
type TakeOptions struct {
	Program string // version of the program, for the header
	// Passphrase encrypts the private keys in the archive. Without it the archive has no private keys.
	Passphrase string
	// Progress is called with a Chinese text and the progress of the current step. total is 0 when it is unknown.
	Progress func(what string, done, total int64)
}

const (
	readAhead = 8       // number of objects read concurrently, because a remote store is slow
	smallSize = 4 << 20 // maximum size of an object that is read into memory as a whole, in bytes
	pieceSize = 4 << 20 // size of the pieces in which larger objects are read, in bytes
)

// Take writes a backup of the running platform to w. The archive is complete only if the error is nil. Objects that are
// damaged in the store are left out and listed in Report.Manifest.Damaged.
func Take(ctx context.Context, w io.Writer, p Place, o TakeOptions) (_ *Report, err error) {
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	schema, _, err := dump.Describe(ctx, p.DB, p.DB.Read())
	if err != nil {
		return nil, err
	}
	if len(schema.Tables) == 0 {
		return nil, fault.New(fault.NotFound, "数据库是空的，没有可备份的内容")
	}
	ctx, release, err := leaseObjects(ctx, p.DB, schema)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	t := &take{p: p, o: o, rep: &Report{}}
	defer func() {
		if t.w != nil && err != nil {
			t.w.abort()
		}
	}()
	if err := p.DB.Snapshot(ctx, func(ctx context.Context,
		tx bun.IDB) error {
		return t.rows(ctx, tx, w)
	}); err != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	if err := t.files(ctx); err != nil {
		return nil, err
	}
	if err := t.objects(ctx); err != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	if err := release(); err != nil { // if the lease has expired, objects may be missing
		return nil, err
	}
	t.rep.Manifest.ID = t.rep.Header.ID
	t.rep.Fingerprint, err = t.w.close(&t.rep.Manifest)
	return t.rep, err
}

// leaseObjects prevents the removal of objects until release is called. If the lease expires before, the returned
// context is canceled and release returns the error. A database without the table of leases needs none: the version
// of the platform that created it never removes objects.
func leaseObjects(ctx context.Context, db *store.DB, s dump.Schema) (leased context.Context, release func() error,
	err error) {
	if _, ok := s.Versions["hold"]; !ok {
		return ctx, func() error { return nil }, nil
	}
	l, err := lease.Acquire(ctx, db, "备份", time.Now)
	if err != nil {
		return ctx, nil, err
	}
	leased, cancel := context.WithCancelCause(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		tick := time.NewTicker(lease.TTL / 5)
		defer tick.Stop()
		for {
			select {
			case <-leased.Done():
				return
			case <-tick.C:
			}
			if err := l.Renew(leased); fault.Is(err, fault.Conflict) { // after other errors the next tick retries
				cancel(err)
			}
		}
	}()
	released := false
	return leased, func() error {
		if released {
			return nil
		}
		released = true
		failure := context.Cause(leased)
		if failure == nil {
			failure = l.Renew(ctx)
		}
		cancel(nil)
		<-renewed
		return errors.Join(failure, l.Release(ctx))
	}, nil
}

// take is a running backup.
type take struct {
	p   Place
	o   TakeOptions
	rep *Report
	w   *writer
}

// rows starts the archive and writes all tables as they are in the transaction tx.
func (t *take) rows(ctx context.Context, tx bun.IDB, to io.Writer) (err error) {
	h := Header{
		Format:   formatName,
		Version:  formatVersion,
		ID:       newID(),
		Created:  time.Now().UTC().Truncate(time.Second),
		Program:  t.o.Program,
		Database: "sqlite",
	}
	if t.p.DB.Postgres() {
		h.Database = "postgresql"
	}
	if h.Schema, t.rep.Foreign, err = dump.Describe(ctx, t.p.DB, tx); err != nil {
		return err
	}
	t.rep.Header = h
	if t.w, err = newWriter(to, h); err != nil {
		return err
	}
	done := int64(0)
	for _, table := range h.Schema.Tables {
		p := parts{a: t.w, table: table.Name}
		err := dump.Read(ctx, tx, table, func(line []byte) error {
			if done++; done%1000 == 0 {
				t.o.Progress("数据行", done, 0)
			}
			return p.add(line)
		})
		if err == nil {
			err = p.flush()
		}
		if err != nil {
			return err
		}
		t.rep.Manifest.Tables = append(t.rep.Manifest.Tables, TableSum{table.Name, p.sum.Rows, p.sum.String()})
	}
	return nil
}

func (t *take) files(ctx context.Context) error {
	found, skipped, err := dataFiles(t.p.DataDir, t.o.Passphrase)
	if err != nil {
		return err
	}
	t.rep.Skipped = skipped
	for _, f := range found {
		data, err := f.read()
		if err == nil {
			err = cmp.Or(context.Cause(ctx), checkFileName(f.name))
		}
		if err == nil {
			err = t.w.add(filesPrefix+f.name, data)
		}
		if err != nil {
			return err
		}
		t.rep.Manifest.Files++
		if strings.HasSuffix(f.name, sealedKey) {
			t.rep.Keys = append(t.rep.Keys, strings.TrimSuffix(f.name, sealedKey))
		}
	}
	return nil
}

// objects writes all objects of the store. It must run after rows, so that it includes all objects that the rows name.
func (t *take) objects(ctx context.Context) error {
	var list []blob.Info
	var total, done int64
	for info, err := range t.p.Blobs.List(ctx, "") {
		if err != nil {
			return err
		}
		if strings.HasPrefix(info.Name, markPrefix) {
			return unfinished(strings.TrimPrefix(info.Name, markPrefix))
		}
		if checkObjectName(info.Name) != nil { // Restore would refuse an archive with this name
			t.rep.Skipped = append(t.rep.Skipped, info.Name)
			continue
		}
		list = append(list, info)
		total += info.Size
	}
	slices.SortFunc(list, func(a, b blob.Info) int { return cmp.Compare(a.Name, b.Name) })
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range t.ahead(ctx, list) {
		got := <-o
		switch {
		case fault.Is(got.err, fault.NotFound):
			t.rep.Vanished++
			continue
		case got.err != nil:
			return got.err
		case strings.HasPrefix(got.info.Name, casPrefix) && !equal(got.sum, hashOfName(got.info.Name)):
			t.rep.Manifest.Damaged = append(t.rep.Manifest.Damaged, got.info.Name)
			continue
		}
		if err := t.object(ctx, got); err != nil {
			return err
		}
		t.rep.Manifest.Objects++
		t.rep.Manifest.Bytes += got.info.Size
		done += got.info.Size
		t.o.Progress("存储对象", done, total)
	}
	return context.Cause(ctx)
}

// object is an object of the store with its hash. A large one is read a second time when it is written.
type object struct {
	info blob.Info
	sum  []byte
	data []byte // content of a small object; nil for a large one
	err  error
}

// ahead reads up to readAhead objects concurrently and returns them in the order of the list.
func (t *take) ahead(ctx context.Context, list []blob.Info) <-chan chan object {
	out := make(chan chan object, readAhead)
	go func() {
		defer close(out)
		for _, info := range list {
			one := make(chan object, 1)
			select {
			case out <- one:
			case <-ctx.Done():
				return
			}
			go func() { one <- t.load(ctx, info) }()
		}
	}()
	return out
}

func (t *take) load(ctx context.Context, info blob.Info) object {
	o := object{info: info}
	if info.Size <= smallSize {
		if o.data, o.err = t.p.Blobs.ReadRange(ctx, info.Name, 0, info.Size); o.err == nil {
			sum := sha256.Sum256(o.data)
			o.sum = sum[:]
		}
		return o
	}
	sum := sha256.New()
	o.err = pieces(ctx, t.p.Blobs, info, sum)
	o.sum = sum.Sum(nil)
	return o
}

// pieces copies an object to w in pieces.
func pieces(ctx context.Context, blobs *blob.Store, info blob.Info, w io.Writer) error {
	for off := int64(0); off < info.Size; off += pieceSize {
		b, err := blobs.ReadRange(ctx, info.Name, off, min(pieceSize, info.Size-off))
		if err == nil {
			_, err = w.Write(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *take) object(ctx context.Context, o object) error {
	name := objectPrefix + o.info.Name
	if o.data != nil {
		return t.w.add(name, o.data)
	}
	if err := t.w.begin(name, o.info.Size); err != nil {
		return err
	}
	sum := sha256.New()
	if err := pieces(ctx, t.p.Blobs, o.info, io.MultiWriter(t.w.tar, sum)); err != nil {
		return err
	}
	return cmp.Or(t.w.end(name, o.sum), unchanged(sum, o))
}

// unchanged returns an error if the second read of a large object had another hash than the first.
func unchanged(sum hash.Hash, o object) error {
	if !equal(sum.Sum(nil), hex.EncodeToString(o.sum)) {
		return fault.Wrap(fault.Unavailable, blob.ErrTampered, "对象 %s 在备份时被改动，备份没有完成", o.info.Name)
	}
	return nil
}
