-- +goose Up
CREATE TABLE resource_item (
  id            BIGINT PRIMARY KEY,
  owner         BIGINT NOT NULL,
  class         TEXT NOT NULL,
  version       BIGINT NOT NULL,
  state         TEXT NOT NULL,
  live_edition  BIGINT NOT NULL,
  draft_edition BIGINT NOT NULL,
  release_at    BIGINT NOT NULL,
  offline_at    BIGINT NOT NULL,
  withdrawal    TEXT NOT NULL,
  merge_key     TEXT NOT NULL,
  created_at    BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL
);
CREATE INDEX resource_item_owner ON resource_item (owner, id);
CREATE INDEX resource_item_merge ON resource_item (owner, merge_key);
CREATE TABLE resource_edition (
  id             BIGINT PRIMARY KEY,
  item_id        BIGINT NOT NULL REFERENCES resource_item (id),
  owner          BIGINT NOT NULL,
  no             INTEGER NOT NULL,
  state          TEXT NOT NULL,
  title          TEXT NOT NULL,
  subtitle       TEXT NOT NULL,
  summary        TEXT NOT NULL,
  source         TEXT NOT NULL,
  author         TEXT NOT NULL,
  editor         TEXT NOT NULL,
  keywords       TEXT NOT NULL,
  body           TEXT NOT NULL,
  text           TEXT NOT NULL,
  published_at   BIGINT NOT NULL,
  cover          TEXT NOT NULL,
  media          TEXT NOT NULL,
  files          TEXT NOT NULL,
  official       TEXT NOT NULL,
  reading        TEXT NOT NULL,
  doc_no         TEXT NOT NULL,
  index_no       TEXT NOT NULL,
  hash           TEXT NOT NULL,
  created_at     BIGINT NOT NULL,
  UNIQUE (item_id, no)
);
CREATE INDEX resource_edition_doc_no ON resource_edition (doc_no) WHERE doc_no <> '';
CREATE TABLE resource_placement (
  id         BIGINT PRIMARY KEY,
  item_id    BIGINT NOT NULL REFERENCES resource_item (id),
  owner      BIGINT NOT NULL,
  site_id    BIGINT NOT NULL,
  column_id  BIGINT NOT NULL,
  headline   TEXT NOT NULL,
  at         BIGINT NOT NULL,
  is_primary BOOLEAN NOT NULL,
  live       BOOLEAN NOT NULL,
  UNIQUE (item_id, column_id)
);
CREATE INDEX resource_placement_list ON resource_placement (column_id, live, at, item_id);
CREATE INDEX resource_placement_site ON resource_placement (site_id, item_id);
CREATE INDEX resource_placement_site_list ON resource_placement (site_id, live, is_primary, at, item_id);
CREATE TABLE resource_link (
  from_item BIGINT NOT NULL REFERENCES resource_item (id),
  to_item   BIGINT NOT NULL REFERENCES resource_item (id),
  kind      TEXT NOT NULL,
  owner     BIGINT NOT NULL,
  PRIMARY KEY (from_item, to_item, kind)
);
CREATE INDEX resource_link_to ON resource_link (to_item, kind);
CREATE TABLE resource_pending_link (
  owner       BIGINT NOT NULL,
  source      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  from_item   BIGINT NOT NULL REFERENCES resource_item (id),
  kind        TEXT NOT NULL,
  PRIMARY KEY (owner, source, external_id, from_item, kind)
);
CREATE TABLE resource_tag (
  item_id BIGINT NOT NULL REFERENCES resource_item (id),
  tag     TEXT NOT NULL,
  owner   BIGINT NOT NULL,
  PRIMARY KEY (item_id, tag)
);
CREATE INDEX resource_tag_tag ON resource_tag (tag);
CREATE TABLE resource_provenance (
  owner       BIGINT NOT NULL,
  source      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  item_id     BIGINT NOT NULL REFERENCES resource_item (id),
  origin_url  TEXT NOT NULL,
  fetched_at  BIGINT NOT NULL,
  raw_hash    TEXT NOT NULL,
  extractor   TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  PRIMARY KEY (owner, source, external_id)
);
CREATE INDEX resource_provenance_item ON resource_provenance (item_id);
CREATE TABLE resource_address (
  site_id BIGINT NOT NULL,
  path    TEXT NOT NULL,
  item_id BIGINT NOT NULL REFERENCES resource_item (id),
  no      BIGINT NOT NULL,
  PRIMARY KEY (site_id, path)
);
CREATE UNIQUE INDEX resource_address_item ON resource_address (site_id, item_id);
CREATE TABLE resource_old_address (
  site_id BIGINT NOT NULL,
  path    TEXT NOT NULL,
  item_id BIGINT NOT NULL REFERENCES resource_item (id),
  PRIMARY KEY (site_id, path)
);
CREATE INDEX resource_old_address_item ON resource_old_address (item_id);
CREATE TABLE resource_finding (
  item_id BIGINT NOT NULL REFERENCES resource_item (id),
  owner   BIGINT NOT NULL,
  code    TEXT NOT NULL,
  level   TEXT NOT NULL,
  field   TEXT NOT NULL,
  text    TEXT NOT NULL
);
CREATE INDEX resource_finding_item ON resource_finding (item_id);
CREATE TABLE resource_counter (
  name TEXT PRIMARY KEY,
  next BIGINT NOT NULL
);

-- +goose Down
DROP TABLE resource_counter;
DROP TABLE resource_finding;
DROP TABLE resource_old_address;
DROP TABLE resource_address;
DROP TABLE resource_provenance;
DROP TABLE resource_tag;
DROP TABLE resource_pending_link;
DROP TABLE resource_link;
DROP TABLE resource_placement;
DROP TABLE resource_edition;
DROP TABLE resource_item;
