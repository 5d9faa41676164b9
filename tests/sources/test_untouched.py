"""Capture leaves the database as it was, whatever connections the user's code opens and whatever it calls."""

import subprocess
from pathlib import Path
from textwrap import dedent

import psycopg
import pytest

from online_migrate.embedded import binaries
from online_migrate.errors import ProjectInvalid
from online_migrate.sources.capture import capture
from online_migrate.sources.lineage import lineage, locate
from online_migrate.sources.scratch import embedded_scratch
from tests.sources.projects import ASYNC, Maker

BASE = """
    CREATE TABLE users (id serial PRIMARY KEY, name text);
    INSERT INTO users (name) SELECT 'user ' || g FROM generate_series(1, 5) g;
    CREATE SEQUENCE numbers;
    CREATE FUNCTION add_user() RETURNS int LANGUAGE sql
        AS $$ INSERT INTO users (name) VALUES ('added') RETURNING id $$;
"""
DRIVERS = ("psycopg2", "psycopg", "asyncpg")

# Each deletes all users unless it is held back; {url} is the database.
OWN_CONNECTIONS = {
    "psycopg": """
        import psycopg
        with psycopg.connect({url!r}, autocommit=True) as c:
            c.execute("DELETE FROM users")
        """,
    "psycopg class": """
        from psycopg import Connection
        with Connection.connect({url!r}, autocommit=True) as c:
            c.execute("DELETE FROM users")
        """,
    "psycopg async": """
        import asyncio, psycopg
        async def delete():
            async with await psycopg.AsyncConnection.connect({url!r}, autocommit=True) as c:
                await c.execute("DELETE FROM users")
        asyncio.run(delete())
        """,
    "psycopg2": """
        import psycopg2
        c = psycopg2.connect({url!r})
        c.autocommit = True
        c.cursor().execute("DELETE FROM users")
        """,
    "psycopg2 pool": """
        from psycopg2.pool import SimpleConnectionPool
        c = SimpleConnectionPool(1, 1, {url!r}).getconn()
        c.cursor().execute("DELETE FROM users")
        c.commit()
        """,
    "asyncpg": """
        import asyncio, asyncpg
        async def delete():
            c = await asyncpg.connect({url!r})
            await c.execute("DELETE FROM users")
        asyncio.run(delete())
        """,
    "asyncpg pool": """
        import asyncio, asyncpg
        async def delete():
            async with asyncpg.create_pool({url!r}) as pool:
                await pool.execute("DELETE FROM users")
        asyncio.run(delete())
        """,
    "engine": """
        with sa.create_engine({url!r}, isolation_level="AUTOCOMMIT").begin() as c:
            c.execute(sa.text("DELETE FROM users"))
        """,
    "session of the application": """
        from sqlalchemy.orm import Session
        with Session(application.engine) as session:
            session.execute(sa.text("DELETE FROM users"))
            session.commit()
        """,
    "pool": """
        import psycopg
        from sqlalchemy.pool import QueuePool
        c = QueuePool(lambda: psycopg.connect({url!r})).connect()
        c.cursor().execute("DELETE FROM users")
        c.commit()
        """,
    "caught": """
        import psycopg
        try:
            psycopg.connect({url!r}, autocommit=True).execute("DELETE FROM users")
        except Exception:
            pass
        """,
    "program": """
        import subprocess
        subprocess.run(["psql", {url!r}, "-c", "DELETE FROM users"])
        """,
    "cursor": """
        cursor = op.get_bind().connection.cursor()
        cursor.executemany("DELETE FROM users WHERE id > %s", [(0,)])
        """,
}
HARMFUL = (
    "SELECT nextval('numbers')",
    "SELECT setval('numbers', 50)",
    "SELECT pg_notify('x', 'y')",
    "SELECT lo_create(0)",
    "SELECT add_user()",
    "SELECT id FROM users FOR UPDATE",
    "COPY users TO STDOUT",
    "SELECT pg_logical_emit_message(false, 'a', 'b')",
    "EXPLAIN ANALYZE DELETE FROM users",
    "WITH gone AS (DELETE FROM users RETURNING id) SELECT count(*) FROM gone",
)


@pytest.fixture
def maker(tmp_path: Path, database: str) -> Maker:
    made = Maker(tmp_path, database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(BASE.encode())
    (tmp_path / "application.py").write_text(f"import sqlalchemy\nengine = sqlalchemy.create_engine({database!r})\n")
    return made


def contents(url: str) -> str:
    """Return schema, rows, sequences and large objects of a database."""
    command = [str(binaries() / "pg_dump"), "--no-owner", "--inserts", "-d", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return "\n".join(line for line in text.splitlines() if not line.startswith("\\"))


def of_driver(url: str, driver: str) -> str:
    return url.replace("postgresql://", f"postgresql+{driver}://")


def test_connections_of_its_own_make_a_revision_uncaptured(maker: Maker) -> None:
    header = f"import sys; sys.path.insert(0, {str(maker.directory)!r}); import application"
    for number, body in enumerate(OWN_CONNECTIONS.values()):
        maker.revision(f"a{number}", dedent(body).format(url=maker.url), header=header)
    before, plain = contents(maker.url), maker.url
    maker.url = of_driver(plain, "psycopg")
    found = capture(maker.project(), None).operations
    assert contents(plain) == before
    reasons = dict(zip(OWN_CONNECTIONS, (o.uncaptured or "" for o in found), strict=True))
    assert "another program" in reasons.pop("program")
    assert "driver's cursor" in reasons.pop("cursor")
    assert set(reasons.values()) == {"it opens a database connection of its own"}
    assert all(o.source is not None and o.source.line > 8 for o in found), found


def test_a_revision_that_is_only_repeated_on_the_scratch_copy_is_held_back_too(maker: Maker) -> None:
    maker.revision("a0", "op.add_column('users', sa.Column('age', sa.Integer()))")
    maker.revision("a1", dedent(OWN_CONNECTIONS["psycopg"]).format(url=maker.url))
    maker.revision("a2", "assert 'age' in [c['name'] for c in sa.inspect(op.get_bind()).get_columns('users')]")
    before = contents(maker.url)
    found = capture(maker.project(), None, scratch=embedded_scratch).operations
    assert contents(maker.url) == before
    assert [o.uncaptured is None for o in found] == [True, False, False]


@pytest.mark.parametrize("driver", DRIVERS)
def test_selects_that_act_are_not_run(maker: Maker, driver: str) -> None:
    if driver == "asyncpg":
        maker.template = ASYNC
    for number, sql in enumerate(HARMFUL):
        maker.revision(f"a{number}", f"op.get_bind().execute(sa.text({sql!r}))")
        maker.revision(f"b{number}", f"op.execute({sql!r})")
    before, plain = contents(maker.url), maker.url
    maker.url = of_driver(plain, driver)
    found = capture(maker.project(), None)
    assert contents(plain) == before
    assert len(found.revisions) == 2 * len(HARMFUL)


OUTSIDE = """
import sqlalchemy as sa
with connection.begin():
    for sql in ("SELECT nextval('numbers')", "SELECT setval('numbers', 50)", "SELECT pg_notify('x', 'y')",
                "SELECT lo_create(0)", "SELECT id FROM users FOR UPDATE", "DELETE FROM users", "CREATE TABLE t ()",
                "SELECT pg_advisory_lock(1)", "SET TRANSACTION READ WRITE", "INSERT INTO users (name) VALUES ('1%')"):
        connection.exec_driver_sql(sql.replace("%", "%%"))
"""
RAW = """
    raw = connection.connection.driver_connection
    raw.rollback()
    raw.autocommit = True
    cursor = raw.cursor()
    for sql in ("SELECT nextval('numbers')", "SELECT add_user()", "DELETE FROM users", "CREATE TABLE t ()"):
        cursor.execute(sql)
    cursor.executemany("DELETE FROM users WHERE id > %s", [(1,), (2,)])
    raw.autocommit = False
"""


@pytest.mark.parametrize("driver", DRIVERS)
def test_what_env_py_writes_is_left_out(maker: Maker, driver: str) -> None:
    if driver == "asyncpg":
        maker.template = ASYNC
    before, plain = contents(maker.url), maker.url
    maker.url = of_driver(plain, driver)
    maker.revision("a1", "op.add_column('users', sa.Column('age', sa.Integer()))")
    text = OUTSIDE + (dedent(RAW) if driver != "asyncpg" else "")
    (maker.directory / "before.py").write_text(
        f"def run(connection):\n{''.join('    ' + t + chr(10) for t in text.splitlines())}"
    )
    imports = f"import sys; sys.path.insert(0, {str(maker.directory)!r}); import before"
    project = maker.project(imports=imports, before="before.run(connection)")
    assert locate(project).current == ()
    assert [o.sql for o in capture(project, None).operations] == ["ALTER TABLE users ADD COLUMN age int"]
    assert contents(plain) == before


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2", "asyncpg"])
def test_a_driver_s_connection_that_env_py_opens_is_refused_in_words(maker: Maker, driver: str) -> None:
    before = contents(maker.url)
    maker.revision("a1", "pass")
    body = dedent(OWN_CONNECTIONS[driver]).format(url=maker.url)
    (maker.directory / "opening.py").write_text(body)
    imports = f"import sys; sys.path.insert(0, {str(maker.directory)!r}); import opening"
    with pytest.raises(ProjectInvalid, match=r"opening\.py:\d+ opens a database connection"):
        capture(maker.project(imports=imports), None)
    maker.revision("a2", "pass", header=imports)
    with pytest.raises(ProjectInvalid, match=r"opening\.py:\d+ opens a database connection"):
        lineage(maker.project())
    assert contents(maker.url) == before
