// Package jobs (任务) is a persistent job queue: a job is a row of the same database, written in the transaction that
// makes it necessary, and processed by any process that handles its kind.
//
//	           Enqueue, Emit, cron
//	                  │
//	                  ▼      claim (lease)          handler returns nil
//	 ┌──────────── waiting ───────────────▶ running ───────────────────▶ row deleted
//	 │                ▲                        │
//	 │                ├── failed: backoff ─────┤
//	 │                ├── lease expired ───────┤
//	 │                ├── stopping: given back ┤
//	 │                │                        │ attempts used up, or Permanent
//	 │ a newer        └── Requeue ── dead ◀────┘
//	 ▼ job says it all               kept until Requeue or Discard
//	dropped
//
// Promises
//
//   - At least once: a handler may see a job again and must be idempotent.
//   - Of one kind and unique key at most one job waits and at most one runs. Enqueuing
//     while one waits only makes that one sooner, and it then runs after the enqueuing
//     transaction has committed, so nothing is missed.
//   - An event (name, key) carries a revision; one older than the newest seen is dropped.
//   - Kinds do not block each other. A job that failed in a batch is next tried alone,
//     so that one bad job does not use up the attempts of its neighbours.
//   - Finished jobs are deleted at once, a batch in one statement: counts and durations
//     live in metrics, what happened in the audit of the slice. Dead jobs are kept.
//
// Leases compare the clocks of the machines: keep them within a few seconds (NTP).
//
// Tables: job_task, job_mark, job_cron. A handler's context carries an actor.Actor.
package jobs
