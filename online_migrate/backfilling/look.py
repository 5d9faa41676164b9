"""One look at the server: the raw figures that signals are made of. Reads only, and locks nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import isnan
from typing import TypeVar

import psycopg
from psycopg import Connection, RawCursor
from psycopg.rows import class_row, scalar_row

from online_migrate.backfilling import failures
from online_migrate.backfilling.queries import query
from online_migrate.policy import Policy

T = TypeVar("T")

LIMIT_MS = 1000
"""Limit of each statement of a look; one that takes longer is as good as unreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Of others: `active` now, `busy` within the last two seconds, `hidden` where this role may not see which."""

    active: int
    busy: int
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A session of the application that waits for a lock of ours."""

    pid: int
    ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """A physical replica; `position` in the WAL is None where it reported none yet, or `hidden` from this role.

    `shared`: it reads the storage of the primary (Aurora); it takes in no WAL, and its lag is what it says itself.
    """

    name: str
    position: int | None
    lag_s: float | None
    hidden: bool
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A replication slot and the bytes of WAL it keeps; `keep_mb`: the server's limit, negative for none."""

    name: str
    bytes: int
    unreserved: bool
    keep_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wal:
    """Where the WAL stands, and how the archive follows."""

    position: int
    segment_bytes: int
    archiving: bool
    last_archived_wal: str | None
    last_failed_wal: str | None
    failing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """The oldest snapshot of others, and who has it."""

    xmin: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The statistics of the table that is changed."""

    dead: int
    live: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A figure that could not be read, with the server's words."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen at one moment.

    Attributes:
        at: seconds of the monitor's clock.
        commit_ms: how long our note before this look took to be committed.
        forced_checkpoints: since the statistics began.
        own_query: what pacing_query returned; None where there is none.
    """

    at: float
    role: str
    commit_ms: float
    sessions: Sessions | Unreadable
    blocked: Blocked | Unreadable | None
    replicas: tuple[Replica, ...] | Unreadable
    slots: tuple[Slot, ...] | Unreadable
    wal: Wal | Unreadable
    forced_checkpoints: int | Unreadable
    horizon: Horizon | Unreadable | None
    table: Table | Unreadable | None
    own_query: float | Unreadable | None


def look(connection: Connection, *, at: float, commit_ms: float, relid: int, policy: Policy) -> Look:
    """Look once. What cannot be read is told as such.

    Raises:
        psycopg.OperationalError: the connection is gone.
    """

    def rows(name: str, kind: type[T], *parameters: object) -> tuple[T, ...]:
        with RawCursor(connection, row_factory=class_row(kind)) as cursor:
            return tuple(cursor.execute(query(name), parameters).fetchall())

    def first(name: str, kind: type[T], *parameters: object) -> T | None:
        return next(iter(rows(name, kind, *parameters)), None)

    def one(name: str, kind: type[T]) -> T:
        return rows(name, kind)[0]

    def replicas() -> tuple[Replica, ...]:
        return rows("look_aurora_replicas" if _is_aurora(connection) else "look_replicas", Replica)

    newer = connection.info.server_version >= 170000
    with connection.transaction():
        # A transaction only for its limit: each part is a savepoint, so that one that fails takes no other with it.
        with RawCursor(connection) as cursor:
            cursor.execute(query("look_settings"), [str(LIMIT_MS)])
        return Look(
            at=at,
            role=connection.info.user,
            commit_ms=commit_ms,
            sessions=_try(connection, lambda: one("look_sessions", Sessions)),
            blocked=_try(connection, lambda: first("look_blocked", Blocked, policy.pacing_blocked_ms / 2000)),
            replicas=_try(connection, replicas),
            slots=_try(connection, lambda: rows("look_slots", Slot)),
            wal=_try(connection, lambda: one("look_wal", Wal)),
            forced_checkpoints=_try(connection, lambda: _forced_checkpoints(connection, newer=newer)),
            horizon=_try(connection, lambda: first("look_horizon", Horizon)),
            table=_try(connection, lambda: first("look_table", Table, relid)),
            own_query=_try(connection, lambda: _own_query(connection, policy.pacing_query)),
        )


def _try(connection: Connection, read: Callable[[], T]) -> T | Unreadable:
    try:
        with connection.transaction():
            return read()
    except psycopg.Error as error:
        if connection.closed:
            raise
        return Unreadable(failures.words(error))


def _is_aurora(connection: Connection) -> bool:
    with RawCursor(connection, row_factory=scalar_row) as cursor:
        return bool(cursor.execute(query("look_aurora")).fetchone())


def _forced_checkpoints(connection: Connection, *, newer: bool) -> int:
    name = "look_checkpoints" if newer else "look_checkpoints_before_17"
    with RawCursor(connection, row_factory=scalar_row) as cursor:
        return int(cursor.execute(query(name)).fetchone() or 0)


def _own_query(connection: Connection, text: str) -> float | Unreadable | None:
    if not text:
        return None
    with RawCursor(connection) as cursor:
        row = cursor.execute(text.encode()).fetchone()
    if row is None or len(row) != 1 or not isinstance(row[0], int | float | Decimal) or isnan(row[0]):
        return Unreadable("it must return one row of one number")
    return float(row[0])
