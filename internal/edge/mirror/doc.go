// Package mirror (本机镜像) copies everything that the sites of an edge need to the local disk, so that the edge can serve
// every page while the store, the bus and all other machines are down.
//
//	bus ─► Mirror.Watch: copy what the new head needs ─► edge.SetHead
//	edge ─► Mirror.ReadRange, Bytes: local disk first, then the store
//
// A new head of a known site is forwarded to the edge when its packs and files have been copied, or after 30 seconds if
// the store can be reached and copying takes longer. While the store is down, the edge keeps the previous head. The
// first head of a site is forwarded at once and copied afterwards.
//
// The mirror does not verify: edge/verified verifies what is read from it; a damaged copy is reported and read from the
// store instead. Objects that no head refers to are removed after a day.
//
// Neighbours: edge (verified.Blobs, edge.Watcher), kernel/blob, kernel/bus; app wires it.
package mirror
