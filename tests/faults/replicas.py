"""Real streaming replicas: one that stops and comes back, and one that takes the place of its primary."""

import os
import pwd
import random
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from online_migrate.embedded import UNPRIVILEGED, Server
from tests.faults import project
from tests.faults.deploying import Deploying
from tests.faults.model import Fault, Tally
from tests.faults.stand import SETTINGS, Shop, Stand, pause
from tests.waiting import until

LONGEST_GAP_S = 2.0
_STREAMS = "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"


def stops(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Stop the replica at random moments, as a crash would, and start it again; it has all rows in the end."""
    tally = Tally()
    while tally.times < times:
        with _replica(stand.server) as replica, stand.shop(chance, tally) as shop:

            def strike(_: Deploying, replica: Server = replica) -> int:
                pause(chance.uniform(0, LONGEST_GAP_S))
                replica.restart()
                return 1

            shop.endure(times, strike)
            _has_caught_up(stand.server, replica)
    return tally


def promoted(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Stop the primary and promote its synchronous replica in the middle of a deploy, which goes on there."""
    tally = Tally()
    with ExitStack() as servers:
        primary = Stand(servers.enter_context(Server.start(settings=SETTINGS)), stand.plan)
        project.prepare(primary.server)
        while tally.times < times:
            replica = servers.enter_context(_replica(primary.server))
            _wait_for_replicas(primary.server)
            with primary.shop(chance, tally) as shop:
                shop.move(f"{shop.url},{replica.directory}&target_session_attrs=read-write")
                primary = _fail_over(shop, primary, replica, chance)
                shop.finish()
    return tally


def _fail_over(shop: Shop, primary: Stand, replica: Server, chance: random.Random) -> Stand:
    with shop.deploying() as deploying:
        deploying.until("DeployMoved")
        pause(chance.uniform(0, 2 * LONGEST_GAP_S))
        shop.tally.times += not deploying.is_over
        primary.server.stop()
        with psycopg.connect(replica.url(), autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")
        ended = deploying.wait()
    shop.note(ended)
    shop.stand = Stand(replica, primary.plan)
    if ended.status == 0:
        shop.release()
    return shop.stand


def _wait_for_replicas(primary: Server) -> None:
    """From now on what is told to be committed is on the replica."""
    with psycopg.connect(primary.url(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        connection.execute("SELECT pg_reload_conf()")


def _has_caught_up(primary: Server, replica: Server) -> None:
    with psycopg.connect(primary.url(), autocommit=True) as connection:
        row = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone()
    assert row is not None
    with psycopg.connect(replica.url(), autocommit=True) as connection:
        until(
            lambda: connection.execute("SELECT 1 WHERE pg_last_wal_replay_lsn() >= %s::pg_lsn", row).fetchone(),
            "the replica has caught up",
        )


@contextmanager
def _replica(primary: Server) -> Iterator[Server]:
    """Yield a streaming replica, in step with its primary."""
    with tempfile.TemporaryDirectory(prefix="online-migrate-replica-", ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        root = os.geteuid() == 0
        if root:  # PostgreSQL refuses to run as root
            os.chown(home, pwd.getpwnam(UNPRIVILEGED).pw_uid, -1)
        options = ["-R", "-c", "fast", "-X", "stream", "-d", primary.url()]
        subprocess.run(
            [primary.binaries / "pg_basebackup", "-D", home / "data", *options],
            cwd=home,
            check=True,
            capture_output=True,
            user=UNPRIVILEGED if root else None,
        )
        source = f"host={primary.directory} user=postgres"
        with Server.start(home, settings={**SETTINGS, "primary_conninfo": source}) as replica:
            with psycopg.connect(primary.url(), autocommit=True) as connection:
                until(lambda: connection.execute(_STREAMS).fetchone(), "the replica streams")
            yield replica


FAULTS = (
    Fault(name="replica-stops", what="a streaming replica stops and comes back", times=8, few=1, strike=stops),
    Fault(name="promotion", what="primary lost, its replica promoted", times=4, few=1, strike=promoted),
)
