-- Acts and parts are only ever added: the database itself refuses every other statement, whoever sends it.

-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER editorial_act_no_update BEFORE UPDATE ON editorial_act
BEGIN
    SELECT RAISE(ABORT, 'acts of a review are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER editorial_act_no_delete BEFORE DELETE ON editorial_act
BEGIN
    SELECT RAISE(ABORT, 'acts of a review are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER editorial_act_no_replace BEFORE INSERT ON editorial_act
WHEN EXISTS (SELECT 1 FROM editorial_act WHERE task_id = NEW.task_id AND no = NEW.no)
BEGIN
    SELECT RAISE(ABORT, 'acts of a review are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER editorial_part_no_update BEFORE UPDATE ON editorial_part
BEGIN
    SELECT RAISE(ABORT, 'parts in a review are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER editorial_part_no_delete BEFORE DELETE ON editorial_part
BEGIN
    SELECT RAISE(ABORT, 'parts in a review are only added');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER editorial_part_no_replace BEFORE INSERT ON editorial_part
WHEN EXISTS (SELECT 1 FROM editorial_part WHERE task_id = NEW.task_id AND who = NEW.who)
BEGIN
    SELECT RAISE(ABORT, 'one person, one part in a review');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER editorial_part_no_replace;
DROP TRIGGER editorial_part_no_delete;
DROP TRIGGER editorial_part_no_update;
DROP TRIGGER editorial_act_no_replace;
DROP TRIGGER editorial_act_no_delete;
DROP TRIGGER editorial_act_no_update;
