// Package bus carries wake-ups and desired state between processes (消息总线), over NATS JetStream.
//
//	Wake, OnWake     "look at your queue now"; a hint, may be lost or merged, never carries data
//	Put, Get, Watch  desired state: the newest value per key of a bucket, with a revision that only grows
//
// Open without a URL runs the server inside this process. It listens on the loopback interface on a random port,
// guarded by a random token; both stand in DIR/bus.json (mode 0600) while it runs, so that Dial finds it from another
// process of the same account. DIR/bus.lock keeps a second server off the same files. Every write is synced to disk
// before it is acknowledged. Open with a URL uses a NATS server or cluster that exists; it need not be reachable yet.
//
// What holds after any loss of connection: a Watch goes on by itself with the values that are current then, and every
// OnWake function runs once, for the hints that may have been missed. No NATS type leaves this package.
package bus
