package bleveindex

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/blevesearch/bleve/v2/util"
	"go.etcd.io/bbolt"

	"guiyi/internal/search"
)

// verify computes the checksum of every segment that the newest snapshot refers to, and compares it with the one in the
// footer of the segment. The engine itself maps segments without checking them. When it cannot open one, it silently
// uses an older snapshot or an empty index.
func verify(dir string) (err error) {
	wait, err := time.ParseDuration(lockWait)
	if err != nil {
		return err
	}
	root, err := util.OpenBolt(filepath.Join(dir, rootFile), 0o600, &bbolt.Options{ReadOnly: true, Timeout: wait})
	if err != nil {
		return classify(err)
	}
	defer func() { err = errors.Join(err, root.DB.Close()) }()
	err = root.View(func(tx *util.BoltTxImpl) error {
		snapshots := tx.Bucket(util.BoltSnapshotsBucket)
		if snapshots == nil {
			return nil
		}
		newest, _ := snapshots.Cursor().Last()
		if newest == nil {
			return nil
		}
		return verifySnapshot(dir, snapshots.GetBucket(newest))
	})
	if err != nil {
		return fmt.Errorf("%w: %w", search.ErrCorrupt, err)
	}
	return nil
}

func verifySnapshot(dir string, snapshot *util.BoltBucketImpl) error {
	if snapshot == nil {
		return errors.New("snapshot is empty")
	}
	for key := range keys(snapshot) {
		if key[0] == util.BoltInternalKey[0] || key[0] == util.BoltMetaDataKey[0] {
			continue
		}
		segment := snapshot.GetBucket(key)
		if segment == nil {
			continue
		}
		name, err := segment.Get(util.BoltPathKey, nil)
		if err != nil || name == nil {
			return fmt.Errorf("segment %x without a file: %w", key, err)
		}
		if err := verifySegment(filepath.Join(dir, string(name))); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func keys(b *util.BoltBucketImpl) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := b.Cursor()
		for k, v := c.First(); k != nil && yield(k, v); k, v = c.Next() {
		}
	}
}

// checksumSize is the size of the last field in the footer of a segment: the CRC-32 (IEEE) of all bytes before it.
const checksumSize = 4

func verifySegment(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < checksumSize {
		return errors.New("file too short")
	}
	sum := crc32.NewIEEE()
	if _, err := io.CopyN(sum, f, info.Size()-checksumSize); err != nil {
		return err
	}
	var want [checksumSize]byte
	if _, err := io.ReadFull(f, want[:]); err != nil {
		return err
	}
	if binary.BigEndian.Uint32(want[:]) != sum.Sum32() {
		return errors.New("checksum differs")
	}
	return nil
}
