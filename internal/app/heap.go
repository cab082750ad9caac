package app

// heapFloor is what the garbage collector counts as live in addition to what is, in bytes: it runs after that much
// garbage at least. A process that only serves pages from memory has 8 MiB of live objects, was collected twenty
// times a second under load, and spent a tenth of its time on that.
const heapFloor = 64 << 20

// newHeapFloor returns memory to be kept as long as the process serves (runtime.KeepAlive). It is never touched, so
// that the system gives addresses for it and no pages. See docs/adr/034-heap-floor.md.
func newHeapFloor() []byte { return make([]byte, heapFloor) }
