package blob

import (
	"container/list"
	"os"
	"sync"
	"time"
)

const (
	maxHandles = 256
	// handleAge bounds how long a file replaced by another process is still read through an old handle.
	handleAge = time.Minute
)

// handles keeps the most recently used files open. When a file is closed while it is being read, that read finishes,
// because os.File counts its users. The next read of the same handle fails with os.ErrClosed, and the caller repeats
// it.
type handles struct {
	open func(name string) (*os.File, error)

	mu     sync.Mutex
	byName map[string]*list.Element
	order  *list.List // of *handle, most recent first
}

type handle struct {
	name   string
	f      *os.File
	size   int64 // bytes
	opened time.Time
}

func newHandles(open func(name string) (*os.File, error)) *handles {
	return &handles{open: open, byName: map[string]*list.Element{}, order: list.New()}
}

func (c *handles) get(name string) (*handle, error) {
	c.mu.Lock()
	if e, ok := c.byName[name]; ok {
		h := e.Value.(*handle)
		if time.Since(h.opened) < handleAge {
			c.order.MoveToFront(e)
			c.mu.Unlock()
			return h, nil
		}
	}
	c.mu.Unlock()

	f, err := c.open(name)
	if err != nil {
		return nil, err
	}
	size, err := regularSize(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	h := &handle{name: name, f: f, size: size, opened: time.Now()}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(name)
	c.dropOld()
	c.byName[name] = c.order.PushFront(h)
	if c.order.Len() > maxHandles {
		c.drop(c.order.Back().Value.(*handle).name)
	}
	return h, nil
}

func (c *handles) forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(name)
}

func (c *handles) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.order.Len() > 0 {
		c.drop(c.order.Front().Value.(*handle).name)
	}
}

// dropOld closes handles older than handleAge: a file removed by another process occupies its space until it is
// closed. The caller holds the lock.
func (c *handles) dropOld() {
	var next *list.Element
	for e := c.order.Front(); e != nil; e = next {
		next = e.Next()
		if h := e.Value.(*handle); time.Since(h.opened) >= handleAge {
			c.drop(h.name)
		}
	}
}

// drop closes a handle and removes it. The caller holds the lock.
func (c *handles) drop(name string) {
	if e, ok := c.byName[name]; ok {
		e.Value.(*handle).f.Close()
		c.order.Remove(e)
		delete(c.byName, name)
	}
}
