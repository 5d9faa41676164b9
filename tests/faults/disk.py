"""A full disk: the database lies in a tablespace on a small filesystem, and the room runs out in the middle."""

import os
import pwd
import random
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from online_migrate.embedded import UNPRIVILEGED
from tests.faults.model import Fault, Tally
from tests.faults.stand import Shop, Stand, pause

SIZE = "40m"
LOOK_S = 0.01
TABLESPACE = "small"
STEPS = ("ddl", "concurrent_ddl", "backfill", "validate")
"""At the beginning of a step of which kind the room goes."""


def full(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Fill the disk at the beginning of some step: the deploy ends, to be run again when there is room."""
    tally = Tally()
    with _small(stand, tally) as directory:
        if directory is None:
            return tally
        ballast = directory / "ballast"
        while tally.times < times:
            with stand.shop(chance, tally, tablespace=TABLESPACE) as shop:
                _fill(shop, ballast, STEPS[tally.times % len(STEPS)])
                shop.finish()
    return tally


def _fill(shop: Shop, ballast: Path, kind: str) -> None:
    with shop.deploying() as deploying:
        while not deploying.is_over and not deploying.saw("StepStarted", kind):
            pause(LOOK_S)
        _take_all(ballast)
        try:
            ended = deploying.wait()
        finally:
            ballast.unlink()
    shop.tally.times += 1
    shop.note(ended)
    if ended.status == 0:
        shop.release()
    elif "53100" not in ended.said:
        shop.tell(f"does not say that the disk is full: {ended.said}")


def _take_all(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


@contextmanager
def _small(stand: Stand, tally: Tally) -> Iterator[Path | None]:
    """Yield a directory on a filesystem of a few MB with a tablespace; None where none can be mounted."""
    with tempfile.TemporaryDirectory(prefix="online-migrate-disk-") as name:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", name], capture_output=True, check=False
        )
        if mounted.returncode != 0:
            tally.skipped = "a small filesystem cannot be mounted here (needs root)"
            yield None
            return
        directory = Path(name)
        place = directory / "data"
        place.mkdir()
        if os.geteuid() == 0:
            os.chown(directory, pwd.getpwnam(UNPRIVILEGED).pw_uid, -1)
            os.chown(place, pwd.getpwnam(UNPRIVILEGED).pw_uid, -1)
        try:
            with psycopg.connect(stand.server.url(), autocommit=True) as connection:
                connection.execute(f"CREATE TABLESPACE {TABLESPACE} LOCATION '{place}'".encode())
                yield directory
                connection.execute(f"DROP TABLESPACE {TABLESPACE}".encode())
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


FAULTS = (Fault(name="disk", what="disk full at the beginning of a step", times=8, few=1, strike=full),)
