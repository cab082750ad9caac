-- +goose Up
-- An officer has one second factor, whose codes are used once each; recovery codes stand in for it.
CREATE UNIQUE INDEX org_credential_one_totp ON org_credential (officer_id) WHERE kind = 'totp';
ALTER TABLE org_credential ADD COLUMN used BIGINT NOT NULL DEFAULT 0; -- number of the last code that was used

-- +goose Down
ALTER TABLE org_credential DROP COLUMN used;
DROP INDEX org_credential_one_totp;
