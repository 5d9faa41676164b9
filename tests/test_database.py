"""URLs of every driver, and one clear error for each way a connection fails."""

from urllib.parse import urlsplit, urlunsplit

import pytest
from psycopg.conninfo import conninfo_to_dict

from online_migrate.database import Database
from online_migrate.errors import ConnectionRefused, DatabaseMissing, NotPostgreSQL, ServerUnreachable, UsageError

URLS = (
    ("postgresql://u:p%40ss@h:5432/db?ssl=require", {"password": "p@ss", "sslmode": "require", "port": "5432"}),
    ("postgres://u:pa/ss?x@h/db", {"password": "pa/ss?x", "host": "h", "dbname": "db"}),
    ("postgresql+asyncpg://u@[::1]:55/db?prepared_statement_cache_size=0", {"host": "::1", "port": "55"}),
    ("postgresql+psycopg2://u:p@/db?host=/run/pg&connect_timeout=3", {"host": "/run/pg", "connect_timeout": "3"}),
    ("postgresql://h1:1,h2:2/db?target_session_attrs=read-write", {"host": "h1,h2", "port": "1,2"}),
    ("postgresql+psycopg://u@/db?host=h1:1&host=h2:2", {"host": "h1,h2", "port": "1,2"}),
    ("postgresql://h/db?options=-c%20search_path%3Dapp", {"options": "-c search_path=app"}),
    ("host=h password=p dbname=db", {"host": "h", "password": "p"}),
)


@pytest.mark.parametrize(("url", "expected"), URLS)
def test_urls_of_every_driver_become_conninfo(url: str, expected: dict[str, str]) -> None:
    known = conninfo_to_dict(Database(url).conninfo())
    assert {key: known.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:secret@h/db",
        "postgresql://u@h/db?password=secret&sslpassword=secret",
        "host=h user=u password=secret",
        "postgresql://u:secret@/db?host=/run/pg",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    database = Database(url)
    assert "secret" not in f"{database} {database!r} {database.redacted}"


@pytest.mark.parametrize("url", ["sqlite:///app.db", "mysql+pymysql://u:secret@h/db"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(NotPostgreSQL) as caught:
        Database(url)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("url", ["nonsense", "postgresql://u:secret@h:port/db", "host=h secret"])
def test_a_text_that_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Database(url)
    assert "secret" not in caught.value.message


def test_a_connection_says_what_it_is_for(database: str) -> None:
    with Database(database).connect("reading") as connection:
        assert connection.execute("SHOW application_name").fetchone() == ("online-migrate: reading",)
        assert connection.prepare_threshold is None


def test_a_missing_database_is_named(database: str) -> None:
    missing = urlunsplit(urlsplit(database)._replace(path="/no_such_database"))
    with pytest.raises(DatabaseMissing, match="no_such_database"):
        Database(missing).connect("testing")


def test_a_role_that_does_not_exist_is_refused(database: str) -> None:
    with pytest.raises(ConnectionRefused):
        Database(f"{Database(database).conninfo()} user=no_such_role").connect("testing")


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(ServerUnreachable) as caught:
        Database("postgresql://u:secret@/db?host=/nonexistent").connect("testing")
    assert "secret" not in f"{caught.value.message} {caught.value.__cause__} {caught.value.hint}"


def test_a_connection_notices_that_the_server_is_cut_off_unless_the_address_says_otherwise(database: str) -> None:
    for url, idle_s in ((database, "30"), (f"{database}{'&' if '?' in database else '?'}keepalives_idle=7", "7")):
        with Database(url).connect("test") as connection:
            assert connection.info.get_parameters()["keepalives_idle"] == idle_s
