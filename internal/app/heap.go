package app

// heapFloor is the size of a block that makes the live heap larger, in bytes, so that the garbage collector runs less
// often. Without it, a process that only serves pages from memory has 8 MiB of live objects. Under load it was
// collected twenty times a second, which used a tenth of its time.
const heapFloor = 64 << 20

// newHeapFloor returns the block. The caller must keep it alive while the process serves (runtime.KeepAlive). The
// block is never written, so the system allocates no physical memory for it. See docs/adr/034-heap-floor.md.
func newHeapFloor() []byte { return make([]byte, heapFloor) }
