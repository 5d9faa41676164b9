"""What the looks of the last minutes say about those who take in the WAL: replicas, slots, the archive. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from online_migrate.backfilling.look import Look, Replica, Unreadable, Wal
from online_migrate.backfilling.reading import Reading, Signal, figure, newest
from online_migrate.policy import Policy

RATE_S = 5.0
GAIN_S = 60.0
MB = 1024 * 1024
TAKEN_BY_NOBODY = " (not heeded: no replica, slot or archive takes it in)"

LAG_TIME = Signal("pacing_lag_s", "replica lag", "s")
LAG_SIZE = Signal("pacing_lag_mb", "replica lag in WAL", "MB")
SLOT = Signal("pacing_slot_mb", "WAL kept by slots", "MB")
WAL_RATE = Signal("pacing_wal_mb_s", "WAL rate", "MB/s")
ARCHIVE = Signal("pacing_archive_segments", "waiting for the archive", "segments")
_SEGMENT = re.compile(r"[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})")


def readings(looks: tuple[Look, ...], policy: Policy) -> tuple[Reading, ...]:
    """Return what has a limit and is there to be measured, of looks from the oldest to the newest, one at least."""
    return tuple(reading for signal in (_lag, _slot, _wal_rate, _archive) for reading in signal(looks, policy))


def _lag(looks: tuple[Look, ...], policy: Policy) -> Iterator[Reading]:
    replicas, at = newest(looks, lambda look: look.replicas)
    if not isinstance(replicas, Unreadable) and any(replica.shared for replica in replicas):
        yield from _lag_of_readers(replicas, policy, at)
        return
    wal, _ = newest(looks, lambda look: look.wal)
    for signal in (LAG_TIME, LAG_SIZE):
        if not (limit := signal.limit(policy)) or replicas == ():
            continue
        value, over = None, False
        if isinstance(replicas, Unreadable):
            words = f"replicas cannot be read: {replicas.words}"
        elif isinstance(wal, Unreadable):
            words = f"replica lag cannot be told: {wal.words}"
        elif any(replica.hidden for replica in replicas):
            words = f"replica lag is hidden from us: GRANT pg_monitor TO {looks[-1].role}"
        elif silent := [replica.name for replica in replicas if replica.position is None]:
            words = f"replica {silent[0]} has not said yet how far it is"
        else:
            value, name = max((_behind(signal, looks, wal, replica), replica.name) for replica in replicas)
            words = f"replica {name} is {figure(value)} {signal.unit} behind (limit {figure(limit)} {signal.unit})"
            # Never held under half of the limit for what may come: it would not be used.
            coming = value + min(_gain(looks), limit / 2) if signal is LAG_SIZE else value
            if over := value <= limit < coming:
                words = f"replica {name} is {figure(value)} MB behind, soon {figure(coming)} (limit {figure(limit)} MB)"
        reading = signal.gate(value, limit, at=at, words=words, over=over)
        if signal is LAG_SIZE and value is not None and isinstance(wal, Wal):
            reading = replace(reading, until=_until(wal, limit - value))
        yield reading


def _until(wal: Wal, room: float) -> int:
    """Return how far the WAL may be before the next look: half of the room, for a batch that has begun goes on."""
    return wal.position + int(max(0.0, room) / 2 * MB)


def _lag_of_readers(replicas: tuple[Replica, ...], policy: Policy, at: float) -> Iterator[Reading]:
    """Readers that share the primary's storage say themselves how far they are behind."""
    if not (limit := LAG_TIME.limit(policy)):
        return
    worst = max(replicas, key=lambda replica: replica.lag_s or 0.0)
    value = worst.lag_s or 0.0
    words = f"replica {worst.name} is {figure(value)} s behind (limit {figure(limit)} s)"
    yield LAG_TIME.gate(value, limit, at=at, words=words)


def _behind(signal: Signal, looks: tuple[Look, ...], wal: Wal, replica: Replica) -> float:
    position = replica.position or 0
    if signal is LAG_SIZE:
        return max(0, wal.position - position) / MB
    if position >= wal.position:
        return 0.0
    # Since the WAL reached what the replica has not replayed. The server's replay_lag stands still where the replay
    # does, so that it counts only for what was before the first look.
    ahead = [look for look in looks if not isinstance(look.wal, Unreadable) and look.wal.position > position]
    seen = looks[-1].at - ahead[0].at
    return max(seen, replica.lag_s or 0.0) if ahead[0] is looks[0] else seen


def _gain(looks: tuple[Look, ...]) -> float:
    """Return the most MB of WAL that came from one look to the next within the last minute.

    Until the next look a replica that stands still falls behind by so much more.
    """
    recent = [look.wal.position for look in looks if looks[-1].at - look.at <= GAIN_S and isinstance(look.wal, Wal)]
    return max((after - before for before, after in pairwise(recent)), default=0) / MB


def _slot(looks: tuple[Look, ...], policy: Policy) -> Iterator[Reading]:
    limit = SLOT.limit(policy)
    slots, at = newest(looks, lambda look: look.slots)
    if not limit or slots == ():
        return
    if isinstance(slots, Unreadable):
        yield SLOT.gate(None, limit, at=at, words=f"replication slots cannot be read: {slots.words}")
        return
    if slots[0].keep_mb > 0:
        limit = min(limit, slots[0].keep_mb / 2)
    worst = max(slots, key=lambda slot: (slot.unreserved, slot.bytes))
    value = worst.bytes / MB
    words = f"replication slot {worst.name} keeps {figure(value)} MB of WAL (limit {figure(limit)} MB)"
    if worst.unreserved:
        words = f"replication slot {worst.name} is about to lose its WAL"
    yield SLOT.gate(value, limit, at=at, words=words, over=worst.unreserved)


def _wal_rate(looks: tuple[Look, ...], policy: Policy) -> Iterator[Reading]:
    """It matters only where somebody must take the WAL in: this server alone writes it as fast as it can."""
    limit = WAL_RATE.limit(policy)
    positions = [(look.at, look.wal.position) for look in looks if not isinstance(look.wal, Unreadable)]
    if not limit or len(positions) < 2:
        return
    at, last = positions[-1]
    since, first = next(((when, where) for when, where in reversed(positions) if at - when >= RATE_S), positions[0])
    value = (last - first) / (at - since) / MB
    taken = _is_taken_in(looks)
    words = f"WAL is written at {figure(value)} MB/s (limit {figure(limit)} MB/s)" + ("" if taken else TAKEN_BY_NOBODY)
    yield WAL_RATE.steer(value, limit, at=at, words=words, heeded=taken)


def _is_taken_in(looks: tuple[Look, ...]) -> bool:
    wal, _ = newest(looks, lambda look: look.wal)
    replicas, _ = newest(looks, lambda look: look.replicas)
    slots, _ = newest(looks, lambda look: look.slots)
    return replicas != () or slots != () or isinstance(wal, Unreadable) or wal.archiving


def _archive(looks: tuple[Look, ...], policy: Policy) -> Iterator[Reading]:
    limit = ARCHIVE.limit(policy)
    wal, at = newest(looks, lambda look: look.wal)
    if limit and not isinstance(wal, Unreadable) and wal.archiving:
        value = _waiting(wal)
        words = f"WAL segments that wait for the archive: {value} (limit {figure(limit)})"
        if wal.failing:
            words = f"the archive refuses WAL segment {wal.last_failed_wal}"
        yield ARCHIVE.gate(value, limit, at=at, words=words, over=wal.failing)


def _waiting(wal: Wal) -> int:
    """Return how many full segments follow the last one archived; 0 where that was none, or no segment."""
    named = _SEGMENT.match(wal.last_archived_wal or "")
    if named is None:
        return 0
    last = int(named[1], 16) * (2**32 // wal.segment_bytes) + int(named[2], 16)
    return max(0, wal.position // wal.segment_bytes - 1 - last)
