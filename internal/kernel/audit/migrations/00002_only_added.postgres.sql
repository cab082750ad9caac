-- Audit rows and their seals are only ever added: the database itself refuses every other statement, whoever sends it.
-- Its owner can drop a trigger; audit.Chain.Verify tries whether they are there, and the chain shows what was done.
-- ENABLE ALWAYS: also in a session that replicates.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION audit_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are only added';
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_row_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_row
    FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added();
ALTER TABLE audit_row ENABLE ALWAYS TRIGGER audit_row_only_added;
CREATE TRIGGER audit_seal_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added();
ALTER TABLE audit_seal ENABLE ALWAYS TRIGGER audit_seal_only_added;

-- +goose Down
DROP TRIGGER audit_seal_only_added ON audit_seal;
DROP TRIGGER audit_row_only_added ON audit_row;
DROP FUNCTION audit_only_added();
