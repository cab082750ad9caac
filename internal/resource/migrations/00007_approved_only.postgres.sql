-- On a site under review the database itself refuses to make an edition public that no approval names, whoever sends
-- the statement. Approvals are only ever added, and the content of an edition never changes: what was approved is what
-- is public. Desk.release checks the same and the hash of the content too. resource_review is filled by a restore after
-- resource_item, so a backup of a site that was public before its first review is restored.
-- ENABLE ALWAYS: also in a session that replicates.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION resource_approved_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    since BIGINT := 0;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM resource_review WHERE owner = NEW.owner) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        RAISE EXCEPTION 'an edition is public after its approval only';
    END IF;
    IF OLD.state = 'withdrawn' THEN
        since := COALESCE((OLD.withdrawal::json ->> 'at')::bigint, 0);
    END IF;
    IF NOT EXISTS (SELECT 1 FROM resource_approval AS a
        WHERE a.edition_id = NEW.live_edition AND a.item_id = NEW.id AND a.at > since) THEN
        RAISE EXCEPTION 'an edition is public after its approval only';
    END IF;
    RETURN NEW;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER resource_item_approved_only BEFORE UPDATE ON resource_item FOR EACH ROW
    WHEN (NEW.live_edition <> 0
        AND (NEW.live_edition <> OLD.live_edition OR NEW.state = 'live' AND OLD.state <> 'live'))
    EXECUTE FUNCTION resource_approved_only();
ALTER TABLE resource_item ENABLE ALWAYS TRIGGER resource_item_approved_only;
CREATE TRIGGER resource_item_approved_only_new BEFORE INSERT ON resource_item FOR EACH ROW
    WHEN (NEW.live_edition <> 0)
    EXECUTE FUNCTION resource_approved_only();
ALTER TABLE resource_item ENABLE ALWAYS TRIGGER resource_item_approved_only_new;
-- +goose StatementBegin
CREATE FUNCTION resource_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'approvals are only added';
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER resource_approval_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON resource_approval
    FOR EACH STATEMENT EXECUTE FUNCTION resource_only_added();
ALTER TABLE resource_approval ENABLE ALWAYS TRIGGER resource_approval_only_added;
-- +goose StatementBegin
CREATE FUNCTION resource_edition_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the content of an edition does not change';
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER resource_edition_fixed
    BEFORE UPDATE OF id, item_id, owner, no, title, subtitle, summary, source, author, editor, keywords, body, text,
        published_at, cover, media, files, official, reading, hash, created_at, created_by ON resource_edition
    FOR EACH STATEMENT EXECUTE FUNCTION resource_edition_fixed();
ALTER TABLE resource_edition ENABLE ALWAYS TRIGGER resource_edition_fixed;

-- +goose Down
DROP TRIGGER resource_edition_fixed ON resource_edition;
DROP FUNCTION resource_edition_fixed();
DROP TRIGGER resource_approval_only_added ON resource_approval;
DROP FUNCTION resource_only_added();
DROP TRIGGER resource_item_approved_only_new ON resource_item;
DROP TRIGGER resource_item_approved_only ON resource_item;
DROP FUNCTION resource_approved_only();
