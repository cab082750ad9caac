-- +goose Up
CREATE TABLE lexicon_dictionary (
  id      BIGINT  PRIMARY KEY,
  owner   BIGINT  NOT NULL, -- site, 0: all sites
  code    TEXT    NOT NULL,
  kind    TEXT    NOT NULL, -- of a finding: word.wrong …
  name    TEXT    NOT NULL,
  level   TEXT    NOT NULL, -- '': that of the kind
  version BIGINT  NOT NULL,
  entries INTEGER NOT NULL,
  set_by  TEXT    NOT NULL,
  at      BIGINT  NOT NULL,
  UNIQUE (owner, code)
);
CREATE TABLE lexicon_version (
  dictionary_id BIGINT  NOT NULL REFERENCES lexicon_dictionary (id),
  version       BIGINT  NOT NULL,
  content       TEXT    NOT NULL, -- TSV
  added         INTEGER NOT NULL,
  removed       INTEGER NOT NULL,
  changed       INTEGER NOT NULL,
  note          TEXT    NOT NULL,
  set_by        TEXT    NOT NULL,
  at            BIGINT  NOT NULL,
  PRIMARY KEY (dictionary_id, version)
);
CREATE TABLE lexicon_level (
  owner BIGINT NOT NULL,
  code  TEXT   NOT NULL, -- of a kind or a dictionary
  level TEXT   NOT NULL,
  PRIMARY KEY (owner, code)
);
CREATE TABLE lexicon_leader (
  owner  BIGINT  NOT NULL,
  place  INTEGER NOT NULL, -- in the order in which leaders are named, from 1
  name   TEXT    NOT NULL,
  titles TEXT    NOT NULL, -- JSON
  PRIMARY KEY (owner, place)
);
CREATE TABLE lexicon_ignore (
  id        BIGINT  PRIMARY KEY,
  owner     BIGINT  NOT NULL,
  item_id   BIGINT  NOT NULL, -- 0: all items of the site
  code      TEXT    NOT NULL,
  hash      TEXT    NOT NULL, -- SHA-256 of code and text
  text      TEXT    NOT NULL, -- personal information masked
  reason    TEXT    NOT NULL,
  by_editor BOOLEAN NOT NULL, -- by somebody who may change dictionaries: findings that block too
  set_by    TEXT    NOT NULL,
  at        BIGINT  NOT NULL,
  UNIQUE (owner, item_id, hash)
);
CREATE INDEX lexicon_ignore_owner ON lexicon_ignore (owner, id);

-- +goose Down
DROP TABLE lexicon_ignore;
DROP TABLE lexicon_leader;
DROP TABLE lexicon_level;
DROP TABLE lexicon_version;
DROP TABLE lexicon_dictionary;
