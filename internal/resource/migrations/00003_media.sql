-- +goose Up
CREATE TABLE resource_media (
  owner BIGINT NOT NULL,
  hash  TEXT NOT NULL,
  type  TEXT NOT NULL,
  ext   TEXT NOT NULL,
  size  BIGINT NOT NULL,
  name  TEXT NOT NULL,
  at    BIGINT NOT NULL,
  PRIMARY KEY (owner, hash)
);

-- +goose Down
DROP TABLE resource_media;
