-- Acts and parts are only ever added: the database itself refuses every other statement, whoever sends it.
-- ENABLE ALWAYS: also in a session that replicates.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION editorial_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'acts and parts of a review are only added';
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER editorial_act_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON editorial_act
    FOR EACH STATEMENT EXECUTE FUNCTION editorial_only_added();
ALTER TABLE editorial_act ENABLE ALWAYS TRIGGER editorial_act_only_added;
CREATE TRIGGER editorial_part_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON editorial_part
    FOR EACH STATEMENT EXECUTE FUNCTION editorial_only_added();
ALTER TABLE editorial_part ENABLE ALWAYS TRIGGER editorial_part_only_added;

-- +goose Down
DROP TRIGGER editorial_part_only_added ON editorial_part;
DROP TRIGGER editorial_act_only_added ON editorial_act;
DROP FUNCTION editorial_only_added();
