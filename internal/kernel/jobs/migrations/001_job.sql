-- +goose Up
CREATE TABLE job_task (
    id           BIGINT PRIMARY KEY,
    queue        TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    args         TEXT    NOT NULL,           -- JSON
    unique_key   TEXT    NOT NULL,           -- '' = none
    priority     INTEGER NOT NULL,           -- smaller is sooner
    run_at       BIGINT  NOT NULL,           -- unix ms
    state        INTEGER NOT NULL,           -- 0 waiting, 1 running, 2 dead
    attempt      INTEGER NOT NULL,           -- attempts begun
    max_attempts INTEGER NOT NULL,           -- 0 = as its handler says
    lease        BIGINT  NOT NULL,           -- id of the claim, 0 = none
    lease_until  BIGINT  NOT NULL,           -- unix ms
    worker       TEXT    NOT NULL,           -- latest one
    event        TEXT    NOT NULL,           -- '' = enqueued directly
    event_key    TEXT    NOT NULL,
    revision     BIGINT  NOT NULL,
    trace_id     TEXT    NOT NULL,
    span_id      TEXT    NOT NULL,
    error        TEXT    NOT NULL,           -- of the latest failure
    created_at   BIGINT  NOT NULL            -- unix ms
);
CREATE UNIQUE INDEX job_task_unique ON job_task (kind, unique_key) WHERE state = 0 AND unique_key <> '';
CREATE INDEX job_task_claim ON job_task (kind, priority, run_at, id) WHERE state = 0;
CREATE INDEX job_task_due ON job_task (kind, run_at) WHERE state = 0;
CREATE INDEX job_task_held ON job_task (kind, unique_key) WHERE state = 1;
CREATE INDEX job_task_lease ON job_task (lease_until) WHERE state = 1;
CREATE INDEX job_task_holder ON job_task (lease) WHERE state = 1;
CREATE INDEX job_task_dead ON job_task (kind, id) WHERE state = 2;

-- The newest revision of every event seen: older ones lose.
CREATE TABLE job_mark (
    event     TEXT   NOT NULL,
    event_key TEXT   NOT NULL,
    revision  BIGINT NOT NULL,
    PRIMARY KEY (event, event_key)
);

CREATE TABLE job_cron (
    name    TEXT   PRIMARY KEY,
    kind    TEXT   NOT NULL,
    spec    TEXT   NOT NULL,
    tz      TEXT   NOT NULL,
    next_at BIGINT NOT NULL                  -- unix ms
);
