-- Lists of the console follow one index each, newest first, however many items there are.

-- +goose Up
CREATE INDEX resource_item_state ON resource_item (owner, state, id);
CREATE INDEX resource_item_class ON resource_item (owner, class, id);
CREATE INDEX resource_item_updated ON resource_item (owner, updated_by, id);
CREATE INDEX resource_placement_column ON resource_placement (column_id, item_id);

-- +goose Down
DROP INDEX resource_placement_column;
DROP INDEX resource_item_updated;
DROP INDEX resource_item_class;
DROP INDEX resource_item_state;
