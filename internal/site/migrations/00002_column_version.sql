-- +goose Up
ALTER TABLE site_column ADD COLUMN version BIGINT NOT NULL DEFAULT 1; -- seen by those who change the column
CREATE INDEX site_site_parent ON site_site (parent_id, id);
CREATE INDEX site_domain_site ON site_domain (site_id);

-- +goose Down
DROP INDEX site_domain_site;
DROP INDEX site_site_parent;
ALTER TABLE site_column DROP COLUMN version;
