// Package disk (磁盘) recognizes errors caused by a disk, so that no message blames something else: it is full, it is
// read-only, permissions are missing, or reading fails. It also watches folders by writing to them from time to time.
//
//	Reason(err)   full | read-only | denied | broken, out of any error of the system
//	Fault(err)    the same as an error for people: what could not be done, why, and what to do
//	Watch         can the folders be written? Shown by readiness, and logged once a minute
//
// Neighbours: kernel/store, kernel/blob, kernel/bus, edge, search and publish/repair explain their errors with it; app
// watches the folders that are written.
package disk
