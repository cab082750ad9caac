-- +goose Up
-- What every copy of the index has to look at again, in one order. Numbers have no gaps and
-- become visible in order, because whoever appends holds the row of search_feed_end.
CREATE TABLE search_feed (
    seq  BIGINT PRIMARY KEY,
    item BIGINT NOT NULL,               -- 0 when the row names a site
    site BIGINT NOT NULL,               -- 0 when the row names an item
    at   BIGINT NOT NULL                -- unix ms
);

CREATE TABLE search_feed_end (
    id   INTEGER PRIMARY KEY,           -- always 1
    feed BIGINT NOT NULL,               -- which feed the numbers belong to; another one after the tables were made anew
    seq  BIGINT NOT NULL                -- of the newest row, 0 before the first
);
