-- +goose Up
CREATE TABLE site_site (
  id          BIGINT PRIMARY KEY,
  parent_id   BIGINT NOT NULL,
  code        TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  title       TEXT NOT NULL,
  kind        TEXT NOT NULL,
  state       TEXT NOT NULL,
  theme       TEXT NOT NULL,
  domains     TEXT NOT NULL,
  dossier     TEXT NOT NULL,
  links       TEXT NOT NULL,
  hot         TEXT NOT NULL,
  home        TEXT NOT NULL,
  revision    BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL
);
CREATE TABLE site_domain (
  host     TEXT PRIMARY KEY,
  site_id  BIGINT NOT NULL REFERENCES site_site (id)
);
CREATE TABLE site_column (
  id           BIGINT PRIMARY KEY,
  site_id      BIGINT NOT NULL REFERENCES site_site (id),
  parent_id    BIGINT NOT NULL,
  path         TEXT NOT NULL,
  slug         TEXT NOT NULL,
  name         TEXT NOT NULL,
  description  TEXT NOT NULL,
  keywords     TEXT NOT NULL,
  types        TEXT NOT NULL,
  update_class TEXT NOT NULL,
  kind         TEXT NOT NULL,
  url          TEXT NOT NULL,
  nav          BOOLEAN NOT NULL,
  fixed        BOOLEAN NOT NULL,
  rank         INTEGER NOT NULL,
  retired      BOOLEAN NOT NULL,
  UNIQUE (site_id, path)
);
CREATE TABLE site_state_log (
  id                 BIGINT PRIMARY KEY,
  site_id            BIGINT NOT NULL REFERENCES site_site (id),
  from_state         TEXT NOT NULL,
  to_state           TEXT NOT NULL,
  reason             TEXT NOT NULL,
  applied_by         TEXT NOT NULL,
  approval           TEXT NOT NULL,
  notice_url         TEXT NOT NULL,
  effective_at       BIGINT NOT NULL,
  planned_restore_at BIGINT NOT NULL
);
CREATE INDEX site_state_log_site ON site_state_log (site_id, id);
CREATE TABLE site_rule (
  code       TEXT NOT NULL,
  scope      TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  value      TEXT NOT NULL,
  source     TEXT NOT NULL,
  valid_to   TEXT NOT NULL,
  note       TEXT NOT NULL,
  PRIMARY KEY (code, scope, valid_from)
);

-- +goose Down
DROP TABLE site_rule;
DROP TABLE site_state_log;
DROP TABLE site_column;
DROP TABLE site_domain;
DROP TABLE site_site;
