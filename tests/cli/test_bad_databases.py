"""Databases that cannot be used: one error, no password in it, and nothing is changed."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from tests.cli.conftest import Run, assert_refused, assert_untouched
from tests.execution.disguise import calls_itself
from tests.sources.projects import Maker

SECRET = "hunter2-öß"


@pytest.fixture
def script(run: Run, maker: Maker) -> Callable[[str], str]:
    """Write a plain SQL file and return its name."""

    def write(text: str) -> str:
        (maker.directory / "one.sql").write_text(text)
        return "one.sql"

    return write


@pytest.mark.parametrize("url", ["sqlite:///app.db", "mysql+pymysql://root:hunter2@localhost/shop"])
def test_a_database_that_is_not_postgresql(run: Run, maker: Maker, url: str) -> None:
    maker.revision("a1", "pass")
    ended = run("--database-url", url, "plan")
    assert_refused(ended, 2, "only PostgreSQL is supported")
    assert "hunter2" not in ended.told


def test_a_project_on_sqlite(run: Run, maker: Maker) -> None:
    maker.url = "sqlite:///app.db"
    maker.project()
    maker.revision("a1", "pass")
    assert_refused(run("plan"), 2, "only PostgreSQL is supported")


def test_no_server(run: Run, maker: Maker) -> None:
    maker.revision("a1", "pass")
    ended = run("--database-url", "postgresql://u:hunter2@127.0.0.1:1/shop", "deploy")
    assert_refused(ended, 2, "No PostgreSQL server answered", "127.0.0.1:1")
    assert "hunter2" not in ended.told


def test_no_server_of_the_project(run: Run, maker: Maker) -> None:
    maker.url = "postgresql+psycopg://u:hunter2@127.0.0.1:1/shop"
    maker.project()
    maker.revision("a1", "pass")
    ended = run("plan")
    assert_refused(ended, 2, "127.0.0.1")
    assert "hunter2" not in ended.told


def test_no_such_database(run: Run, maker: Maker, database: str) -> None:
    maker.revision("a1", "pass")
    missing = urlunsplit(urlsplit(database)._replace(path="/nowhere"))
    assert_refused(run("--database-url", missing, "deploy"), 2, "no database 'nowhere'")


def test_a_url_that_is_none(run: Run, maker: Maker) -> None:
    maker.revision("a1", "pass")
    ended = run("--database-url", "postgresql://u:hunter2@[::1/shop", "plan")
    assert_refused(ended, 2, "cannot be read")
    assert "hunter2" not in ended.told


def _server(answers: bytes) -> Iterator[int]:
    """Serve a PostgreSQL that says the same to everybody, on a port of its own."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    client.recv(4096)
                    client.sendall(answers)
                    client.recv(4096)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


@pytest.fixture
def old_server() -> Iterator[int]:
    """Port of something that says it is PostgreSQL 11."""
    yield from _server(
        _message(b"R", struct.pack("!i", 0))
        + _message(b"S", b"server_version\x0011.22\x00")
        + _message(b"S", b"client_encoding\x00UTF8\x00")
        + _message(b"Z", b"I")
    )


def test_a_server_that_is_too_old(run: Run, maker: Maker, old_server: int) -> None:
    maker.revision("a1", "pass")
    url = f"postgresql://u:{SECRET}@127.0.0.1:{old_server}/shop?sslmode=disable&gssencmode=disable"
    (maker.directory / "one.sql").write_text("SELECT 1")
    ended = run("--database-url", url, "plan", "--sql", "one.sql")
    assert_refused(ended, 2, "PostgreSQL 11.22", "14 is the oldest supported")
    assert SECRET not in ended.told


@pytest.fixture
def stranger(database: str, connection: psycopg.Connection, administrator: psycopg.Connection) -> Iterator[str]:
    """URL of the test's database for a role that owns nothing in it."""
    role = sql.Identifier("stranger_" + urlsplit(database).path.strip("/"))
    administrator.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
    parts = urlsplit(database)
    yield urlunsplit(parts._replace(netloc=f"{role.as_string(None).strip(chr(34))}@{parts.netloc.split('@')[1]}"))
    connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
    administrator.execute(sql.SQL("DROP ROLE {}").format(role))


def test_a_role_that_may_not_create_a_schema(
    run: Run, maker: Maker, connection: psycopg.Connection, stranger: str
) -> None:
    maker.revision("a1", "op.execute('CREATE TABLE t (id int)')")
    assert run("--database-url", stranger, "plan").status == 0
    assert_refused(run("--database-url", stranger, "deploy"), 2, "stranger_", "online_migrate", "GRANT")
    assert_untouched(connection)


def test_a_role_that_owns_nothing(
    run: Run, maker: Maker, connection: psycopg.Connection, stranger: str, database: str
) -> None:
    connection.execute("CREATE TABLE t (id int)")
    name = urlsplit(database).path.strip("/")
    grant = sql.SQL("GRANT CREATE ON DATABASE {} TO {}")
    connection.execute(grant.format(sql.Identifier(name), sql.Identifier(f"stranger_{name}")))
    maker.revision("a1", "op.execute('ALTER TABLE t ADD COLUMN a int')")
    assert_refused(run("--database-url", stranger, "deploy"), 2, "does not own public.t")
    assert_untouched(connection)


def test_a_journal_of_a_newer_version(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO online_migrate.schema_version VALUES (99, '99')")
    users.revision("a2", "op.execute('ALTER TABLE users ADD COLUMN b int')")
    for command in ("deploy", "status", "abort"):
        assert_refused(run(command), 2, "newer version")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT 1;\nALTER TABLE t ADD\n  COLUM a int, b;", "one.sql:3"),
        ("\\copy t from x", "one.sql:1:1"),
        ("SET role other;", "one.sql:1"),
    ],
)
def test_sql_that_cannot_be_planned(
    run: Run, script: Callable[[str], str], database: str, text: str, words: str
) -> None:
    assert_refused(run("--database-url", database, "plan", "--sql", script(text)), 2, words)


def test_sql_files_that_cannot_be_read(run: Run, maker: Maker, database: str) -> None:
    (maker.directory / "two.sql").write_bytes(b"SELECT '\xff'")
    (maker.directory / "three.sql").mkdir()
    for file, words in (("none.sql", "No such file"), ("two.sql", "not UTF-8"), ("three.sql", "directory")):
        assert_refused(run("--database-url", database, "plan", "--sql", file), 2, file, words)


@pytest.mark.parametrize("version", ["CockroachDB CCL v26.3.0", "PostgreSQL 15.2-YB-2.25.1.0-b0"])
def test_another_system_is_planned_for_and_not_deployed_to(
    run: Run, script: Callable[[str], str], database: str, connection: psycopg.Connection, version: str
) -> None:
    connection.execute("CREATE TABLE t (id int)")
    calls_itself(connection, version)
    file = script("ALTER TABLE t ADD COLUMN b int")
    assert "add column" in run("--database-url", database, "plan", "--sql", file).output.lower()
    assert run("--database-url", database, "check", "--sql", file).status == 0
    assert_refused(run("--database-url", database, "deploy", "--sql", file), 2, "Plans are not run on this server")
    assert run("--database-url", database, "doctor").status == 1
    assert_untouched(connection)
