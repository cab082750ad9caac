// Package jobs (任务) is a persistent job queue: a job is a row of the same database, written in the transaction that
// makes it necessary, and processed by any process that handles its kind.
//
//	Enqueue, Emit, cron
//	       │
//	       ▼      claim (lease)          handler returns nil
//	   waiting ────────────────▶ running ───────────────────▶ row deleted
//	       ▲                        │
//	       ├── failed: backoff ─────┤
//	       ├── lease expired ───────┤
//	       ├── process stops ───────┤
//	       │                        │ no attempt left, or Permanent
//	       └── Requeue ── dead ◀────┘
//	                        └── Discard: row deleted
//
// A job that would wait again is deleted instead when a waiting job of the same kind and unique key, or a newer
// revision of its event, replaces it.
//
// Guarantees:
//
//   - Every job is processed at least once. A handler may get a job again, so it must be idempotent.
//   - For each kind and unique key, at most one job waits and at most one runs. Enqueue of a second waiting job adds no
//     row: it makes the first one due earlier. That job starts only after the enqueuing transaction has ended, so its
//     handler sees the changes.
//   - An event has a name, a key and a revision. An event older than the newest one of its name and key is dropped.
//   - Kinds do not block each other. A job that failed in a batch is retried alone, so one bad job does not use up the
//     attempts of others.
//   - Finished jobs are deleted immediately. Dead jobs stay until Requeue or Discard.
//
// Leases compare the clocks of different machines. The clocks must agree within a few seconds (NTP).
//
// Tables: job_task, job_mark, job_cron. A handler's context carries an actor.Actor.
package jobs
