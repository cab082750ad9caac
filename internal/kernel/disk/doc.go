// Package disk (磁盘) names what is wrong with a disk, so that no message blames something else: it is full, it is
// read-only, rights are missing, or reading fails. It also watches a folder by writing to it now and again, at most
// as often as asked for.
//
//	Reason(err)   full | read-only | denied | broken, out of any error of the system
//	Fault(err)    the same as an error for people: what could not be done, why, and what to do
//	Watch         is there room, and may we write? Told by readiness, and logged once a minute
//
// Neighbours: kernel/store, blob and bus explain their errors with it; app watches the data folder.
package disk
