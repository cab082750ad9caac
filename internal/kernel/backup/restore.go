package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/dump"
)

// RestoreOptions are the options of Restore.
type RestoreOptions struct {
	// Migrations are the migrations of this program, in order.
	Migrations []store.Migrations
	// Folders are further folders in the data folder that must be empty.
	Folders []string
	// Passphrase decrypts the private keys in the archive. Without it they are not restored.
	Passphrase string
	Progress   func(what string, done, total int64) // see TakeOptions
	// AfterRestore changes the restored database before the restore ends. When a restore is interrupted and repeated,
	// it may be called twice. It may be nil.
	AfterRestore func(ctx context.Context, db *store.DB) error
}

// markPrefix is the prefix of the object that marks an unfinished restore.
const markPrefix = "restore/"

const restoreWriters = 8 // number of objects written concurrently

// Unfinished returns an error if a restore into the blob store was not finished. A platform must not open such a store.
func Unfinished(ctx context.Context, blobs *blob.Store) error {
	id, err := marked(ctx, blobs)
	if err == nil && id != "" {
		err = unfinished(id)
	}
	return err
}

// marked returns the id of the archive of an unfinished restore, or "".
func marked(ctx context.Context, blobs *blob.Store) (id string, err error) {
	for info, err := range blobs.List(ctx, markPrefix) {
		return strings.TrimPrefix(info.Name, markPrefix), err
	}
	return "", nil
}

func unfinished(id string) error {
	return fault.New(fault.Unavailable, "这里有一次没有完成的恢复（备份 %.64s）：请用同一个备份文件再恢复一次，或清空目标后重新恢复", id)
}

// Restore restores an archive into an empty place. If it fails or is killed, the same archive can be restored again.
func Restore(ctx context.Context, from io.Reader, p Place, o RestoreOptions) (rep *Report, err error) {
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	a, h, err := openArchive(ctx, from)
	if err != nil {
		return nil, err
	}
	defer a.close()
	r := &restore{p: p, o: o}
	if done, err := r.prepare(ctx, h); err != nil || done {
		return &Report{Header: h, Resumed: true}, err
	}
	if r.stage, err = openStage(p.DataDir); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.stage.close()) }()
	err = p.DB.Bulk(ctx, func(ctx context.Context, b *store.Bulk) (err error) {
		r.rows = b
		rep, err = r.fill(ctx, a, h)
		return err
	})
	if err != nil {
		return nil, err
	}
	rep.Keys = r.keys
	return rep, r.end(ctx, h.ID)
}

// restore is a running restore. It is the visitor of the archive.
type restore struct {
	p     Place
	o     RestoreOptions
	rows  *store.Bulk
	stage *stage
	keys  []string

	objects *errgroup.Group
	mu      sync.Mutex
	done    int64 // number of bytes of restored objects
}

// prepare checks that the place is empty, marks it, and creates the tables in the versions of the archive. If an
// earlier run of the same restore has already committed the rows, prepare finishes that run and returns true.
func (r *restore) prepare(ctx context.Context, h Header) (done bool, err error) {
	if err := known(h, r.o.Migrations); err != nil {
		return false, err
	}
	mark, err := marked(ctx, r.p.Blobs)
	switch {
	case err != nil:
		return false, err
	case mark != "" && mark != h.ID:
		return false, unfinished(mark)
	case mark == "":
		if err := r.vacant(ctx); err != nil {
			return false, err
		}
	}
	table, err := r.filled(ctx, h)
	switch {
	case err != nil:
		return false, err
	case table != "" && mark == h.ID: // the rows were committed after everything was verified
		return true, r.end(ctx, h.ID)
	case table != "":
		return false, fault.New(fault.Conflict, "目标数据库不是空的（表 %s 有内容），没有恢复：请换一个空的数据库", table)
	}
	if err := r.p.Blobs.PutNamed(ctx, markPrefix+h.ID, []byte("guiyi restore\n")); err != nil {
		return false, err
	}
	if err := r.p.DB.MigrateTo(ctx, h.Schema.Versions, r.o.Migrations...); err != nil {
		return false, err
	}
	return false, r.sameTables(ctx, h)
}

// known returns a fault if a newer program wrote the archive.
func known(h Header, sets []store.Migrations) error {
	newest := map[string]int64{}
	for _, set := range sets {
		n, err := set.Newest()
		if err != nil {
			return err
		}
		newest[set.Slice] = n
	}
	for slice, version := range h.Schema.Versions {
		if version > newest[slice] {
			return fault.New(fault.Unsupported, "这个备份由更新的程序（%.40q）写成，它的数据库结构 %s 第 %d 版本程序还不认识：请用那个版本或更新的程序恢复",
				h.Program, slice, version)
		}
	}
	return nil
}

// vacant returns a fault if the blob store or one of the folders is not empty.
func (r *restore) vacant(ctx context.Context) error {
	for info, err := range r.p.Blobs.List(ctx, "") {
		if err != nil {
			return err
		}
		return fault.New(fault.Conflict, "目标的文件存储不是空的（有 %s），没有恢复：请换一个空的目录或存储桶", info.Name)
	}
	name, err := occupied(r.p.DataDir, append([]string{"themes"}, r.o.Folders...)...)
	if err == nil && name != "" {
		err = fault.New(fault.Conflict, "目标数据目录里已有 %s，没有恢复：请停止使用它的平台，换一个空的数据目录（可以只留 keys）", name)
	}
	return err
}

// filled returns a table that has rows, or a table of another program. It returns a fault if the schema of the database
// is newer than the archive.
func (r *restore) filled(ctx context.Context, h Header) (table string, err error) {
	there, foreign, err := dump.Describe(ctx, r.p.DB, r.p.DB.Read())
	if err != nil {
		return "", err
	}
	for _, t := range there.Tables {
		empty, err := dump.Empty(ctx, r.p.DB.Read(), t.Name)
		if err != nil || !empty {
			return t.Name, err
		}
	}
	// the SQLite file of another program; on PostgreSQL such tables may belong to an extension
	if len(foreign) > 0 && len(there.Tables) == 0 && !r.p.DB.Postgres() {
		return foreign[0], nil
	}
	for slice, version := range there.Versions {
		if version > h.Schema.Versions[slice] {
			return "", fault.New(fault.Conflict, "目标数据库的结构（%s 第 %d 版）比备份新，没有恢复：请换一个全新的数据库，恢复后会自动升级", slice, version)
		}
	}
	return "", nil
}

// sameTables returns a fault if the migrated tables differ from those in the header.
func (r *restore) sameTables(ctx context.Context, h Header) error {
	there, _, err := dump.Describe(ctx, r.p.DB, r.p.DB.Read())
	if err != nil {
		return err
	}
	for _, t := range h.Schema.Tables {
		if have, ok := there.Table(t.Name); !ok || !have.Same(t) {
			return fault.New(fault.Unsupported, "备份里数据表 %s 的列与本程序的不同，没有恢复：请用写出备份的版本（%.40q）恢复", t.Name, h.Program)
		}
	}
	if len(there.Tables) != len(h.Schema.Tables) {
		return fault.New(fault.Unsupported, "备份里缺少数据表，没有恢复：请用写出备份的版本（%.40q）恢复", h.Program)
	}
	return nil
}

// fill restores and verifies rows, objects and files. After it, only the commit remains.
func (r *restore) fill(ctx context.Context, a *archive, h Header) (*Report, error) {
	var groupCtx context.Context
	r.objects, groupCtx = errgroup.WithContext(ctx)
	r.objects.SetLimit(restoreWriters)
	rep, err := a.body(groupCtx, h, r)
	if werr := r.objects.Wait(); werr != nil { // a writer's error is the cause of the canceled context
		err = werr
	}
	if err != nil {
		return nil, err
	}
	for i, t := range h.Schema.Tables {
		r.o.Progress("核对数据表", int64(i), int64(len(h.Schema.Tables)))
		sum, err := dump.SumOf(ctx, r.rows, t)
		if err != nil {
			return nil, err
		}
		if (TableSum{t.Name, sum.Rows, sum.String()}) != rep.Manifest.Tables[i] {
			return nil, fault.New(fault.Internal, "数据表 %s 写入后读回的内容与备份不同（读回 %d 行，备份 %d 行），恢复已撤销", t.Name, sum.Rows,
				rep.Manifest.Tables[i].Rows)
		}
	}
	return rep, r.stage.publish()
}

// end migrates the tables to the newest versions, calls AfterRestore, and removes the mark.
func (r *restore) end(ctx context.Context, id string) error {
	if err := r.p.DB.Migrate(ctx, r.o.Migrations...); err != nil {
		return err
	}
	if r.o.AfterRestore != nil {
		if err := r.o.AfterRestore(ctx, r.p.DB); err != nil {
			return err
		}
	}
	return r.p.Blobs.Remove(ctx, markPrefix+id)
}

func (r *restore) table(ctx context.Context, t dump.Table, next func() ([]byte, error)) error {
	n := int64(0)
	err := dump.Load(ctx, r.rows, t, func() ([]byte, error) {
		if n++; n%1000 == 0 {
			r.o.Progress("数据表 "+t.Name, n, 0)
		}
		return next()
	})
	return damagedRow(t, err)
}

func (r *restore) file(_ context.Context, name string, size int64, from io.Reader) error {
	if !strings.HasSuffix(name, sealedKey) {
		mode := fs.FileMode(0o644)
		return r.stage.add(name, mode, from)
	}
	key := strings.TrimSuffix(name, sealedKey) + privateKey
	r.keys = append(r.keys, path.Base(key))
	if r.o.Passphrase == "" {
		return nil
	}
	if size > maxSealed {
		return errDamaged(name+" 过大", nil)
	}
	sealed, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	plain, err := unseal(sealed, r.o.Passphrase)
	if err != nil {
		return err
	}
	if have, err := r.stage.root.ReadFile(key); err == nil && !bytes.Equal(have, plain) {
		return fault.New(fault.Conflict, "目标数据目录里的私钥 %s 与备份里的不同，没有恢复：请先把它移走", key)
	}
	return r.stage.add(key, 0o600, bytes.NewReader(plain))
}

func (r *restore) object(ctx context.Context, name string, size int64, from io.Reader) error {
	if size > smallSize {
		if err := r.put(ctx, name, size, from); err != nil {
			return err
		}
		return r.progress(size)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(from, data); err != nil {
		return err
	}
	r.objects.Go(func() error {
		if err := r.put(ctx, name, size, bytes.NewReader(data)); err != nil {
			return err
		}
		return r.progress(size)
	})
	return context.Cause(ctx)
}

func (r *restore) progress(size int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done += size
	r.o.Progress("存储对象", r.done, 0)
	return nil
}

// put stores an object and reads it back. If an interrupted restore has already stored the object, put compares it with
// the archive.
func (r *restore) put(ctx context.Context, name string, size int64, from io.Reader) error {
	if strings.HasPrefix(name, casPrefix) {
		ref, err := r.p.Blobs.Put(ctx, from, size)
		if err != nil {
			return err
		}
		if ref.Hash != hashOfName(name) {
			return errDamaged(fmt.Sprintf("%s%.200s 的内容与散列不符", objectPrefix, name), nil)
		}
		back, err := r.p.Blobs.Get(ctx, ref.Hash)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, back) // fails if the bytes have another hash
		return errors.Join(err, back.Close())
	}
	sum := sha256.New()
	w, err := r.p.Blobs.Create(ctx, name)
	switch {
	case fault.Is(err, fault.Conflict):
		_, err = io.Copy(sum, from)
	case err == nil:
		defer w.Abort()
		if _, err = io.Copy(io.MultiWriter(w, sum), from); err == nil {
			err = w.Commit(ctx)
		}
	}
	if err != nil {
		return err
	}
	return r.readBack(ctx, blob.Info{Name: name, Size: size}, sum)
}

func (r *restore) readBack(ctx context.Context, info blob.Info, want hash.Hash) error {
	there, err := r.p.Blobs.Stat(ctx, info.Name)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if there.Size == info.Size {
		if err := pieces(ctx, r.p.Blobs, info, sum); err != nil {
			return err
		}
	}
	if !bytes.Equal(sum.Sum(nil), want.Sum(nil)) {
		return fault.New(fault.Internal, "存储对象 %s 写入后读回的内容与备份不同，恢复已撤销：请检查存储，清空后重新恢复", info.Name)
	}
	return nil
}
