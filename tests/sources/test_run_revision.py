"""Running a revision's Python for real."""

from pathlib import Path

import psycopg
import pytest

from online_migrate.errors import RevisionFailed
from online_migrate.sources.capture import capture
from online_migrate.sources.run_revision import run_revision
from tests.sources.projects import ASYNC, PLAIN, Maker


@pytest.fixture
def maker(tmp_path: Path, database: str) -> Maker:
    return Maker(tmp_path, database)


def test_runs_and_commits_and_stamps_nothing(maker: Maker, connection: psycopg.Connection) -> None:
    maker.revision("a1", "op.execute('CREATE TABLE t (id int)')")
    maker.revision("a2", "op.execute('ALTER TABLE t ADD COLUMN timeout text'); "
                         "op.execute(\"INSERT INTO t VALUES (1, current_setting('lock_timeout'))\")")  # fmt: skip
    run_revision(maker.project(), None, "a1", lock_timeout_ms=100)
    run_revision(maker.project(), None, "a2", lock_timeout_ms=150)
    assert connection.execute("SELECT * FROM t").fetchall() == [(1, "150ms")]
    assert connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,)


def test_a_lock_that_is_not_had(maker: Maker, connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (id int)")
    path = maker.revision("a1", "op.execute('CREATE TABLE u (id int)')\nop.execute('ALTER TABLE t ADD COLUMN b int')")
    with psycopg.connect(maker.url) as holder:
        holder.execute("LOCK TABLE t")
        with pytest.raises(RevisionFailed, match=f"versions/{path.name}:10: LockNotAvailable") as failure:
            run_revision(maker.project(), None, "a1", lock_timeout_ms=50)
    assert failure.value.sqlstate == "55P03"
    assert connection.execute("SELECT to_regclass('u')").fetchone() == (None,)


def test_a_mark_is_written_in_the_same_transaction_or_nothing_is(maker: Maker, connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE journal (step text)")
    maker.revision("a1", "op.execute('CREATE TABLE t (id int)')")
    marked = "INSERT INTO journal VALUES ('a1 100%') RETURNING step"
    with pytest.raises(RevisionFailed, match="Another engine took the database over"):
        run_revision(maker.project(), None, "a1", lock_timeout_ms=100, mark="SELECT 1 WHERE false")
    assert connection.execute("SELECT to_regclass('t'), (SELECT count(*) FROM journal)").fetchone() == (None, 0)
    run_revision(maker.project(), None, "a1", lock_timeout_ms=100, mark=marked)
    assert connection.execute("SELECT to_regclass('t')::text, (SELECT count(*) FROM journal)").fetchone() == ("t", 1)


@pytest.mark.parametrize("override", [False, True])
@pytest.mark.parametrize("driver", ["psycopg2", "psycopg", "asyncpg"])
def test_the_driver_of_env_py_is_kept(
    maker: Maker, connection: psycopg.Connection, driver: str, override: bool
) -> None:
    connection.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
    maker.template = ASYNC if driver == "asyncpg" else PLAIN
    plain = maker.url
    maker.url = (
        f"postgresql+{driver}://nobody@nowhere.invalid/none" if override else plain.replace(":", f"+{driver}:", 1)
    )
    maker.revision(
        "a1", "assert op.get_bind().dialect.driver == " + repr(driver) + "; op.execute('UPDATE t SET n = 2')"
    )
    maker.revision("a2", "op.execute('LOCK TABLE t')")
    project, url = maker.project(), plain if override else None
    marked = "INSERT INTO t VALUES (100) RETURNING n"
    run_revision(project, url, "a1", lock_timeout_ms=100, mark=marked)
    assert connection.execute("SELECT n FROM t ORDER BY n").fetchall() == [(2,), (100,)]
    with psycopg.connect(plain) as holder:
        holder.execute("LOCK TABLE t")
        with pytest.raises(RevisionFailed) as failure:
            run_revision(project, url, "a2", lock_timeout_ms=50)
    assert failure.value.sqlstate == "55P03"


def test_a_value_that_only_psycopg2_leaves_untyped(maker: Maker, connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (n int NOT NULL)")
    plain = maker.url
    maker.url = plain.replace("postgresql:", "postgresql+psycopg2:")
    header = "t = sa.table('t', sa.column('n', sa.Text))"
    maker.revision("a1", "op.execute(t.update().values(n='16').where(t.c.n.is_(None)))", header=header)
    (operation,) = capture(maker.project(), plain).operations
    assert operation.sql == "UPDATE t SET n = '16' WHERE t.n IS NULL"
    run_revision(maker.project(), None, "a1", lock_timeout_ms=100)
