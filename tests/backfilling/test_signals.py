"""What looks at a server say: each signal from figures made up for it."""

from dataclasses import replace

import pytest

from online_migrate.backfilling.look import (
    Blocked,
    Horizon,
    Look,
    Replica,
    Sessions,
    Slot,
    Table,
    Unreadable,
    Wal,
)
from online_migrate.backfilling.reading import Reading
from online_migrate.backfilling.signals import Surroundings, readings
from online_migrate.policy import Policy

MB = 1024 * 1024
WAL = Wal(
    position=100 * MB,
    segment_bytes=16 * MB,
    archiving=False,
    last_archived_wal=None,
    last_failed_wal=None,
    failing=False,
)
IDLE = Look(
    at=0.0,
    role="app",
    commit_ms=2.0,
    sessions=Sessions(active=0, busy=0, hidden=0),
    blocked=None,
    replicas=(),
    slots=(),
    wal=WAL,
    forced_checkpoints=7,
    horizon=None,
    table=Table(dead=0, live=1000),
    own_query=None,
)
BUSY = replace(IDLE, sessions=Sessions(active=1, busy=1, hidden=0))
REPLICA = Replica(name="r1", position=100 * MB, lag_s=None, hidden=False)
SLOT = Slot(name="s1", bytes=10 * MB, unreserved=False, keep_mb=-1)


def read(*looks: Look, policy: Policy | None = None) -> dict[str, Reading]:
    """The readings of looks, one a second where they do not say when."""
    timed = tuple(replace(look, at=look.at or float(second)) for second, look in enumerate(looks))
    around = Surroundings(policy=policy or Policy(), commit_ms=2.0, cpus=4)
    return {reading.setting: reading for reading in readings(timed, around)}


def heeded(found: dict[str, Reading]) -> set[str]:
    return {name for name, reading in found.items() if reading.steers and reading.load > 0.4}


def held(found: dict[str, Reading]) -> dict[str, str]:
    return {name: reading.words for name, reading in found.items() if reading.holds}


def at_position(look: Look, megabytes: int) -> Look:
    return replace(look, wal=replace(WAL, position=megabytes * MB))


def test_nothing_holds_or_slows_on_a_server_that_only_we_use() -> None:
    """However slow commits become, however much WAL is written, however often that forces a checkpoint."""
    ours = [replace(at_position(IDLE, 500 * n), commit_ms=500.0, forced_checkpoints=n) for n in range(1, 20)]
    found = read(*ours)
    assert not held(found)
    assert not heeded(found)
    assert found["pacing_commit_ms"].value == 498.0
    assert "no application session is at work" in found["pacing_commit_ms"].words


def test_the_same_slows_where_somebody_else_is_at_work() -> None:
    ours = [replace(at_position(BUSY, 500 * n), commit_ms=500.0, forced_checkpoints=n) for n in range(1, 20)]
    assert heeded(read(*ours)) == {"pacing_commit_ms", "pacing_checkpoints"}
    with_a_replica = [replace(look, slots=(SLOT,)) for look in ours]
    assert heeded(read(*with_a_replica)) == {"pacing_commit_ms", "pacing_checkpoints", "pacing_wal_mb_s"}


def test_sessions_at_work_count_for_each_cpu() -> None:
    found = read(replace(IDLE, sessions=Sessions(active=5, busy=5, hidden=0)))["pacing_active_per_cpu"]
    assert (found.value, found.steers) == (1.25, True)
    assert found.words == "sessions at work: 5 on 4 CPUs (limit 1 for each)"
    hidden = read(replace(IDLE, sessions=Sessions(active=0, busy=0, hidden=3)))["pacing_active_per_cpu"]
    assert (hidden.value, hidden.steers) == (None, False)
    assert "GRANT pg_monitor TO app" in hidden.words


def test_a_session_that_waits_for_us_holds() -> None:
    assert not held(read(replace(BUSY, blocked=Blocked(pid=7, ms=200))))
    found = held(read(replace(BUSY, blocked=Blocked(pid=7, ms=312.4))))
    assert found == {"pacing_blocked_ms": "pid 7 waits 312 ms for a lock of ours (limit 250 ms)"}


def test_a_replica_that_replays_nothing_falls_behind_second_by_second() -> None:
    """By the WAL's positions: the server's own figure for the lag stands still with the replay."""
    stuck = replace(REPLICA, position=10 * MB, lag_s=0.1)
    looks = [replace(at_position(IDLE, 10 + n), replicas=(stuck,)) for n in range(9)]
    assert not held(read(*looks[:6]))
    found = read(*looks)
    assert held(found) == {"pacing_lag_s": "replica r1 is 7 s behind (limit 5 s)"}
    assert found["pacing_lag_mb"].value == 8
    assert found["pacing_lag_mb"].until == (18 + (256 - 8) // 2) * MB


def test_the_work_is_held_before_a_replica_is_too_far_behind() -> None:
    """Until the next look as much WAL may come again as ever came within a minute."""
    policy = Policy(pacing_lag_mb=64, pacing_lag_s=0.0)
    stopped = replace(IDLE, replicas=(REPLICA,))
    looks = [at_position(stopped, position) for position in (100, 120, 140)]
    assert not held(read(*looks, policy=policy))
    looks.append(at_position(stopped, 150))
    assert held(read(*looks, policy=policy)) == {"pacing_lag_mb": "replica r1 is 50 MB behind, soon 70 (limit 64 MB)"}
    looks.extend(at_position(stopped, 150) for _ in range(30))
    assert "pacing_lag_mb" in held(read(*looks, policy=policy))
    caught_up = replace(stopped, replicas=(replace(REPLICA, position=130 * MB),))
    assert not held(read(*looks, at_position(caught_up, 151), policy=policy))


def test_a_replica_that_was_behind_before_is_believed_the_servers_figure() -> None:
    found = held(read(replace(IDLE, replicas=(replace(REPLICA, position=90 * MB, lag_s=3600.0),))))
    assert found == {"pacing_lag_s": "replica r1 is 3,600 s behind (limit 5 s)"}


def test_the_replica_that_is_furthest_behind_counts_and_one_in_step_does_not() -> None:
    far = replace(REPLICA, name="r2", position=-400 * MB)
    found = held(read(replace(IDLE, replicas=(REPLICA, far))))
    assert found == {"pacing_lag_mb": "replica r2 is 500 MB behind (limit 256 MB)"}
    assert not held(read(replace(IDLE, replicas=(REPLICA,))))


@pytest.mark.parametrize(
    ("replicas", "words"),
    [
        ((replace(REPLICA, position=None),), "replica r1 has not said yet how far it is"),
        ((replace(REPLICA, position=None, hidden=True),), "replica lag is hidden from us: GRANT pg_monitor TO app"),
        (Unreadable("permission denied"), "replicas cannot be read: permission denied"),
    ],
)
def test_a_lag_that_cannot_be_told_holds(replicas: tuple[Replica, ...] | Unreadable, words: str) -> None:
    assert held(read(replace(IDLE, replicas=replicas))) == {"pacing_lag_s": words, "pacing_lag_mb": words}
    assert not held(read(replace(IDLE, replicas=replicas), policy=Policy(pacing_lag_s=0.0, pacing_lag_mb=0)))


def test_a_signal_that_could_not_be_read_just_now_is_as_old_as_it_is() -> None:
    looks = [replace(IDLE, replicas=(REPLICA,)), *[replace(IDLE, replicas=Unreadable("timeout"))] * 3]
    assert read(*looks)["pacing_lag_s"].at == 0.0
    assert not held(read(*looks))


def test_slots() -> None:
    large = replace(SLOT, bytes=3000 * MB)
    assert not held(read(replace(IDLE, slots=(SLOT,))))
    words = held(read(replace(IDLE, slots=(SLOT, large))))["pacing_slot_mb"]
    assert words == "replication slot s1 keeps 3,000 MB of WAL (limit 2,048 MB)"
    capped = read(replace(IDLE, slots=(replace(SLOT, bytes=60 * MB, keep_mb=100),)))["pacing_slot_mb"]
    assert (capped.limit, capped.holds) == (50, True)
    assert held(read(replace(IDLE, slots=(replace(SLOT, unreserved=True),))))


def test_the_archive() -> None:
    archiving = replace(WAL, archiving=True, position=(5 + 60) * 16 * MB, last_archived_wal="000000010000000000000005")
    found = held(read(replace(IDLE, wal=archiving)))
    assert found == {"pacing_archive_segments": "WAL segments that wait for the archive: 59 (limit 42)"}
    in_time = replace(archiving, last_archived_wal="00000001000000000000003F.00000028.backup")
    assert read(replace(IDLE, wal=in_time))["pacing_archive_segments"].value == 1
    failing = replace(in_time, failing=True, last_failed_wal="000000010000000000000040")
    assert "refuses WAL segment" in held(read(replace(IDLE, wal=failing)))["pacing_archive_segments"]


def test_a_snapshot_that_stands_still_is_named_and_only_shown() -> None:
    looks = [replace(IDLE, at=float(n), horizon=Horizon(xmin="700", by="pid 7 of app, active")) for n in range(1, 800)]
    found = read(*looks)
    assert found["horizon_wait_s"].words == "pid 7 of app, active keeps dead rows for 798 s"
    assert not held(found)
    moving = [replace(look, horizon=Horizon(xmin=str(n), by="pid 7")) for n, look in enumerate(looks)]
    assert read(*moving)["horizon_wait_s"].value == 0


def test_an_own_query_holds_while_it_is_over_its_limit_or_fails() -> None:
    policy = Policy(pacing_query="SELECT 1", pacing_query_limit=5.0)
    assert not held(read(replace(IDLE, own_query=5.0), policy=policy))
    assert held(read(replace(IDLE, own_query=6.0), policy=policy)) == {
        "pacing_query_limit": "pacing_query returned 6 (limit 5)"
    }
    assert held(read(replace(IDLE, own_query=Unreadable("no such table")), policy=policy))


def test_a_limit_of_0_is_off() -> None:
    off = Policy(
        pacing_commit_ms=0,
        pacing_active_per_cpu=0,
        pacing_blocked_ms=0,
        pacing_lag_s=0,
        pacing_lag_mb=0,
        pacing_slot_mb=0,
        pacing_wal_mb_s=0,
        pacing_checkpoints=0,
        pacing_archive_segments=0,
        pacing_dead_share=0,
    )
    unreadable = Unreadable("permission denied")
    everything = replace(BUSY, replicas=unreadable, slots=unreadable, blocked=unreadable, wal=unreadable)
    assert set(read(everything, everything, policy=off)) == {"horizon_wait_s"}
