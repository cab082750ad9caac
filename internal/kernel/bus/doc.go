// Package bus carries wake-ups and desired state between processes (消息总线), over NATS JetStream.
//
//	Wake, OnWake     "look at your queue now"; a hint, may be lost or merged, never carries data
//	Put, Get, Watch  desired state: the newest value per key of a bucket, with a revision that only grows
//
// Open without a URL runs the server inside this process. It listens on the loopback interface on a random port,
// protected by a random token. While it runs, port and token are in DIR/bus.json (mode 0600), so that Dial can find
// the server from another process of the same account. DIR/bus.lock prevents a second server on the same files. Every
// write is synced to disk before it is acknowledged. Open with a URL uses a NATS server or cluster that exists; it
// need not be reachable yet.
//
// After a lost connection is restored, every Watch continues with the current values, and every OnWake function runs
// once, for the hints that may have been missed. No NATS type leaves this package.
package bus
