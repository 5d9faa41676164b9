"""Engines of env.py on psycopg, whatever driver their URL names. Only for the isolated process."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
import sqlalchemy
import sqlalchemy.engine
import sqlalchemy.engine.create
from psycopg import pq
from sqlalchemy.engine import URL, make_url

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
_PSYCOPG = frozenset({"prepare_threshold", "cursor_factory", "row_factory", "context"})

addresses: list[str] = []
"""URLs that engines of this process were made for, to explain why one cannot be connected to."""


def use_psycopg(override: str | None) -> None:
    """Let every engine that this process makes from now on use psycopg.

    `connect_args` of other drivers are translated where psycopg knows the same thing, else dropped.

    Args:
        override: connect to this database, whatever URL env.py gives.
    """
    create = sqlalchemy.create_engine

    def create_engine(url: str | URL, **arguments: Any) -> sqlalchemy.Engine:
        return create(_url(url, override, arguments), **_arguments(arguments, override))

    for module in (sqlalchemy, sqlalchemy.engine, sqlalchemy.engine.create):
        module.create_engine = create_engine  # type: ignore[attr-defined, assignment, unused-ignore]
    with suppress(ImportError):  # without greenlet SQLAlchemy has no async engines
        from sqlalchemy.ext.asyncio import engine as of_asyncio  # noqa: PLC0415

        of_asyncio._create_engine = create_engine  # type: ignore[attr-defined]  # noqa: SLF001


def _url(url: str | URL, override: str | None, arguments: dict[str, Any]) -> URL:
    if override is not None:
        addresses.append(override)
        arguments["connect_args"] = {
            **psycopg.conninfo.conninfo_to_dict(Database(override).conninfo()),
            **_options(arguments.get("connect_args")),
        }
        return URL.create("postgresql+psycopg")
    given = make_url(url)
    if given.get_backend_name() not in ("postgresql", "postgres"):
        raise NotPostgreSQL(
            f"env.py connects to {given.get_backend_name()!r}; only PostgreSQL is supported.",
            hint="Give --database-url, or set what env.py reads its URL from.",
        )
    if "creator" in arguments or "async_creator" in arguments:
        raise UsageError(
            "env.py connects through a function of its own (`creator`), which cannot be watched.",
            hint="Give --database-url.",
        )
    query = {key: value for key, value in given.query.items() if key in _libpq()}
    if "ssl" in given.query and "sslmode" not in query:
        query["sslmode"] = _sslmode(given.query["ssl"])
    found = given.set(drivername="postgresql+psycopg", query=query)
    addresses.append(found.render_as_string(hide_password=False))
    return found


def _arguments(arguments: dict[str, Any], override: str | None) -> dict[str, Any]:
    dropped = _ONLY_OTHER_DRIVERS | (_POOL | {"creator", "async_creator"} if override is not None else frozenset())
    kept = {key: value for key, value in arguments.items() if key not in dropped}
    given = dict(kept.get("connect_args") or {})
    connect_args = {k: v for k, v in given.items() if k in _libpq() or k in _PSYCOPG} | _options(given)
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
    driver = _driver_connection(connection)
    settings = {**driver.info.get_parameters(), "password": driver.info.password}
    settings |= {"dbname": driver.info.dbname, "user": driver.info.user}
    settings |= {"host": driver.info.host, "port": str(driver.info.port)}
    known = {key: value for key, value in settings.items() if value}
    query = {key: value for key, value in known.items() if key not in ("user", "password", "dbname")}
    query.pop("client_encoding", None)
    url = URL.create(
        "postgresql", username=known.get("user"), password=known.get("password"), database=known["dbname"], query=query
    )
    return url.render_as_string(hide_password=False)


def _driver_connection(connection: sqlalchemy.Connection) -> "psycopg.Connection[Any]":
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def renderer(connection: sqlalchemy.Connection) -> Callable[[Any, Any], str]:
    """Return what turns a statement and its parameters into SQL, as the connection's own adapters would."""
    driver: Any = connection.connection.driver_connection
    if isinstance(driver, psycopg.AsyncConnection):
        return psycopg.AsyncClientCursor(driver).mogrify
    return psycopg.ClientCursor(driver).mogrify
