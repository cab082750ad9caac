-- Audit rows and their seals are only ever added: the database itself refuses every other statement, whoever sends it.
-- Its owner can drop a trigger; audit.Chain.Verify tries whether they are there, and the chain shows what was done.
-- An INSERT OR REPLACE removes rows without asking the trigger of DELETE, so that of INSERT refuses it.

-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER audit_row_no_update BEFORE UPDATE ON audit_row
BEGIN
    SELECT RAISE(ABORT, 'audit rows are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_row_no_delete BEFORE DELETE ON audit_row
BEGIN
    SELECT RAISE(ABORT, 'audit rows are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_row_no_replace BEFORE INSERT ON audit_row
WHEN EXISTS (SELECT 1 FROM audit_row WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'audit rows are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal
BEGIN
    SELECT RAISE(ABORT, 'audit rows are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal
BEGIN
    SELECT RAISE(ABORT, 'audit rows are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_seal_no_replace BEFORE INSERT ON audit_seal
WHEN EXISTS (SELECT 1 FROM audit_seal WHERE seq = NEW.seq OR row_id = NEW.row_id)
BEGIN
    SELECT RAISE(ABORT, 'audit rows are only added');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER audit_seal_no_replace;
DROP TRIGGER audit_seal_no_delete;
DROP TRIGGER audit_seal_no_update;
DROP TRIGGER audit_row_no_replace;
DROP TRIGGER audit_row_no_delete;
DROP TRIGGER audit_row_no_update;
