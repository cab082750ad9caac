// Package heads (发布清单的传播) sends signed heads from the ledger to the edges. It repeats this, so that heads also arrive
// after the bus or an edge was not reachable. It also checks that a process has the right keys before it signs heads.
//
//	build ─► ledger ─► Announcer.Announce ─► bus ─► edges in other processes
//	            ├────► Announcer.Keep: what the bus lacks, every ten seconds and after a reconnection
//	            └────► Taker.Follow: an edge in the same process, every three seconds
//
// Neighbours: publish (the ledger), kernel/bus, edge; app wires it.
package heads
