-- +goose Up
CREATE TABLE hold_copy (
    id     BIGINT PRIMARY KEY,
    reason TEXT   NOT NULL,          -- who copies, for people
    until  BIGINT NOT NULL           -- unix ms
);

-- +goose Down
DROP TABLE hold_copy;
