"""What pools of an application feel when a column that they select has changed its type.

A session that has prepared `SELECT *` meets "cached plan must not change result type" until it prepares anew. Drivers
do that once a transaction has failed; outside of transactions psycopg does not. `deploy --recycle-connections` ends
such sessions while they are idle, so that the pool connects anew. Four threads make a request every 20 ms, in a
transaction where nothing else is said, from a pool that checks its connections.
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from functools import partial
from pathlib import Path

import asyncpg
import psycopg
import sqlalchemy

from benchmarks import tables
from benchmarks.model import Benchmark, Figure, Findings, Sample, each
from benchmarks.pools import APPLICATION, CONNECTIONS, POOLS, Request
from benchmarks.product import ProductFailed
from benchmarks.stand import Stand

PAUSE_S = 0.02
WITHOUT, WITH = "", "--recycle-connections"


def measure(stand: Stand) -> Findings:
    """Change the type under each pool, without and with its sessions being recycled."""
    rows = stand.size(50_000, quick=2_000)
    samples = stand.rounds(
        {
            f"{pool} {option}".strip(): partial(_run, stand, rows, pool, option)
            for pool in POOLS
            for option in (WITHOUT, WITH)
        }
    )
    return Findings(
        figures=tuple(
            Figure(what=f"failed, {way}", values=each(samples, way, "failed"), unit="requests") for way in samples
        ),
        samples=samples,
        notes=("Of about 200 requests a second, in the ten seconds after the change.",),
    )


def _run(stand: Stand, rows: int, pool: str, option: str) -> Sample:
    failed: Counter[str] = Counter()
    made: Counter[str] = Counter()
    over = threading.Event()

    def work(request: Request, first: int) -> None:
        id_ = first
        while not over.wait(PAUSE_S):
            id_ = id_ % rows + 1
            made[pool] += 1
            try:
                request(id_)
            except (psycopg.Error, asyncpg.PostgresError, asyncpg.InterfaceError, sqlalchemy.exc.DBAPIError) as error:
                failed[type(error).__name__] += 1

    with tables.fresh(stand, rows) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(tables.query("steps/prepare"))
        with POOLS[pool](url) as request:
            threads = [threading.Thread(target=work, args=(request, number)) for number in range(CONNECTIONS)]
            for thread in threads:
                thread.start()
            try:
                stand.clock.sleep(stand.size(2, quick=1))
                _deploy(url, option)
                stand.clock.sleep(stand.size(10, quick=1))
            finally:
                over.set()
                for thread in threads:
                    thread.join()
    return {"failed": failed.total(), "requests": made.total()}


def _deploy(url: str, option: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "alter_type.sql"
        script.write_bytes(tables.query("steps/alter_type"))
        options = ["--sql", str(script), "--phase", "all", "--yes", "--small-tables-online"]
        if option:
            options += [option, APPLICATION]
        done = subprocess.run(
            [sys.executable, "-m", "online_migrate.cli.main", "deploy", *options],
            cwd=scratch,
            env={**os.environ, "ONLINE_MIGRATE_DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ProductFailed(done.stdout + done.stderr)


BENCHMARK = Benchmark(
    name="prepared",
    title="Requests that fail after a column's type has changed, by pool",
    measure=measure,
)
