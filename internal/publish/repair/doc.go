// Package repair (修复) makes damaged stored bytes of published sites again.
//
//	survey   every node, page, compressed form and file of the revisions that are kept, each held against its hash
//	search   another copy with the same hash: a mirror, a blob of its own, another form of the same page,
//	         the page rendered again from the library
//	mend     the object is written anew with the right bytes in the right places; the hash has proved them, so no
//	         revision and no signature changes, and every edge serves the same page again
//	replace  where a node of the tree is lost, or a page comes out otherwise today: what can be saved becomes a tree,
//	         the rest is rendered from the library, and a new revision is signed
//	lost     media and originals that nobody else has are named one by one, with the items that use them
//
// What was damaged is kept aside before anything is written (Options.Evidence), and never removed here. A repair
// can be run again at any time: what is right is not touched. A kill leaves at most an unfinished file in the store
// and a note in the evidence. Repairs on one machine run one after the other.
//
// While the platform runs, edges ask for single pages (Watch): a bad page is made again within seconds. Each page is
// tried a few times an hour at most, and a whole site once an hour.
//
// Neighbours: uses publish (rendering, revisions), publish/manifest, ledger and keep; kernel/blob and bus; app
// wires it.
package repair
