// Package edge is the public listener (公众访问边缘): it answers requests for static pages from signed snapshots and hands
// dynamic ones to the portal. It knows no database and no content, and it starts and serves with nothing else running.
//
//	Host ──► site ──► its newest verified head ──► tree of the head: path ──► entry ──► bytes
//
// The tree is the only route table. A file that somebody plants beside the packs has no route; a file that somebody
// changes no longer has its hash and is not served. Bytes reach a client only after their SHA-256 was computed in
// this process and found in a node, whose own hash was found in its parent, and so on up to the root in a head whose
// signature was verified. What was verified once is kept in memory, within a limit, and served from there even while
// the disk is wrong; where no good copy is left, the answer is 503 and an [Event], never the bytes.
//
// # Heads
//
// A head reaches the edge over the bus (bucket "manifest"), from the caller (SetHead), or from HeadsDir, where the
// last good one of each site is kept for a start without the others. It must be signed by a trusted key, name its own
// site and have a higher revision than the one before; if it is the very next one, it must chain to it. One that
// claims a host of another site waits until that site gives it up; sites that swap their hosts change in the same
// moment.
//
//	HeadsDir/<site>.json   the head, canonical form
//	HeadsDir/<site>.mark   high-water mark: revision and hash of the newest head ever served, sealed by HMAC
//	HeadsDir/.seal         the key of the seal, mode 0600, unless the caller gives one
//
// At start a head below its mark, without a mark or with an edited one is refused and reported; the site stays dark
// until the bus or the ledger brings a head. The limit of this: whoever can replace head and mark together by an
// older pair that this edge wrote itself, while nothing else that knows better can be reached, can bring back that
// older, properly signed revision after a restart. Nothing on one disk can prove that the disk is not a copy of an
// earlier self. As soon as bus or ledger answers, the newer head wins.
//
// # Large files
//
// Files above 1 MiB are never held whole: each 256 KiB is checked against the list of chunk hashes before it is sent.
//
// Neighbours: publish writes what is served here, portal answers what is not static, app wires and starts.
package edge
