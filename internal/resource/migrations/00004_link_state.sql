-- +goose Up
ALTER TABLE resource_link ADD COLUMN state TEXT NOT NULL DEFAULT 'accepted';
ALTER TABLE resource_link ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
UPDATE resource_link SET state = 'unasked' WHERE
  (SELECT owner FROM resource_item WHERE id = from_item) <> (SELECT owner FROM resource_item WHERE id = to_item);
CREATE INDEX resource_link_open ON resource_link (state, from_item, to_item, kind) WHERE state <> 'accepted';

-- +goose Down
DROP INDEX resource_link_open;
ALTER TABLE resource_link DROP COLUMN at;
ALTER TABLE resource_link DROP COLUMN state;
