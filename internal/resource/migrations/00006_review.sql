-- +goose Up
CREATE TABLE resource_review (
  owner BIGINT PRIMARY KEY -- a site whose items are released with an approval only
);
CREATE TABLE resource_approval (
  id          BIGINT PRIMARY KEY,
  item_id     BIGINT NOT NULL REFERENCES resource_item (id),
  edition_id  BIGINT NOT NULL REFERENCES resource_edition (id),
  owner       BIGINT NOT NULL,
  task        BIGINT NOT NULL, -- what keeps the steps of the review
  hash        TEXT   NOT NULL, -- over the content of the edition
  approved_by TEXT   NOT NULL, -- kind and id of who approved last
  at          BIGINT NOT NULL  -- unix ms
);
CREATE INDEX resource_approval_edition ON resource_approval (edition_id);
CREATE INDEX resource_approval_item ON resource_approval (item_id, id);

-- +goose Down
DROP TABLE resource_approval;
DROP TABLE resource_review;
