-- +goose Up
-- Whoever calls has a key of its own, not only tokens.
DROP INDEX api_answer_age;
ALTER TABLE api_answer RENAME TO api_answer_of_tokens;
CREATE TABLE api_answer (
    actor        TEXT    NOT NULL,           -- kind:id, see kernel/actor
    key          TEXT    NOT NULL,           -- Idempotency-Key, as sent
    request      TEXT    NOT NULL,           -- SHA-256 of method, address, type and body, hex
    status       INTEGER NOT NULL,           -- 0 = under way
    header       TEXT    NOT NULL,           -- JSON
    body         TEXT    NOT NULL,
    lease_until  BIGINT  NOT NULL,           -- unix ms; while under way
    created_at   BIGINT  NOT NULL,           -- unix ms
    PRIMARY KEY (actor, key)
);
CREATE INDEX api_answer_age ON api_answer (created_at);
INSERT INTO api_answer (actor, key, request, status, header, body, lease_until, created_at)
    SELECT 'token:' || CAST(token AS TEXT), key, request, status, header, body, lease_until, created_at
    FROM api_answer_of_tokens;
DROP TABLE api_answer_of_tokens;
