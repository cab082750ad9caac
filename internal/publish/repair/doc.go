// Package repair (修复) restores damaged stored bytes of published sites.
//
//	scan      every node, page, compressed form and file of the retained revisions is compared with its hash
//	find      the right bytes are searched by hash: in other stores (mirrors), in another form of the same page, or by
//	          rendering the page again from the library
//	repair    the damaged objects are rewritten with the right bytes at the same locations. Hashes, revision and
//	          signature stay the same, and every edge can serve the page again
//	replace   if a node of the tree is lost, or a page rendered from the current content differs: the readable entries
//	          become a new tree, the other pages are rendered, and a new revision is signed
//	lost      media and original files without another copy are reported one by one, with the items that use them
//
// Damaged bytes are saved before they are overwritten (Options.Evidence), and this package never removes them. A repair
// can be run at any time and again: undamaged objects are not changed. A killed repair leaves at most an unfinished
// file in the store and a line in the evidence. Repairs on one machine run one after the other.
//
// While the platform runs, edges request the repair of single pages (Requester, Watch), which takes a few seconds. A
// page is repaired at most a few times an hour, and a whole site once an hour.
//
// Neighbours: uses publish (rendering, revisions), publish/manifest, publish/ledger, publish/retention, kernel/blob and
// kernel/bus.
package repair
