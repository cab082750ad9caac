-- +goose Up
CREATE TABLE exchange_run (
  id          BIGINT PRIMARY KEY,
  owner       BIGINT NOT NULL,
  source      TEXT NOT NULL,
  origin      TEXT NOT NULL,
  started_at  BIGINT NOT NULL,
  finished_at BIGINT NOT NULL,
  totals      TEXT NOT NULL
);
CREATE INDEX exchange_run_owner ON exchange_run (owner, id);
CREATE TABLE exchange_quarantine (
  owner       BIGINT NOT NULL,
  source      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  run_id      BIGINT NOT NULL,
  name        TEXT NOT NULL,
  reason      TEXT NOT NULL,
  detail      TEXT NOT NULL,
  raw_hash    TEXT NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (owner, source, external_id)
);

-- +goose Down
DROP TABLE exchange_quarantine;
DROP TABLE exchange_run;
