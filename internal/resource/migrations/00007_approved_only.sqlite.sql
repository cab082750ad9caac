-- On a site under review the database itself refuses to make an edition public that no approval names, whoever sends
-- the statement. Approvals are only ever added, and the content of an edition never changes: what was approved is what
-- is public. Desk.release checks the same and the hash of the content too. resource_review is filled by a restore after
-- resource_item, so a backup of a site that was public before its first review is restored.

-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER resource_item_approved_only BEFORE UPDATE ON resource_item
WHEN NEW.live_edition <> 0
  AND (NEW.live_edition <> OLD.live_edition OR NEW.state = 'live' AND OLD.state <> 'live')
  AND EXISTS (SELECT 1 FROM resource_review WHERE owner = NEW.owner)
  AND NOT EXISTS (SELECT 1 FROM resource_approval AS a WHERE a.edition_id = NEW.live_edition AND a.item_id = NEW.id
    AND (OLD.state <> 'withdrawn' OR a.at > COALESCE(json_extract(OLD.withdrawal, '$.at'), 0)))
BEGIN
    SELECT RAISE(ABORT, 'an edition is public after its approval only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER resource_item_approved_only_new BEFORE INSERT ON resource_item
WHEN NEW.live_edition <> 0
  AND EXISTS (SELECT 1 FROM resource_review WHERE owner = NEW.owner)
BEGIN
    SELECT RAISE(ABORT, 'an edition is public after its approval only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER resource_approval_no_update BEFORE UPDATE ON resource_approval
BEGIN
    SELECT RAISE(ABORT, 'approvals are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER resource_approval_no_delete BEFORE DELETE ON resource_approval
BEGIN
    SELECT RAISE(ABORT, 'approvals are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER resource_approval_no_replace BEFORE INSERT ON resource_approval
WHEN EXISTS (SELECT 1 FROM resource_approval WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'approvals are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER resource_edition_fixed
BEFORE UPDATE OF id, item_id, owner, no, title, subtitle, summary, source, author, editor, keywords, body, text,
  published_at, cover, media, files, official, reading, hash, created_at, created_by ON resource_edition
BEGIN
    SELECT RAISE(ABORT, 'the content of an edition does not change');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER resource_edition_fixed;
DROP TRIGGER resource_approval_no_replace;
DROP TRIGGER resource_approval_no_delete;
DROP TRIGGER resource_approval_no_update;
DROP TRIGGER resource_item_approved_only_new;
DROP TRIGGER resource_item_approved_only;
