"""Which driver the engines of env.py use, and how to speak to it. Only for the isolated process."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import psycopg
import sqlalchemy
import sqlalchemy.engine
import sqlalchemy.engine.create
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from online_migrate.database import Database
from online_migrate.errors import NotPostgreSQL, UsageError

_ONLY_OTHER_DRIVERS = frozenset(
    {
        "async_fallback",
        "executemany_batch_page_size",
        "executemany_mode",
        "executemany_values_page_size",
        "prepared_statement_cache_size",
        "use_native_hstore",
        "use_native_unicode",
        "use_native_uuid",
    }
)
_POOL = frozenset({"poolclass", "pool", "pool_size", "max_overflow", "pool_timeout", "pool_use_lifo", "pool_recycle"})
_WITH_LITERALS = frozenset({"psycopg", "psycopg2"})
_DSN = frozenset(
    {"application_name", "dbname", "host", "options", "passfile", "password", "port", "sslcert", "sslcrl", "sslkey"}
    | {"sslmode", "sslrootcert", "target_session_attrs", "user"}
)
_ADDRESS_OF_ASYNCPG = frozenset({"database", "dsn", "host", "passfile", "password", "port", "ssl", "user"})

BACKENDS = frozenset({"postgresql", "postgres"})

addresses: list[str] = []
"""URLs that engines of this process were made for, to explain why one cannot be connected to."""


def use_drivers(override: str | None, *, watched: bool) -> None:
    """Let every engine for PostgreSQL that this process makes from now on use a driver that is there.

    That is the driver of env.py's URL, because what a value without a type means differs from driver to driver; and
    psycopg where that one is not installed. `connect_args` are translated then, where psycopg knows the same thing.

    Args:
        override: connect to this database, whatever URL env.py gives.
        watched: statements are to be recorded, for which a driver must write its parameters as literals (not asyncpg).
    """
    create = sqlalchemy.create_engine

    def create_engine(url: str | URL, **arguments: Any) -> sqlalchemy.Engine:
        if override is None and make_url(url).get_backend_name() not in BACKENDS:
            return _of_another_server(create, url, arguments)
        if watched and override is None and ("creator" in arguments or "async_creator" in arguments):
            raise UsageError(
                "env.py connects through a function of its own (`creator`), which cannot be watched.",
                hint="Give --database-url.",
            )
        given, driver = _drivers(url, watched)
        if override is not None:
            addresses.append(override)
            return create(URL.create(f"postgresql+{driver}"), **_instead(override, arguments, given, driver))
        addresses.append(make_url(url).render_as_string(hide_password=False))
        if given == driver:
            return create(url, **arguments)
        return create(_of_psycopg(make_url(url)), **_arguments(arguments))

    for module in (sqlalchemy, sqlalchemy.engine, sqlalchemy.engine.create):
        module.create_engine = create_engine  # type: ignore[attr-defined, assignment, unused-ignore]
    with suppress(ImportError):  # without greenlet SQLAlchemy has no async engines
        from sqlalchemy.ext.asyncio import engine as of_asyncio  # noqa: PLC0415

        of_asyncio._create_engine = create_engine  # type: ignore[attr-defined]  # noqa: SLF001


def _drivers(url: str | URL, watched: bool) -> tuple[str | None, str]:
    """Return the driver that a URL names, if any, and the one to use."""
    try:
        dialect = make_url(url).get_dialect()
        given = dialect.driver.removesuffix("_async")
        dialect.import_dbapi()
    except (ArgumentError, ImportError, AttributeError):  # AttributeError: a URL that is None
        return None, "psycopg"
    usable = dialect.name in BACKENDS and (not watched or given in _WITH_LITERALS)
    return given, given if usable else "psycopg"


def _instead(override: str, arguments: dict[str, Any], given: str | None, driver: str) -> dict[str, Any]:
    """Return the arguments of an engine for another address, with the session settings of env.py's."""
    kept = {key: value for key, value in arguments.items() if key not in _POOL | {"creator", "async_creator"}}
    own = dict(kept.get("connect_args") or {})
    address = conninfo_to_dict(Database(override).conninfo())
    if driver == "asyncpg":
        known = {key: value for key, value in address.items() if key in _DSN}
        others = {key: value for key, value in own.items() if key not in _ADDRESS_OF_ASYNCPG}
        kept["connect_args"] = {**others, "dsn": url_text({k: str(v) for k, v in known.items()})}
        return kept
    if given != driver:
        kept = _arguments(kept)
    kept["connect_args"] = {**address, **_options(own)}
    return kept


def _of_another_server(
    create: Callable[..., sqlalchemy.Engine], url: str | URL, arguments: dict[str, Any]
) -> sqlalchemy.Engine:
    """Applications may have such an engine beside env.py's (a cache, an import); only connecting it is refused."""
    try:
        return create(url, **arguments)
    except ImportError as error:
        raise not_postgresql(make_url(url).get_backend_name()) from error


def not_postgresql(backend: str) -> NotPostgreSQL:
    """Return the error for an env.py that wants another kind of server."""
    return NotPostgreSQL(
        f"env.py connects to {backend!r}; only PostgreSQL is supported.",
        hint="Give --database-url, or set what env.py reads its URL from.",
    )


def _of_psycopg(given: URL) -> URL:
    """Return the URL of another driver as psycopg takes it."""
    query = {key: value for key, value in given.query.items() if key in _libpq()}
    if "ssl" in given.query and "sslmode" not in query:
        query["sslmode"] = _sslmode(given.query["ssl"])
    return given.set(drivername="postgresql+psycopg", query=query)


def _arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in arguments.items() if key not in _ONLY_OTHER_DRIVERS}
    given = dict(kept.get("connect_args") or {})
    connect_args = {k: v for k, v in given.items() if k in _libpq()} | _options(given)
    if "ssl" in given and "sslmode" not in given:
        connect_args["sslmode"] = _sslmode(given["ssl"])
    if "timeout" in given:
        connect_args["connect_timeout"] = int(given["timeout"])
    return {**kept, "connect_args": connect_args}


def _options(connect_args: dict[str, Any] | None) -> dict[str, str]:
    """Return libpq's `options` for the session settings of either driver."""
    given = connect_args or {}
    written = [given["options"]] if "options" in given else []
    written += [f"-c {key}={_escaped(str(value))}" for key, value in (given.get("server_settings") or {}).items()]
    return {"options": " ".join(written)} if written else {}


def _escaped(value: str) -> str:
    return "".join("\\" + c if c in "\\ " else c for c in value)


def _sslmode(ssl: object) -> str:
    """asyncpg takes an SSLContext, a boolean or libpq's word."""
    if isinstance(ssl, str) and ssl.lower() not in ("true", "false"):
        return ssl
    return "disable" if ssl in (False, "false") else "require"


def _libpq() -> frozenset[str]:
    return frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())


def url_of(connection: sqlalchemy.Connection) -> str:
    """Return a URL, password included, with which the same database can be connected to again."""
    info: Any = connection.connection.driver_connection.info  # type: ignore[union-attr]
    settings = dict(info.get_parameters() if hasattr(info, "get_parameters") else info.dsn_parameters)
    for key in ("host", "port", "user", "password", "dbname"):
        settings[key] = str(getattr(info, key) or "")
    return url_text(settings)


def url_text(settings: Mapping[str, str]) -> str:
    """Return libpq's parameters as a URL."""
    known = {key: value for key, value in settings.items() if value}
    query = {key: value for key, value in known.items() if key not in ("user", "password", "dbname")}
    query.pop("client_encoding", None)
    url = URL.create(
        "postgresql",
        username=known.get("user"),
        password=known.get("password"),
        database=known.get("dbname"),
        query=query,
    )
    return url.render_as_string(hide_password=False)


def rendered(cursor: Any, statement: Any, parameters: Any) -> str:
    """Return a statement with its parameters in it, as the cursor's own connection adapts them."""
    if isinstance(cursor, psycopg.Cursor):
        return psycopg.ClientCursor(cursor.connection).mogrify(statement, parameters)
    if isinstance(cursor, psycopg.AsyncCursor):
        return psycopg.AsyncClientCursor(cursor.connection).mogrify(statement, parameters)
    from psycopg2.extensions import encodings  # noqa: PLC0415 - only where env.py uses psycopg2

    text: bytes = cursor.mogrify(statement, parameters)
    return text.decode(encodings[cursor.connection.encoding])
