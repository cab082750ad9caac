-- +goose Up
CREATE TABLE org_department (
    id         BIGINT PRIMARY KEY,
    code       TEXT   NOT NULL UNIQUE,   -- of the unit, as a scope names it
    name       TEXT   NOT NULL,
    parent_id  BIGINT NOT NULL,          -- 0 = top
    version    BIGINT NOT NULL
);
CREATE TABLE org_officer (
    id            BIGINT PRIMARY KEY,
    account       TEXT   NOT NULL UNIQUE, -- lower case
    name          TEXT   NOT NULL,
    department_id BIGINT NOT NULL,        -- 0 = none
    state         TEXT   NOT NULL,        -- active, disabled
    demo          BOOLEAN NOT NULL,       -- made for the demo; enters by a link without a password
    created_by    TEXT   NOT NULL,        -- actor
    created_at    BIGINT NOT NULL,        -- unix ms
    version       BIGINT NOT NULL
);
CREATE TABLE org_grant (
    id         BIGINT  PRIMARY KEY,
    officer_id BIGINT  NOT NULL,
    role       TEXT    NOT NULL,          -- code of roles.yaml
    all_sites  BOOLEAN NOT NULL,
    sites      TEXT    NOT NULL,          -- JSON, ids
    branches   TEXT    NOT NULL,          -- JSON, ids of columns; none = no limit
    units      TEXT    NOT NULL,          -- JSON, codes of departments; none = no limit
    granted_by TEXT    NOT NULL,          -- actor
    granted_at BIGINT  NOT NULL           -- unix ms
);
CREATE INDEX org_grant_officer ON org_grant (officer_id);
-- Nobody holds two of the three administrator roles, whoever writes here (GB/T 22239-2019 8.1.4.2, 8.1.5).
CREATE UNIQUE INDEX org_grant_one_administrator ON org_grant (officer_id)
    WHERE role IN ('system-admin', 'security-admin', 'auditor');
CREATE TABLE org_credential (
    id         BIGINT PRIMARY KEY,
    officer_id BIGINT NOT NULL,
    kind       TEXT   NOT NULL,           -- password, former (an earlier password)
    data       TEXT   NOT NULL,           -- argon2id in PHC form
    set_at     BIGINT NOT NULL            -- unix ms
);
CREATE INDEX org_credential_officer ON org_credential (officer_id, kind, id);
CREATE UNIQUE INDEX org_credential_one_password ON org_credential (officer_id) WHERE kind = 'password';
CREATE TABLE org_session (
    id         BIGINT PRIMARY KEY,
    hash       TEXT   NOT NULL UNIQUE,    -- SHA-256 of the id in the cookie, hex
    officer_id BIGINT NOT NULL,
    began_at   BIGINT NOT NULL,           -- unix ms
    seen_at    BIGINT NOT NULL,           -- unix ms, to the minute
    address    TEXT   NOT NULL,           -- of the browser
    agent      TEXT   NOT NULL,           -- of the browser, as it calls itself
    ended_at   BIGINT NOT NULL,           -- unix ms; 0 = not
    ended_by   TEXT   NOT NULL            -- actor
);
CREATE INDEX org_session_officer ON org_session (officer_id, id);
CREATE TABLE org_link (
    hash       TEXT   PRIMARY KEY,        -- SHA-256 of the secret, hex
    purpose    TEXT   NOT NULL,           -- first, password, enter
    officer_id BIGINT NOT NULL,           -- 0 for the first officer
    expires_at BIGINT NOT NULL,           -- unix ms
    used_at    BIGINT NOT NULL,           -- unix ms; 0 = not
    made_by    TEXT   NOT NULL            -- actor
);
CREATE TABLE org_attempt (
    account      TEXT   PRIMARY KEY,      -- as it was typed, whether there is one or not
    failed       BIGINT NOT NULL,         -- attempts in a row without success
    tried_at     BIGINT NOT NULL,         -- unix ms
    locked_until BIGINT NOT NULL          -- unix ms; 0 = not
);

-- +goose Down
DROP TABLE org_attempt;
DROP TABLE org_link;
DROP TABLE org_session;
DROP TABLE org_credential;
DROP TABLE org_grant;
DROP TABLE org_officer;
DROP TABLE org_department;
