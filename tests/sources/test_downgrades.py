"""What taking revisions back would run."""

from pathlib import Path

import psycopg
import pytest

from online_migrate.errors import ProjectInvalid, RevisionUnreadable, TargetUnknown
from online_migrate.sources.capture import capture
from online_migrate.sources.run_revision import run_revision
from tests.sources.projects import Maker

ADD = "op.add_column('t', sa.Column('{}', sa.Integer))"
DROP = "op.drop_column('t', '{}')"


@pytest.fixture
def maker(tmp_path: Path, database: str, connection: psycopg.Connection) -> Maker:
    """A project of three revisions, each of which adds a column; the database is at the last."""
    maker = Maker(tmp_path, database)
    maker.project()
    for number in (1, 2, 3):
        maker.revision(f"a{number}", ADD.format(f"c{number}"), DROP.format(f"c{number}"))
    connection.execute("CREATE TABLE t (c1 int, c2 int, c3 int)")
    stamp(connection, "a3")
    return maker


def stamp(connection: psycopg.Connection, *heads: str) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num text); TRUNCATE alembic_version")
    connection.cursor().executemany("INSERT INTO alembic_version VALUES (%s)", [(head,) for head in heads])


def test_the_latest_first_and_only_the_way_back(maker: Maker) -> None:
    captured = capture(maker.project(), None, "a1", downgrade=True)
    assert [(o.revision, o.sql) for o in captured.operations] == [
        ("a3", "ALTER TABLE t DROP c3"),
        ("a2", "ALTER TABLE t DROP c2"),
    ]
    assert captured.operations[0].source is not None
    assert maker.files["a3"].read_text().splitlines()[captured.operations[0].source.line - 1].strip() == DROP.format(
        "c3"
    )
    assert (captured.current, captured.target, captured.downgrade) == (("a3",), ("a1",), True)


@pytest.mark.parametrize(
    ("target", "left"), [("-1", ("a2",)), ("-3", ()), ("base", ()), ("a2-1", ("a1",)), ("a3", ("a3",))]
)
def test_targets(maker: Maker, target: str, left: tuple[str, ...]) -> None:
    assert capture(maker.project(), None, target, downgrade=True).target == left


def test_heads_that_a_merge_and_branches_leave(maker: Maker, connection: psycopg.Connection) -> None:
    maker.last = "a2"
    maker.revision("b3", "pass", branch_labels=("b",))
    maker.revision("m4", "pass", down_revision=("a3", "b3"))
    stamp(connection, "m4")
    project = maker.project()
    assert capture(project, None, "a3", downgrade=True).target == ("a3", "b3")
    assert capture(project, None, "a1", downgrade=True).target == ("a1",)
    stamp(connection, "a3", "b3")
    assert capture(project, None, "b@-1", downgrade=True).target == ("a3",)


def test_a_revision_that_waits_for_another_goes_first(maker: Maker, connection: psycopg.Connection) -> None:
    maker.last = None
    maker.revision("d1", "pass", DROP.format("c9"), depends_on="a3", branch_labels=("d",))
    stamp(connection, "d1")
    captured = capture(maker.project(), None, "a2", downgrade=True)
    assert [o.revision for o in captured.operations] == ["d1", "a3"]
    assert captured.target == ("a2",)


def test_no_way_back(maker: Maker, connection: psycopg.Connection) -> None:
    stamp(connection, "a2")
    with pytest.raises(TargetUnknown, match="There is no way back to 'a3'"):
        capture(maker.project(), None, "a3", downgrade=True)
    path = maker.files["a2"]
    path.write_text(path.read_text().replace(DROP.format("c2"), "raise NotImplementedError('one way only')"))
    with pytest.raises(RevisionUnreadable, match=r"a2\.py:\d+: NotImplementedError: one way only") as failure:
        capture(maker.project(), None, "base", downgrade=True)
    assert "alembic downgrade" in str(failure.value.hint)
    path.write_text(path.read_text().replace("def downgrade", "def back"))
    with pytest.raises(ProjectInvalid, match="between the database and 'base' has no downgrade"):
        capture(maker.project(), None, "base", downgrade=True)
    stamp(connection, "z9")
    with pytest.raises(TargetUnknown, match="z9, which is not among"):
        capture(maker.project(), None, "base", downgrade=True)


def test_python_is_run_as_it_is(maker: Maker, connection: psycopg.Connection) -> None:
    maker.revision(
        "a4",
        "pass",
        "for (one,) in op.get_bind().execute(sa.text('SELECT c1 FROM t')).fetchall():\n"
        "    op.get_bind().execute(sa.text('UPDATE t SET c2 = :v'), {'v': one + 1})",
    )
    connection.execute("INSERT INTO t VALUES (7, 0, 0)")
    stamp(connection, "a4")
    (operation,) = capture(maker.project(), None, "-1", downgrade=True).operations
    assert "rows of t" in str(operation.uncaptured)
    run_revision(maker.project(), None, "a4", downgrade=True, lock_timeout_ms=1000)
    assert connection.execute("SELECT c2 FROM t").fetchone() == (8,)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("a4",)
