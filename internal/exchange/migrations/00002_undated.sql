-- +goose Up
CREATE TABLE exchange_undated (
  owner       BIGINT NOT NULL,
  source      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (owner, source, external_id)
);

-- +goose Down
DROP TABLE exchange_undated;
