-- +goose Up
CREATE TABLE publish_site (
  site_id    BIGINT PRIMARY KEY,
  revision   BIGINT NOT NULL,
  head       TEXT NOT NULL,
  pinned     BIGINT NOT NULL,
  theme_hash TEXT NOT NULL
);
CREATE TABLE publish_page (
  site_id  BIGINT NOT NULL,
  path     TEXT NOT NULL,
  kind     TEXT NOT NULL,
  ref      BIGINT NOT NULL,
  no       BIGINT NOT NULL,
  deps     TEXT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (site_id, path)
);
CREATE TABLE publish_dep (
  site_id BIGINT NOT NULL,
  dep     TEXT NOT NULL,
  path    TEXT NOT NULL,
  PRIMARY KEY (site_id, dep, path)
);
CREATE TABLE publish_window (
  site_id   BIGINT NOT NULL,
  column_id BIGINT NOT NULL,
  path      TEXT NOT NULL,
  low_at    BIGINT NOT NULL,
  low_item  BIGINT NOT NULL,
  PRIMARY KEY (site_id, column_id, path)
);
CREATE INDEX publish_window_path ON publish_window (site_id, path);
CREATE TABLE publish_list (
  site_id   BIGINT NOT NULL,
  column_id BIGINT NOT NULL,
  no        BIGINT NOT NULL,
  low_at    BIGINT NOT NULL,
  low_item  BIGINT NOT NULL,
  PRIMARY KEY (site_id, column_id, no)
);
CREATE INDEX publish_list_low ON publish_list (site_id, column_id, low_at, low_item);
CREATE TABLE publish_dirty (
  site_id BIGINT NOT NULL,
  path    TEXT NOT NULL,
  kind    TEXT NOT NULL,
  ref     BIGINT NOT NULL,
  no      BIGINT NOT NULL,
  seq     BIGINT NOT NULL,
  PRIMARY KEY (site_id, path)
);
CREATE TABLE publish_ledger (
  site_id  BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  head     TEXT NOT NULL,
  hash     TEXT NOT NULL,
  at       BIGINT NOT NULL,
  PRIMARY KEY (site_id, revision)
);

-- +goose Down
DROP TABLE publish_ledger;
DROP TABLE publish_dirty;
DROP TABLE publish_list;
DROP TABLE publish_window;
DROP TABLE publish_dep;
DROP TABLE publish_page;
DROP TABLE publish_site;
