"""The view under a table's old name: whose rights count there, what abort and the next plan find, what forbids it."""

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from online_migrate.errors import ContractPending
from online_migrate.plan.model import PhaseName
from tests import compare
from tests.differential import harness
from tests.differential.harness import BEFORE_GATE
from tests.planner.planning import catalog_of, plan_of

SETUP = b"""
    CREATE TABLE note (id serial PRIMARY KEY, author text, body text);
    INSERT INTO note (author, body) VALUES ('one', 'a'), ('two', 'b');
    GRANT SELECT, INSERT, UPDATE (body) ON note TO PUBLIC;
    GRANT USAGE ON SEQUENCE note_id_seq TO PUBLIC;
"""
MOVE = "ALTER TABLE note RENAME TO remark"
COLUMN = "ALTER TABLE remark ADD COLUMN x integer"


def test_old_code_has_the_rights_it_had(
    database: str, connection: psycopg.Connection, tmp_path: Path, server_version: int
) -> None:
    connection.execute(SETUP)
    if server_version >= 15:
        connection.execute(b"ALTER TABLE note ENABLE ROW LEVEL SECURITY")
        connection.execute(b"CREATE POLICY own ON note USING (author = 'one')")
    role = sql.Identifier(f"reader_{connection.info.dbname}")
    connection.execute(sql.SQL("CREATE ROLE {}").format(role))
    try:
        harness.run(harness.make_plan(connection, MOVE, tmp_path), database, BEFORE_GATE)
        with connection.transaction(force_rollback=True):
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
            seen = connection.execute(b"SELECT author FROM note ORDER BY author").fetchall()
            assert seen == ([("one",)] if server_version >= 15 else [("one",), ("two",)])
            inserted = b"INSERT INTO note (author, body) VALUES ('one', 'c') RETURNING id"
            assert connection.execute(inserted).fetchone() == (3,)
            connection.execute(b"UPDATE note SET body = 'd'")
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(b"UPDATE note SET author = 'd'")
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(b"DELETE FROM note")
    finally:
        connection.execute(sql.SQL("DROP ROLE {}").format(role))


def test_abort_at_the_gate_leaves_nothing(database: str, connection: psycopg.Connection, tmp_path: Path) -> None:
    connection.execute(SETUP)
    before = compare.schema(connection)
    harness.run(harness.make_plan(connection, MOVE, tmp_path), database, BEFORE_GATE)
    assert compare.schema(connection) != before
    harness.undo(database)
    assert not compare.differences(before, compare.schema(connection))


@pytest.mark.parametrize("next_revision", [COLUMN, "ALTER TABLE remark RENAME TO note"])
def test_the_next_plan_waits_for_the_view(
    database: str, connection: psycopg.Connection, tmp_path: Path, next_revision: str
) -> None:
    connection.execute(SETUP)
    harness.run(harness.make_plan(connection, MOVE, tmp_path), database, BEFORE_GATE)
    plan = harness.make_plan(connection, next_revision, tmp_path)
    with pytest.raises(ContractPending, match=r"public\.remark"):
        harness.run(plan, database, BEFORE_GATE)
    harness.run(None, database, (PhaseName.CONTRACT,))
    assert harness.run(harness.make_plan(connection, next_revision, tmp_path), database).state == "done"


@pytest.mark.parametrize(
    "taken",
    ["CREATE VIEW note AS SELECT 1", "ALTER TABLE remark RENAME TO note", "CREATE SEQUENCE note"],
)
def test_where_the_old_name_is_taken_no_view_can_stand(taken: str) -> None:
    plan = plan_of(catalog_of("CREATE TABLE note (id int)"), MOVE, taken)
    (moved,) = [o for o in plan.operations if o.operation.sql == MOVE]
    assert not moved.online
    assert "gives the name public.note to another relation" in moved.notes[0]
