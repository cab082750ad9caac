-- +goose Up
CREATE TABLE api_answer (
    token        BIGINT  NOT NULL,
    key          TEXT    NOT NULL,           -- Idempotency-Key, as sent
    request      TEXT    NOT NULL,           -- SHA-256 of method, address, type and body, hex
    status       INTEGER NOT NULL,           -- 0 = under way
    header       TEXT    NOT NULL,           -- JSON
    body         TEXT    NOT NULL,
    lease_until  BIGINT  NOT NULL,           -- unix ms; while under way
    created_at   BIGINT  NOT NULL,           -- unix ms
    PRIMARY KEY (token, key)
);
CREATE INDEX api_answer_age ON api_answer (created_at);

-- +goose Down
DROP TABLE api_answer;
