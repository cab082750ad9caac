// Package mirror (本机镜像) keeps on an edge's own disk everything that its sites are made of, so that it goes on answering
// for every page when the store, the bus and all other machines are away.
//
//	bus ─► Mirror.Watch: copy what the new head needs ─► edge.SetHead
//	edge ─► Mirror.ReadRange, Bytes: own disk first, the store for what is not there yet
//
// A head of a site that is served already is passed on once its packs and files are here, or after half a minute if
// the store can be reached and copying takes longer; while the store is away the edge stays with the head it has. The
// first head of a site is passed on at once and copied beside that.
//
// Nothing here is trusted: what is read is verified by edge/verified like everything else, and a bad copy is reported
// and read from the store. Objects that no head uses are removed after a day.
//
// Neighbours: edge (verified.Blobs, edge.Watcher), kernel/blob, kernel/bus; app wires it.
package mirror
