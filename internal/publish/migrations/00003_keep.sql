-- +goose Up
CREATE TABLE publish_keep (
  site_id BIGINT PRIMARY KEY,
  oldest  BIGINT NOT NULL          -- first revision that can be rolled back to
);
CREATE INDEX publish_ledger_at ON publish_ledger (site_id, at);

-- +goose Down
DROP INDEX publish_ledger_at;
DROP TABLE publish_keep;
