-- +goose Up
CREATE TABLE audit_row (
    id      BIGINT PRIMARY KEY,      -- ordered by time
    at      BIGINT NOT NULL,         -- unix ms
    kind    TEXT   NOT NULL,         -- of the actor
    actor   TEXT   NOT NULL,         -- its id, never a person's name
    action  TEXT   NOT NULL,         -- the permission that was used
    object  TEXT   NOT NULL,         -- what was changed: site, column, item, …
    number  BIGINT NOT NULL,         -- its id
    owner   BIGINT NOT NULL,         -- the site it belongs to, 0 none
    detail  TEXT   NOT NULL,         -- what changed, in few words, without personal data
    request TEXT   NOT NULL          -- id of the request, "" when there was none
);
CREATE INDEX audit_row_object ON audit_row (object, number, id);
CREATE INDEX audit_row_owner ON audit_row (owner, id);
CREATE TABLE audit_seal (
    seq    BIGINT PRIMARY KEY,       -- from 1, without gaps
    row_id BIGINT NOT NULL UNIQUE,
    hash   TEXT   NOT NULL           -- SHA-256 of the hash before and of the row, in hex
);

-- +goose Down
DROP TABLE audit_seal;
DROP TABLE audit_row;
