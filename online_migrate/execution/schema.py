"""The journal's own tables: made when something is first written, and brought up to date by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import psycopg
from psycopg import errors as pg
from psycopg import sql

from online_migrate import __version__
from online_migrate.backfilling import schema as backfill_schema
from online_migrate.errors import JournalTooNew, JournalTooOld
from online_migrate.execution.queries import query

SCHEMA = "online_migrate"
PATIENCE_MS = 1000


def exists(connection: psycopg.Connection) -> bool:
    """Return whether the database has a journal.

    Raises:
        JournalTooNew: a newer version of the package wrote it.
    """
    row = connection.execute(b"SELECT to_regclass('online_migrate.schema_version') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return False
    installed, known = versions(connection)
    if installed > known:
        raise JournalTooNew(
            f"The journal is of a newer version ({installed}) than this online-migrate knows ({known}).",
            hint="Upgrade online-migrate to the version that wrote it, or a newer one.",
        )
    return True


def install(connection: psycopg.Connection) -> None:
    """Create the journal, or bring it up to this version; safe to call at once from several engines.

    Raises:
        JournalTooNew: a newer version of the package wrote it.
    """
    with connection.transaction():
        connection.execute(query("install_lock"))
        found = connection.execute(b"SELECT to_regnamespace('online_migrate') IS NOT NULL").fetchone()
        # CREATE SCHEMA IF NOT EXISTS asks for the right to create it even where it exists.
        if found is not None and not found[0]:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
        if not exists(connection):
            connection.execute(query("version_table"))
        installed, scripts = _installed_version(connection), _scripts()
        for version, script in enumerate(scripts[installed:], start=installed + 1):
            connection.execute(script)
            connection.execute(
                b"INSERT INTO online_migrate.schema_version (version, engine_version) VALUES (%s, %s)",
                (version, __version__),
            )
        backfill_schema.install(connection)


@contextmanager
def reading(connection: psycopg.Connection) -> Iterator[None]:
    """Let the block read the journal in one snapshot, an older one as the next deploy would bring it up to date.

    That is done in the block's own transaction, which is rolled back: nothing is changed, and who writes an older
    journal at this moment waits for it. Else the transaction is read-only.

    Args:
        connection: not in autocommit, in no transaction; it is in none afterwards.

    Raises:
        JournalTooNew: a newer version of the package wrote it.
        JournalTooOld: an older one did, and the role or the server does not let us look at it so.
    """
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    older = exists(connection) and not is_current(connection)
    connection.rollback()
    connection.read_only = not older
    try:
        if older:
            _bring_up(connection)
        yield
    finally:
        connection.rollback()


def _bring_up(connection: psycopg.Connection) -> None:
    try:
        connection.execute(query("lock_timeout"), {"lock_timeout_ms": PATIENCE_MS})
        install(connection)
    except (pg.InsufficientPrivilege, pg.LockNotAvailable, pg.ReadOnlySqlTransaction) as error:
        raise JournalTooOld(
            f"The journal was written by an older version of online-migrate: {error.diag.message_primary}.",
            hint="The next `online-migrate deploy` brings it up to date; until then ask the version that wrote it, or "
            "as the role that deploys.",
        ) from error


def is_current(connection: psycopg.Connection) -> bool:
    """Return whether the journal, which exists, is as this version of the package writes it."""
    installed, known = versions(connection)
    return installed == known and backfill_schema.is_current(connection)


def versions(connection: psycopg.Connection) -> tuple[int, int]:
    """Return the version of the journal that is there, and the one that this package writes."""
    return _installed_version(connection), len(_scripts())


def _installed_version(connection: psycopg.Connection) -> int:
    row = connection.execute(b"SELECT coalesce(max(version), 0) FROM online_migrate.schema_version").fetchone()
    return int(row[0]) if row is not None else 0


def _scripts() -> tuple[bytes, ...]:
    folder = files(__package__).joinpath("sql", "schema")
    return tuple(file.read_bytes() for file in sorted(folder.iterdir(), key=lambda f: f.name))
