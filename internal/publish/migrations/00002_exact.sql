-- +goose Up
ALTER TABLE publish_page ADD COLUMN listed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE publish_dirty ADD COLUMN fault TEXT NOT NULL DEFAULT '';
CREATE INDEX publish_dep_dep ON publish_dep (dep);
CREATE TABLE publish_card (
  site_id BIGINT PRIMARY KEY,
  card    TEXT NOT NULL
);

-- +goose Down
DROP TABLE publish_card;
DROP INDEX publish_dep_dep;
ALTER TABLE publish_dirty DROP COLUMN fault;
ALTER TABLE publish_page DROP COLUMN listed_at;
