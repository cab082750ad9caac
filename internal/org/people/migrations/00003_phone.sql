-- +goose Up
ALTER TABLE org_officer ADD COLUMN phone TEXT NOT NULL DEFAULT ''; -- encrypted; '' = none

-- +goose Down
ALTER TABLE org_officer DROP COLUMN phone;
