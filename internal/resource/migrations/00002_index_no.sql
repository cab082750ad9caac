-- +goose Up
CREATE TABLE resource_index_no (
  number  TEXT PRIMARY KEY,
  item_id BIGINT NOT NULL REFERENCES resource_item (id)
);
INSERT INTO resource_index_no (number, item_id)
  SELECT index_no, MIN(item_id) FROM resource_edition WHERE index_no <> '' GROUP BY index_no;
CREATE TABLE resource_unplaced (
  item_id   BIGINT NOT NULL REFERENCES resource_item (id),
  column_id BIGINT NOT NULL,
  PRIMARY KEY (item_id, column_id)
);
ALTER TABLE resource_provenance ADD COLUMN merged BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE resource_provenance DROP COLUMN merged;
DROP TABLE resource_unplaced;
DROP TABLE resource_index_no;
