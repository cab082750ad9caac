-- +goose Up
CREATE TABLE editorial_flow (
  id        BIGINT PRIMARY KEY,
  owner     BIGINT NOT NULL,  -- site
  column_id BIGINT NOT NULL,  -- 0: the site as a whole
  steps     TEXT   NOT NULL,  -- JSON
  version   BIGINT NOT NULL,
  set_by    TEXT   NOT NULL,
  at        BIGINT NOT NULL,
  UNIQUE (owner, column_id)
);
CREATE TABLE editorial_task (
  id           BIGINT PRIMARY KEY,
  item_id      BIGINT NOT NULL,
  edition_id   BIGINT NOT NULL, -- what is reviewed
  hash         TEXT   NOT NULL, -- over its content
  base_id      BIGINT NOT NULL, -- the edition that was public then, 0 none
  owner        BIGINT NOT NULL,
  column_id    BIGINT NOT NULL, -- where the item stood, 0 nowhere
  class        TEXT   NOT NULL,
  title        TEXT   NOT NULL, -- of the edition
  steps        TEXT   NOT NULL, -- JSON, of the moment of submitting
  step         INTEGER NOT NULL, -- from 1
  state        TEXT   NOT NULL,
  submitted_by TEXT   NOT NULL,
  submitted_at BIGINT NOT NULL,
  release_at   BIGINT NOT NULL, -- wanted time of the release, 0 at once
  ended_at     BIGINT NOT NULL,
  followed     BOOLEAN NOT NULL, -- the item was submitted again
  urged_at     BIGINT NOT NULL,
  version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX editorial_task_one_open ON editorial_task (item_id) WHERE state = 'open';
CREATE INDEX editorial_task_item ON editorial_task (item_id, id);
CREATE INDEX editorial_task_queue ON editorial_task (state, owner, id);
CREATE INDEX editorial_task_owner ON editorial_task (owner, id);
CREATE INDEX editorial_task_submitted ON editorial_task (submitted_by, state, id);
CREATE TABLE editorial_wait (
  task_id    BIGINT NOT NULL REFERENCES editorial_task (id),
  unit       TEXT   NOT NULL, -- whose approval the current step waits for, '' anybody with the permission
  due        BIGINT NOT NULL, -- unix ms, 0 no deadline
  claimed_by TEXT   NOT NULL,
  claimed_at BIGINT NOT NULL,
  PRIMARY KEY (task_id, unit)
);
CREATE INDEX editorial_wait_claimed ON editorial_wait (claimed_by, task_id);
-- One part for each person: the primary key is what keeps the persons of a review distinct.
CREATE TABLE editorial_part (
  task_id BIGINT NOT NULL REFERENCES editorial_task (id),
  who     TEXT   NOT NULL,  -- kind and id
  step    INTEGER NOT NULL, -- 0: wrote or submitted it
  PRIMARY KEY (task_id, who)
);
CREATE INDEX editorial_part_who ON editorial_part (who, task_id);
CREATE TABLE editorial_node (
  task_id BIGINT NOT NULL REFERENCES editorial_task (id),
  node    BIGINT NOT NULL, -- the column of the task and all above it
  PRIMARY KEY (task_id, node)
);
CREATE TABLE editorial_act (
  task_id BIGINT NOT NULL REFERENCES editorial_task (id),
  no      INTEGER NOT NULL, -- from 1
  step    INTEGER NOT NULL,
  unit    TEXT   NOT NULL,
  act     TEXT   NOT NULL,
  who     TEXT   NOT NULL,
  at      BIGINT NOT NULL,
  note    TEXT   NOT NULL,
  hash    TEXT   NOT NULL, -- over the content that was seen
  ticks   TEXT   NOT NULL, -- JSON: points that the reviewer ticked
  PRIMARY KEY (task_id, no)
);

-- +goose Down
DROP TABLE editorial_act;
DROP TABLE editorial_node;
DROP TABLE editorial_part;
DROP TABLE editorial_wait;
DROP TABLE editorial_task;
DROP TABLE editorial_flow;
