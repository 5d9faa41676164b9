"""The product at work in a process of its own, as a person runs it; it says what it did and what that took.

Usage: python -m benchmarks.product URL COLUMN PHASE POLICY: up to and with that phase; POLICY is a JSON object of the
settings that are not the default.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import psycopg

from benchmarks.tables import FULL_NAME, query
from online_migrate.catalog.fingerprint import fingerprint
from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.events import BatchDone, Event, Held, StepFinished
from online_migrate.execution import runner
from online_migrate.execution.live_catalog import read_catalog
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import RelationName
from online_migrate.planner.build import build
from online_migrate.policy import Policy
from online_migrate.sources.sql_files import read_sql_files

REASONS_KEPT = 30
FIRST_BATCH = "first batch\n"


class ProductFailed(Exception):
    """The product ended with an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch of a backfill: when it was committed (seconds of the machine's clock), how long it took, its rows."""

    at: float
    seconds: float
    rows: int


@dataclass(slots=True, kw_only=True)
class Deployed:
    """What a deploy did.

    Attributes:
        began: seconds of the machine's clock, which all its processes share.
        seconds: from the first look at the catalog to the end of contract.
        backfill_s: of the backfill steps alone, their verification included.
        peak_mb: most memory that the process ever had resident.
        slowed: why it did not go at full speed, each reason where it first held.
    """

    began: float = 0.0
    seconds: float = 0.0
    backfill_s: float = 0.0
    peak_mb: float = 0.0
    batches: list[Batch] = field(default_factory=list)
    slowed: list[str] = field(default_factory=list)


def deploy(
    url: str,
    column: str = FULL_NAME,
    *,
    phase: str = "contract",
    at_first_batch: Callable[[], object] = lambda: None,
    **policy: object,
) -> Deployed:
    """Deploy sql/<column>.sql (ADD COLUMN, and an UPDATE that fills it) in a process of its own and return what it did.

    Args:
        phase: the last one to run.
        at_first_batch: called when the first batch of a backfill is committed.
        policy: settings that are not the default.

    Raises:
        ProductFailed: with what it printed.
    """
    command = [sys.executable, "-m", "benchmarks.product", url, column, phase, json.dumps(policy)]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        assert process.stdout is not None
        if process.stdout.readline() == FIRST_BATCH:
            at_first_batch()
        said = process.stdout.read()
        if process.wait():
            errors.seek(0)
            raise ProductFailed(errors.read())
    found = json.loads(said)
    return Deployed(**{**found, "batches": [Batch(**batch) for batch in found["batches"]]})


def apply_naively(url: str, column: str = FULL_NAME) -> None:
    """Run sql/<column>.sql as it is written, in one transaction."""
    with psycopg.connect(url) as connection:
        connection.execute(query(column))


def _run(url: str, column: str, phases: tuple[PhaseName, ...], settings: Mapping[str, Any]) -> Deployed:
    deployed, clock, database = Deployed(), SystemClock(), Database(url)

    def observe(event: Event) -> None:
        match event:
            case BatchDone(seconds=seconds, rows=rows, reason=reason):
                if not deployed.batches:
                    print(FIRST_BATCH, end="", flush=True)
                deployed.batches.append(Batch(at=clock.now(), seconds=seconds, rows=rows))
                _note(deployed, reason)
            case Held(reason=reason):
                _note(deployed, reason)
            case StepFinished(step=step, seconds=seconds) if step.kind == "backfill":
                deployed.backfill_s += seconds
            case _:
                pass

    deployed.began = clock.now()
    policy = replace(Policy(small_tables_as_written=False), **settings)
    with database.connect("catalog") as connection:
        live = read_catalog(connection)
    operations, scripts = read_sql_files((Path(__file__).parent / "sql" / f"{column}.sql",), live.search_path)
    plan = build(operations, live, policy, scripts=scripts)
    runner.deploy(
        plan,
        database=database,
        settings=runner.Settings(
            phases=phases,
            clock=clock,
            observer=observe,
            run_revision=_no_revision,
            should_stop=lambda: False,
            fingerprint=_fingerprint,
            is_ancestor=_no_revision,
        ),
    )
    deployed.seconds = clock.now() - deployed.began
    deployed.peak_mb = _peak_mb()
    return deployed


def _note(deployed: Deployed, reason: str | None) -> None:
    if reason is not None and reason not in deployed.slowed[-1:] and len(deployed.slowed) < REASONS_KEPT:
        deployed.slowed.append(reason)


def _fingerprint(connection: psycopg.Connection, relations: tuple[RelationName, ...]) -> str:
    return fingerprint(read_catalog(connection), relations)


def _no_revision(*asked: object) -> NoReturn:
    raise AssertionError(f"SQL files have no revisions: {asked}")


def _peak_mb() -> float:
    """Return VmHWM; what the operating system says of children counts the process that forked them."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the kernel does not tell VmHWM")


def main(url: str, column: str, phase: str, settings: str) -> None:
    """Deploy, and print what was done as JSON."""
    phases = tuple(PhaseName)
    phases = phases[: phases.index(PhaseName(phase)) + 1]
    print(json.dumps(asdict(_run(url, column, phases, json.loads(settings)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
