"""Capture against a real database, compared with what plain Alembic does."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from online_migrate.embedded import binaries
from online_migrate.errors import (
    DatabaseMissing,
    NotPostgreSQL,
    ProjectInvalid,
    RevisionFailed,
    SeveralHeads,
    TargetUnknown,
)
from online_migrate.sources.capture import Capture, capture
from online_migrate.sources.scratch import embedded_scratch
from tests.sources.projects import ASYNC, Maker

BASE = """
    CREATE TABLE users (id serial PRIMARY KEY, name text);
    INSERT INTO users (name) SELECT 'user ' || g FROM generate_series(1, 5) g;
"""


@pytest.fixture
def maker(tmp_path: Path, database: str) -> Maker:
    return Maker(tmp_path, database)


def dump(url: str) -> str:
    """Return the schema and rows of a database, Alembic's own table aside."""
    command = [str(binaries() / "pg_dump"), "--no-owner", "--inserts", "-T", "alembic_version", "-d", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return "\n".join(line for line in text.splitlines() if not line.startswith("\\"))


def apply(found: Capture, url: str) -> None:
    """Run captured operations as an engine would: each on its own, on its search_path."""
    with psycopg.connect(url, autocommit=True) as connection:
        for operation in found.operations:
            assert operation.uncaptured is None, operation
            names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, operation.search_path))
            connection.execute("SELECT set_config('search_path', %s, false)", (names.as_string(),))
            connection.execute(operation.sql.encode())


def assert_same_as_alembic(
    maker: Maker, create_database: Callable[[], str], *, scratch: bool = False, base: str = BASE
) -> Capture:
    """Capture, apply to one database, let Alembic upgrade another, compare them; the first stays untouched."""
    oracle, ours = create_database(), create_database()
    for url in (maker.url, oracle, ours):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(base.encode())
    project = maker.project()
    before = dump(maker.url)
    found = capture(project, None, scratch=embedded_scratch if scratch else None)
    assert dump(maker.url) == before
    with psycopg.connect(maker.url) as connection:
        assert connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,)
    apply(found, ours)
    maker.url, given = oracle.replace("postgresql://", "postgresql+psycopg://"), maker.url
    maker.project()
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "heads"],
        cwd=maker.directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    maker.url = given
    assert dump(ours) == dump(oracle)
    return found


def test_directives_batches_and_raw_sql(maker: Maker, create_database: Callable[[], str]) -> None:
    maker.revision(
        "a1",
        """
        op.add_column("users", sa.Column("age", sa.Integer(), nullable=True))
        op.create_index("ix_age", "users", ["age"])
        op.execute("UPDATE users SET age = 100 % 30 WHERE name LIKE 'user%'")
        with op.batch_alter_table("users") as batch:
            batch.add_column(sa.Column("mail", sa.String(20), server_default="x"))
            batch.alter_column("name", nullable=False)
            batch.create_unique_constraint("uq_mail", ["id", "mail"])
        """,
    )
    maker.revision(
        "a2",
        """
        colour = sa.Enum("red", "green", name="colour")
        colour.create(op.get_bind(), checkfirst=True)
        table = op.create_table(
            "cars",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("colour", postgresql.ENUM(name="colour", create_type=False)),
            sa.Column("owner", sa.Integer(), sa.ForeignKey("users.id", name="fk_owner")),
        )
        op.bulk_insert(table, [{"id": 1, "colour": "red"}, {"id": 2, "colour": "green"}])
        with op.get_context().autocommit_block():
            op.create_index("ix_cars", "cars", ["owner"], postgresql_concurrently=True)
        op.execute("ALTER TABLE users ADD COLUMN a int, ADD COLUMN b int")
        op.execute(sa.text("SET lock_timeout = '5s'"))
        """,
        header="from sqlalchemy.dialects import postgresql",
    )
    found = assert_same_as_alembic(maker, create_database)
    assert [r.id for r in found.revisions] == ["a1", "a2"]
    assert (found.current, found.target) == ((), ("a2",))
    assert found.version_table == (None, "alembic_version")
    first = [(o.directive, o.source.line if o.source else 0) for o in found.operations if o.revision == "a1"]
    assert first == [
        ("add_column", 9),
        ("create_index", 10),
        ("execute", 11),
        ("add_column", 13),
        ("alter_column", 14),
        ("create_unique_constraint", 15),
    ]
    assert found.operations[0].id == "a1:1"
    assert [o.sql for o in found.operations][-2:] == [
        "ALTER TABLE users ADD COLUMN a int",
        "ALTER TABLE users ADD COLUMN b int",
    ]


def test_a_read_of_the_real_catalog_is_answered(maker: Maker, create_database: Callable[[], str]) -> None:
    maker.revision(
        "a1",
        """
        names = [c["name"] for c in sa.inspect(op.get_bind()).get_columns("users")]
        for name in names:
            op.alter_column("users", name, new_column_name=name + "_new")
        """,
    )
    assert len(assert_same_as_alembic(maker, create_database).operations) == 2


def test_a_read_after_a_change_goes_to_the_scratch_copy(maker: Maker, create_database: Callable[[], str]) -> None:
    maker.revision("a1", 'op.add_column("users", sa.Column("age", sa.Integer(), nullable=True))')
    maker.revision(
        "a2",
        """
        names = [c["name"] for c in sa.inspect(op.get_bind()).get_columns("users")]
        for name in names:
            op.alter_column("users", name, new_column_name=name + "_new")
        """,
    )
    found = capture_with(maker, None)
    assert [o.uncaptured is None for o in found.operations] == [True, False]
    with psycopg.connect(maker.url) as connection:
        connection.execute("DROP TABLE users")
    assert len(assert_same_as_alembic(maker, create_database, scratch=True).operations) == 4


def capture_with(maker: Maker, override: str | None, base: str = BASE) -> Capture:
    with psycopg.connect(maker.url, autocommit=True) as connection:
        connection.execute(base.encode())
    return capture(maker.project(), override)


@pytest.mark.parametrize(
    ("body", "line", "reason"),
    [
        (
            """
            bind = op.get_bind()
            for row in bind.execute(sa.text("SELECT id FROM users")):
                bind.execute(sa.text("UPDATE users SET name = 'x' WHERE id = :id"), {"id": row.id})
            """,
            10,
            "the rows of users",
        ),
        (
            """
            while op.get_bind().execute(sa.text("UPDATE users SET name = 'x'")).rowcount:
                pass
            """,
            9,
            "the number of rows",
        ),
        (
            """
            new = op.get_bind().execute(sa.text("INSERT INTO users (name) VALUES ('x') RETURNING id")).scalar()
            op.execute(f"UPDATE users SET name = 'y' WHERE id = {new}")
            """,
            9,
            "uses the rows",
        ),
        (
            """
            with op.get_bind().engine.connect() as other:
                other.execute(sa.text("DELETE FROM users"))
            """,
            9,
            "of its own",
        ),
        (
            """
            op.get_bind().connection.cursor().execute("DELETE FROM users")
            """,
            9,
            "driver's cursor",
        ),
        ('op.execute("SET ROLE postgres")', 9, "SET role"),
        ('op.execute("CREATE TEMP TABLE old AS TABLE users")', 9, "temporary"),
        ('op.execute("CREATE FUNCTION pg_temp.f() RETURNS int RETURN 1")', 9, "temporary"),
        ('import socket\nsocket.create_connection(("127.0.0.1", 9))', 10, "network"),
        (
            """
            op.execute("UPDATE users SET name = 'x'")
            assert op.get_bind().execute(sa.text("SELECT count(*) FROM users WHERE name = 'x'")).scalar() == 5
            """,
            10,
            "the rows of users",
        ),
    ],
)
def test_what_cannot_be_captured_is_one_operation_with_its_line(
    maker: Maker, body: str, line: int, reason: str
) -> None:
    maker.revision("a1", body)
    (operation,) = capture_with(maker, None).operations
    assert operation.uncaptured is not None
    assert reason in operation.uncaptured
    assert operation.source is not None
    assert (operation.source.line, operation.sql, operation.revision) == (line, "", "a1")
    with psycopg.connect(maker.url) as connection:
        assert connection.execute("SELECT count(*) FROM users WHERE name LIKE 'user%'").fetchone() == (5,)


def test_the_key_of_an_insert_is_only_refused_when_it_is_used(maker: Maker, create_database: Callable[[], str]) -> None:
    header = "key, name = sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.Text)\n"
    header += "users = sa.Table('users', sa.MetaData(), key, name)"
    maker.revision("a1", "op.get_bind().execute(users.insert().values(name='z'))", header=header)
    assert len(assert_same_as_alembic(maker, create_database).operations) == 1


def test_async_env_with_asyncpg_url(maker: Maker) -> None:
    maker.template = ASYNC
    maker.revision("a1", 'op.add_column("users", sa.Column("age", sa.Integer()))')
    plain, maker.url = maker.url, maker.url.replace("postgresql://", "postgresql+asyncpg://")
    maker.project(before="connection.exec_driver_sql('SET search_path TO nowhere, public')")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(BASE.encode())
    found = capture(maker.project(), None)
    assert [o.sql for o in found.operations] == ["ALTER TABLE users ADD COLUMN age int"]
    with psycopg.connect(found.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (5,)


def test_search_path_of_env_and_of_revisions(maker: Maker, connection: psycopg.Connection) -> None:
    connection.execute("CREATE SCHEMA app; CREATE SCHEMA other; CREATE TABLE app.t (id int)")
    maker.revision(
        "a1",
        """
        op.execute("ALTER TABLE t ADD COLUMN a int")
        op.execute("SET search_path TO other")
        op.execute("CREATE TABLE u (id int)")
        """,
    )
    before = "connection.exec_driver_sql('SET search_path TO app, missing')"
    found = capture(maker.project(before=before, options="version_table='v', version_table_schema='other'"), None)
    assert [(o.sql, o.search_path) for o in found.operations] == [
        ("ALTER TABLE t ADD COLUMN a int", ("app",)),
        ("CREATE TABLE u (id int)", ("other",)),
    ]
    assert found.version_table == ("other", "v")


@pytest.mark.parametrize(
    ("before", "path", "table"),
    [
        ("connection.exec_driver_sql('SET search_path TO \"$user\", app')", ("app",), "t"),
        ("connection.exec_driver_sql('SET LOCAL search_path TO app')", ("app",), "t"),
        (
            "connection = connection.execution_options(schema_translate_map={None: 'app'})",
            ("public",),
            "app.t",
        ),
    ],
)
def test_schemas_that_env_sets(
    maker: Maker, connection: psycopg.Connection, before: str, path: tuple[str, ...], table: str
) -> None:
    connection.execute("CREATE SCHEMA app; CREATE TABLE app.t (id int); INSERT INTO app.t VALUES (1)")
    user = connection.info.user
    maker.revision("a1", "op.add_column('t', sa.Column('a', sa.Integer()))")
    maker.revision("a2", "op.create_index('i', 't', ['id'])")
    found = capture(maker.project(before=before), None)
    assert [o.search_path for o in found.operations] == [path, path]
    assert found.operations[1].sql.startswith(f"CREATE INDEX i ON {table} ")  # Alembic's own ALTER is not translated
    connection.execute(psycopg.sql.SQL("CREATE SCHEMA {}").format(psycopg.sql.Identifier(user)))
    found = capture(maker.project(before=before), None)
    own = (user, *path) if "$user" in before or path == ("public",) else path
    assert found.operations[0].search_path == own


def test_python_default_comes_from_the_model(maker: Maker) -> None:
    models = (
        "import sqlalchemy as sa; sa.Table('users', target_metadata, sa.Column('id', sa.Integer), "
        "sa.Column('active', sa.Boolean, nullable=False, default=True), "
        "sa.Column('made', sa.DateTime, nullable=False, default=__import__('datetime').datetime.now), "
        "sa.Column('kind', sa.Enum('a', 'b', name='kind'), nullable=False, default='b'), "
        "sa.Column('extra', sa.JSON, nullable=False, default={'a': [1]}))"
    )
    maker.revision(
        "a1",
        """
        op.add_column("users", sa.Column("active", sa.Boolean(), nullable=False))
        op.add_column("users", sa.Column("made", sa.DateTime(), nullable=False))
        op.add_column("users", sa.Column("kind", sa.Text(), nullable=False))
        op.add_column("users", sa.Column("note", sa.Text(), nullable=False, default="it's 5%"))
        op.add_column("users", sa.Column("extra", sa.JSON(), nullable=False))
        """,
    )
    found = capture(maker.project(models=models), None)
    assert [o.python_default for o in found.operations] == ["true", None, "'b'", "'it''s 5%'", "'{\"a\": [1]}'"]


def test_targets_branches_and_dependencies(maker: Maker) -> None:
    maker.revision("aaa1", "op.execute('CREATE TABLE a (id int)')")
    maker.revision("aaa2", "op.execute('ALTER TABLE a ADD COLUMN b int')", branch_labels=("left",))
    maker.last = "aaa1"
    maker.revision("bbb1", "op.execute('CREATE TABLE b (id int)')", depends_on="aaa2")
    project = maker.project()
    everything = capture(project, None, "heads")
    assert [r.id for r in everything.revisions] == ["aaa1", "aaa2", "bbb1"]
    assert everything.target == ("bbb1",)
    assert [r.id for r in capture(project, None, "left@head").revisions] == ["aaa1", "aaa2"]
    assert [r.id for r in capture(project, None, "+1").revisions] == ["aaa1"]
    with pytest.raises(SeveralHeads, match="aaa2, bbb1"):
        capture(project, None, "head")
    with pytest.raises(TargetUnknown, match="nowhere"):
        capture(project, None, "nowhere")


def test_a_revision_that_raises(maker: Maker) -> None:
    path = maker.revision("a1", "raise RuntimeError('no good')")
    with pytest.raises(RevisionFailed, match=f"versions/{path.name}:9: RuntimeError: no good"):
        capture(maker.project(), None)


def test_autogenerate(maker: Maker, connection: psycopg.Connection) -> None:
    connection.execute(BASE.encode())
    models = (
        "import sqlalchemy as sa; sa.Table('users', target_metadata, sa.Column('id', sa.Integer, primary_key=True), "
        "sa.Column('name', sa.Text), sa.Column('kind', sa.Enum('a', 'b', name='kind'), nullable=False, default='a'))"
    )
    maker.revision("a1", "pass")
    found = capture(maker.project(models=models), None, autogenerate=True)
    assert [o.sql for o in found.operations] == [
        "CREATE TYPE kind AS ENUM ('a', 'b')",
        "ALTER TABLE users ADD COLUMN kind kind NOT NULL",
    ]
    assert found.operations[1].python_default == "'a'"
    assert found.revisions == ()


def test_databases_that_cannot_be_used(maker: Maker, database: str) -> None:
    maker.revision("a1", "pass")
    maker.url = database.replace("/test_", "/missing_")
    with pytest.raises(DatabaseMissing):
        capture(maker.project(), None)
    maker.url = "sqlite://"
    with pytest.raises(NotPostgreSQL):
        capture(maker.project(), None)
    assert capture(maker.project(), database).revisions[0].id == "a1"
    maker.url = database
    beside = "sa.create_engine('sqlite://')"
    assert capture(maker.project(before=f"import sqlalchemy as sa; {beside}"), None).revisions[0].id == "a1"
    with pytest.raises(ProjectInvalid, match=r"env\.py:\d+: KeyError: 'URL'"):
        capture(maker.project(before="import os; os.environ['URL']"), database)
