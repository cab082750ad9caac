// Package heads (发布清单的传播) brings signed heads from the ledger to the edges, whatever was away meanwhile, and sees to
// it that only a process with the right keys signs them.
//
//	build ─► ledger ─► Announcer.Announce ─► bus ─► edges in other processes
//	            ├────► Announcer.Keep: what the bus lacks, every ten seconds and after a reconnection
//	            └────► Taker.Follow: an edge in the same process, every three seconds
//
// Neighbours: publish (the ledger), kernel/bus, edge; app wires it.
package heads
