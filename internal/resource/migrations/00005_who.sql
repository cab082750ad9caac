-- +goose Up
ALTER TABLE resource_edition ADD COLUMN created_by TEXT NOT NULL DEFAULT ''; -- kind and id of the actor
ALTER TABLE resource_item ADD COLUMN updated_by TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE resource_item DROP COLUMN updated_by;
ALTER TABLE resource_edition DROP COLUMN created_by;
