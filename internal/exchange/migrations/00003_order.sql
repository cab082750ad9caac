-- +goose Up
CREATE TABLE exchange_upload (
  id    BIGINT PRIMARY KEY,
  owner BIGINT NOT NULL,
  name  TEXT NOT NULL,
  hash  TEXT NOT NULL,
  size  BIGINT NOT NULL,
  at    BIGINT NOT NULL
);
CREATE TABLE exchange_order (
  id          BIGINT PRIMARY KEY,
  owner       BIGINT NOT NULL,
  actor       TEXT NOT NULL,
  reach       TEXT NOT NULL,
  state       TEXT NOT NULL,
  source      TEXT NOT NULL,
  column_path TEXT NOT NULL,
  mapping     TEXT NOT NULL,
  dry_run     BOOLEAN NOT NULL,
  file_name   TEXT NOT NULL,
  file_hash   TEXT NOT NULL,
  address     TEXT NOT NULL,
  max_pages   BIGINT NOT NULL,
  done        BIGINT NOT NULL,
  run_id      BIGINT NOT NULL,
  report      TEXT NOT NULL,
  error       TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  started_at  BIGINT NOT NULL,
  finished_at BIGINT NOT NULL
);
CREATE INDEX exchange_order_owner ON exchange_order (owner, id);
CREATE INDEX exchange_quarantine_run ON exchange_quarantine (run_id, source, external_id);

-- +goose Down
DROP INDEX exchange_quarantine_run;
DROP TABLE exchange_order;
DROP TABLE exchange_upload;
