"""Where the database is, and how to connect to it: the only place that turns a URL into a connection."""

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, quote, unquote

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from online_migrate.errors import (
    AuthenticationFailed,
    ConnectionRefused,
    DatabaseMissing,
    NotPostgreSQL,
    ServerNotReady,
    ServerTooOld,
    ServerUnreachable,
    SettingInTheWay,
    TooManyConnections,
    UsageError,
)

OLDEST_SERVER = 140000
CONNECT_TIMEOUT_S = 10
TRIES = 3
# A server that is cut off without a word is noticed within a minute or so, and not when TCP gives up after hours.
ALIVE = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "60000"}

_HOSTS = r"(?P<hosts>(?:\[[^\]]*\]|[^/?:,@\[\]]*)(?::\d*)?(?:,(?:\[[^\]]*\]|[^/?:,@\[\]]*)(?::\d*)?)*)"
_REST = _HOSTS + r"(?:/(?P<dbname>[^?]*))?(?:\?(?P<query>.*))?"
_SCHEME = r"(?P<scheme>[A-Za-z][\w+.\-]*)://"
# As libpq reads a URL first; then as SQLAlchemy does, which lets a password contain "/" and "?".
_URLS = tuple(
    re.compile(_SCHEME + rf"(?:(?P<user>[^:/?@]*)(?::(?P<password>{password}))?@)?" + _REST, re.DOTALL)
    for password in (r"[^@/?]*", r"[^@]*")
)
_SECRETS = frozenset({"password", "sslpassword", "passfile", "oauth_client_secret"})
_SSL_WORDS = {"true": "require", "1": "require", "on": "require", "false": "disable", "0": "disable", "off": "disable"}


@dataclass(frozen=True, slots=True, repr=False)
class Database:
    """The address of a database, from an SQLAlchemy URL of any PostgreSQL driver or libpq's conninfo.

    Query parameters that libpq knows (TLS, target_session_attrs, options, host=/socket/directory) are
    passed on; asyncpg's `ssl` becomes `sslmode`; those that only another driver knows are dropped.

    Attributes:
        url: the address.
        direct_url: past a pooler to the same database, for what needs a session of its own.

    Raises:
        NotPostgreSQL: the URL names another kind of database.
        UsageError: the text is neither a URL nor conninfo.
    """

    url: str
    direct_url: str | None = None

    def __post_init__(self) -> None:
        _parameters(self.url)
        _parameters(self.direct.url)

    @property
    def direct(self) -> "Database":
        """The same database past the pooler; this one where no other address was given."""
        return Database(self.direct_url) if self.direct_url is not None else self

    def __repr__(self) -> str:
        return f"Database({self.redacted})"

    def conninfo(self) -> str:
        """Return libpq's form of the address. It contains the password: never print it."""
        return make_conninfo("", **_parameters(self.url))

    @property
    def redacted(self) -> str:
        """The address for people: role, hosts and database; no password, no parameters."""
        known = _parameters(self.url)
        hosts = known.get("host", known.get("hostaddr", "")).split(",")
        ports = known.get("port", "").split(",")
        ports = ports * len(hosts) if len(ports) == 1 else ports
        places = [f"[{host}]" if ":" in host else host for host in hosts]
        address = ",".join(f"{place}:{port}" if port else place for place, port in zip(places, ports, strict=False))
        user = f"{quote(known['user'], safe='')}@" if "user" in known else ""
        name = f"/{quote(known['dbname'], safe='')}" if "dbname" in known else ""
        if address.startswith("/"):
            return f"postgresql://{user}{name or '/'}?host={address}"
        return f"postgresql://{user}{address}{name}"

    def connect(self, purpose: str, autocommit: bool = True) -> psycopg.Connection:
        """Open a connection that pg_stat_activity shows as "online-migrate: <purpose>".

        It never prepares statements on the server, so that it works behind a pooler.

        Raises:
            ServerUnreachable, ServerNotReady, AuthenticationFailed, DatabaseMissing, TooManyConnections,
            ConnectionRefused, ServerTooOld, SettingInTheWay: each says what to do.
        """
        settings = {"connect_timeout": str(CONNECT_TIMEOUT_S)} | ALIVE | _parameters(self.url)
        # An SQL_ASCII database would otherwise give bytes for text.
        settings |= {"application_name": f"online-migrate: {purpose}", "client_encoding": "UTF8"}
        conninfo = make_conninfo("", **settings)
        connection = self._open(conninfo, settings, autocommit=autocommit)
        if connection.info.server_version < OLDEST_SERVER:
            version = connection.info.parameter_status("server_version")
            connection.close()
            raise ServerTooOld(
                f"The server at {self.redacted} is PostgreSQL {version}; 14 is the oldest supported.",
                hint="Upgrade the server, or use plain Alembic for this database.",
            )
        style = connection.info.parameter_status("DateStyle") or ""
        if not style.startswith("ISO"):
            connection.close()
            # Not set here: a date that a migration casts to text would come out in another form than it asked for.
            raise SettingInTheWay(
                f"DateStyle is {style!r} in sessions of this role, and times can be read as ISO only.",
                hint="Set it to 'ISO, DMY' or the like for the role (ALTER ROLE ... SET datestyle), or add "
                "?options=-c%20datestyle%3DISO to the URL.",
            )
        return connection

    def _open(self, conninfo: str, settings: dict[str, str], *, autocommit: bool) -> psycopg.Connection:
        left = TRIES
        while True:
            left -= 1
            try:
                return psycopg.connect(conninfo, autocommit=autocommit, prepare_threshold=None)
            except psycopg.OperationalError as error:
                failure = self._failure(error, settings)
                # A connection that is cut while it is made looks like this too, and libpq gives no code for either.
                if not left or not isinstance(failure, ConnectionRefused):
                    # `from None`: the driver's own text may repeat what was in the URL.
                    raise failure from None

    def _failure(self, error: psycopg.OperationalError, settings: dict[str, str]) -> Exception:
        """Say why connecting failed. libpq gives no SQLSTATE for this and servers translate their words, so ask."""
        conninfo = make_conninfo("", **settings).encode()
        answer = pq.Ping(pq.PGconn.ping(conninfo))
        if answer is pq.Ping.REJECT:
            return ServerNotReady(
                f"The server at {self.redacted} does not accept connections yet.",
                hint="It is starting, stopping or recovering: run the command again in a moment.",
            )
        if answer is not pq.Ping.OK:
            return ServerUnreachable(
                f"No PostgreSQL server answered at {self.redacted}.",
                hint="Check host, port and TLS settings of the URL, and that the server runs.",
            )
        said = _words_of_server(error, settings)
        if any(words in said.lower() for words in ("too many", "connection slots")):
            return TooManyConnections(
                f"The server at {self.redacted} has no free connection: {said}",
                hint="Close idle connections or raise the limit, then run the command again.",
            )
        if _is_missing(settings):
            return DatabaseMissing(
                f"The server at {self.redacted} has no database {settings['dbname']!r}.",
                hint="Create it, or correct the name at the end of the URL.",
            )
        used = error.pgconn
        if used is not None and used.needs_password:
            return AuthenticationFailed(
                f"The server at {self.redacted} wants a password and none was given.",
                hint="Put it into the URL, PGPASSWORD or ~/.pgpass.",
            )
        if used is not None and used.used_password:
            return AuthenticationFailed(
                f"The server at {self.redacted} refused the password: {said}",
                hint="Check role and password. Characters such as @ and / must be percent-encoded in a URL.",
            )
        return ConnectionRefused(
            f"The server at {self.redacted} refused the connection: {said}",
            hint="Check the role's name, its right to connect, and pg_hba.conf.",
        )


@cache
def _libpq_keywords() -> frozenset[str]:
    return frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())


def _parameters(text: str) -> dict[str, str]:
    if "://" not in text.split("=", 1)[0]:
        return _of_conninfo(text)
    scheme = text.split("://", 1)[0]
    if scheme.split("+", 1)[0].lower() not in ("postgresql", "postgres"):
        raise NotPostgreSQL(
            f"The database URL is of {scheme.split('+', 1)[0]!r}; only PostgreSQL is supported.",
            hint="Give a URL such as postgresql://user@host:5432/name with --database-url.",
        )
    match = next((found for form in _URLS if (found := form.fullmatch(text))), None)
    if match is None:
        raise UsageError(
            "The database URL cannot be read.",
            hint="It should look like postgresql://user:password@host:5432/name; percent-encode special characters.",
        )
    parameters = {key: unquote(match[key]) for key in ("user", "password", "dbname") if match[key]}
    hosts = match["hosts"].split(",") if match["hosts"] else []
    for key, value in parse_qsl(match["query"] or ""):
        if key == "host" and not value.startswith("/"):
            hosts.extend(value.split(","))
        elif key == "ssl":
            parameters["sslmode"] = _SSL_WORDS.get(value.lower(), value)
        elif key in _libpq_keywords():
            parameters[key] = value
    if hosts:
        places = [_place(host) for host in hosts]
        parameters["host"] = ",".join(host for host, _ in places)
        if any(port for _, port in places):
            parameters["port"] = ",".join(port for _, port in places)
    return parameters


def _place(text: str) -> tuple[str, str]:
    """Split "host:port" or "[v6]:port"."""
    host, separator, port = text.rpartition(":")
    if not separator or port.endswith("]"):
        host, port = text, ""
    return unquote(host.removeprefix("[").removesuffix("]")), port


def _of_conninfo(text: str) -> dict[str, str]:
    try:
        return {key: str(value) for key, value in conninfo_to_dict(text).items() if value is not None}
    except psycopg.ProgrammingError:
        # `from None`: libpq's message quotes the text, which may hold a password.
        raise UsageError(
            "The database address is neither a URL nor libpq conninfo.",
            hint="Give a URL such as postgresql://user@host:5432/name with --database-url.",
        ) from None


def _words_of_server(error: psycopg.OperationalError, settings: dict[str, str]) -> str:
    """Return the last line the server said, without any secret."""
    # libpq continues a line with a tab.
    said = str(error).strip().replace("\n\t", " ").splitlines()[-1].strip()
    secrets = [value for key, value in settings.items() if key in _SECRETS and value]
    return "no reason that can be shown" if any(secret in said for secret in secrets) else said


def _is_missing(settings: dict[str, str]) -> bool:
    """Ask the server's maintenance database whether the database of the address exists."""
    if settings.get("dbname") in (None, "postgres"):
        return False
    try:
        with psycopg.connect(make_conninfo("", **(settings | {"dbname": "postgres"})), autocommit=True) as other:
            found = other.execute("SELECT FROM pg_database WHERE datname = %s", [settings["dbname"]]).fetchone()
    except psycopg.OperationalError:
        return False
    return found is None
