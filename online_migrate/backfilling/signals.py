"""What the looks of the last minutes say about the server and those who use it. Pure: figures in, readings out."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from online_migrate.backfilling import downstream
from online_migrate.backfilling.look import Look, Unreadable
from online_migrate.backfilling.reading import Reading, Signal, figure, newest
from online_migrate.policy import Policy

KEPT_S = 900.0
"""How long a look is of use: no lag and no horizon is measured for longer."""
COMMITS = 10
CHECKPOINTS_S = 60.0
ALONE = " (not heeded: no application session is at work)"

COMMIT = Signal("pacing_commit_ms", "commit latency", "ms")
ACTIVE = Signal("pacing_active_per_cpu", "active sessions", "per CPU")
BLOCKED = Signal("pacing_blocked_ms", "waits for our locks", "ms")
CHECKPOINTS = Signal("pacing_checkpoints", "forced checkpoints", "per minute")
HORIZON = Signal("horizon_wait_s", "oldest snapshot", "s")
DEAD_ROWS = Signal("pacing_dead_share", "dead rows", "per live row")
OWN_QUERY = Signal("pacing_query_limit", "pacing_query")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What stays as it is while a backfill runs.

    Attributes:
        commit_ms: what a commit took before its first batch.
        cpus: of the server.
    """

    policy: Policy
    commit_ms: float
    cpus: int


def readings(looks: tuple[Look, ...], around: Surroundings) -> tuple[Reading, ...]:
    """Return what has a limit and is there to be measured, of looks from the oldest to the newest, one at least."""
    here = (_commit, _active, _blocked, _checkpoints, _horizon, _dead_rows, _own_query)
    found = [reading for signal in here for reading in signal(looks, around)]
    return (*found, *downstream.readings(looks, around.policy))


def _commit(looks: tuple[Look, ...], around: Surroundings) -> Iterator[Reading]:
    """By the second slowest of our own notes of the last ten seconds: the slowest alone may be chance."""
    if limit := COMMIT.limit(around.policy):
        took = sorted(look.commit_ms for look in looks[-COMMITS:])
        value = max(0.0, took[ceil(len(took) * 0.9) - 1] - around.commit_ms)
        used = _is_used(looks)
        words = f"a commit takes {figure(value)} ms longer (limit {figure(limit)} ms)" + ("" if used else ALONE)
        yield COMMIT.steer(value, limit, at=looks[-1].at, words=words, heeded=used)


def _active(looks: tuple[Look, ...], around: Surroundings) -> Iterator[Reading]:
    if not (limit := ACTIVE.limit(around.policy)):
        return
    found, at = newest(looks, lambda look: look.sessions)
    value = None
    if isinstance(found, Unreadable):
        words = f"sessions cannot be read: {found.words}"
    elif found.hidden:
        words = f"what sessions do is hidden from us: GRANT pg_monitor TO {looks[-1].role}"
    else:
        value = found.active / around.cpus
        words = f"sessions at work: {found.active} on {around.cpus} CPUs (limit {figure(limit)} for each)"
    yield ACTIVE.steer(value, limit, at=at, words=words)


def _blocked(looks: tuple[Look, ...], around: Surroundings) -> Iterator[Reading]:
    if not (limit := BLOCKED.limit(around.policy)):
        return
    found, at = newest(looks, lambda look: look.blocked)
    value: float | None = 0.0
    if isinstance(found, Unreadable):
        value, words = None, f"lock waits cannot be read: {found.words}"
    elif found is None:
        words = "nobody waits for a lock of ours"
    else:
        value = found.ms
        words = f"pid {found.pid} waits {figure(found.ms)} ms for a lock of ours (limit {figure(limit)} ms)"
    yield BLOCKED.gate(value, limit, at=at, words=words)


def _checkpoints(looks: tuple[Look, ...], around: Surroundings) -> Iterator[Reading]:
    limit = CHECKPOINTS.limit(around.policy)
    counts = [
        (look.at, look.forced_checkpoints) for look in looks if not isinstance(look.forced_checkpoints, Unreadable)
    ]
    if limit and counts:
        at, last = counts[-1]
        value = last - next(count for when, count in counts if at - when <= CHECKPOINTS_S)
        used = _is_used(looks)
        words = f"checkpoints forced by WAL: {value} in a minute (limit {figure(limit)})" + ("" if used else ALONE)
        yield CHECKPOINTS.steer(value, limit, at=at, words=words, heeded=used)


def _horizon(looks: tuple[Look, ...], around: Surroundings) -> Iterator[Reading]:
    """By how long the same snapshot has been the oldest: a session may be old, and its snapshot new.

    Only shown: a walk that needs the room of dead rows waits by itself (see `hot`), the others need not.
    """
    found, at = newest(looks, lambda look: look.horizon)
    if isinstance(found, Unreadable):
        return
    value, words = 0.0, "nobody keeps dead rows"
    if found is not None:
        seen = at
        for look in reversed(looks):
            if look.horizon is None or (not isinstance(look.horizon, Unreadable) and look.horizon.xmin != found.xmin):
                break
            seen = look.at
        value = at - seen
        words = f"{found.by} keeps dead rows for {figure(value)} s"
    yield HORIZON.note(value, HORIZON.limit(around.policy), at=at, words=words)


def _dead_rows(looks: tuple[Look, ...], around: Surroundings) -> Iterator[Reading]:
    limit = DEAD_ROWS.limit(around.policy)
    found, at = newest(looks, lambda look: look.table)
    if limit and found is not None and not isinstance(found, Unreadable) and found.live:
        value = found.dead / found.live
        words = f"the table has {figure(value)} dead rows for each live one (limit {figure(limit)})"
        yield DEAD_ROWS.steer(value, limit, at=at, words=words)


def _own_query(looks: tuple[Look, ...], around: Surroundings) -> Iterator[Reading]:
    found, limit = looks[-1].own_query, OWN_QUERY.limit(around.policy)
    if isinstance(found, Unreadable):
        words = f"pacing_query cannot be answered: {found.words}"
        yield OWN_QUERY.gate(None, limit, at=looks[-1].at, words=words)
    elif found is not None:
        words = f"pacing_query returned {found:g} (limit {limit:g})"
        yield OWN_QUERY.gate(found, limit, at=looks[-1].at, words=words)


def _is_used(looks: tuple[Look, ...]) -> bool:
    """Return whether anybody else is at work: a server that serves nobody may be slow."""
    sessions, _ = newest(looks, lambda look: look.sessions)
    return isinstance(sessions, Unreadable) or sessions.busy + sessions.hidden > 0
