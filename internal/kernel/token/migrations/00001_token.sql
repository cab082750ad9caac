-- +goose Up
CREATE TABLE token_token (
    id          BIGINT PRIMARY KEY,
    name        TEXT    NOT NULL,
    hash        TEXT    NOT NULL,            -- SHA-256 of the secret, hex
    permissions TEXT    NOT NULL,            -- JSON
    all_owners  BOOLEAN NOT NULL,
    owners      TEXT    NOT NULL,            -- JSON, ids
    created_by  TEXT    NOT NULL,            -- actor
    created_at  BIGINT  NOT NULL,            -- unix ms
    expires_at  BIGINT  NOT NULL,            -- unix ms
    used_at     BIGINT  NOT NULL,            -- unix ms, to the minute; 0 = never
    revoked_at  BIGINT  NOT NULL,            -- unix ms; 0 = not
    revoked_by  TEXT    NOT NULL
);

-- +goose Down
DROP TABLE token_token;
