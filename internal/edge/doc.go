// Package edge is the public listener (公众访问边缘). It serves static pages from signed snapshots and forwards requests
// for dynamic pages to the portal. It uses no database, and it can start and serve while everything else is down.
//
//	Host ──► site ──► its newest verified head ──► tree of the head: path ──► entry ──► bytes
//
// The tree is the only route table. A file that is planted in the store has no route, and a modified file does not
// match its hash and is not served. Bytes are sent only after their SHA-256 was computed in this process and compared
// with a verified node: a node is verified by the hash in its parent, and the root by the hash in a head with a
// verified signature. Verified bytes are cached in memory up to a limit and served from there even if the disk is
// damaged. If no intact copy is left, the response is 503 and an [Event] is reported.
//
// # Heads
//
// A head reaches the edge over the bus (bucket "manifest"), from the caller (SetHead), or from HeadsDir, which stores
// the newest head of each site for a start without the other machines. It must be signed by a trusted key, contain the
// site code under which it arrived, and have a higher revision than the current one; if it is the next revision, it
// must contain the hash of the current head. A head with a host of another site waits until that site gives up the
// host. Sites that swap hosts are changed at the same time.
//
//	HeadsDir/<site>.json   the head, canonical form
//	HeadsDir/<site>.mark   high-water mark: revision and hash of the newest head ever served, authenticated by HMAC
//	HeadsDir/.seal         the HMAC key, mode 0600, unless the caller passes one
//
// At start, a head that is older than its mark, or whose mark is missing or modified, is rejected and reported. The
// site is not served until a head arrives from the bus or the ledger. This protection has a limit: someone who
// replaces head and mark by an older pair written by this edge, while bus and ledger cannot be reached, can restore
// that older signed revision after a restart. A single disk cannot prove that it is not a copy of an earlier state.
// As soon as the bus or the ledger can be reached, the newer head is used.
//
// # Large files
//
// Files above 1 MiB are never loaded as a whole: each chunk of 256 KiB is verified with the chunk list before it is
// sent.
//
// Neighbours: publish writes the snapshots, portal makes dynamic pages, app connects and starts everything.
package edge
