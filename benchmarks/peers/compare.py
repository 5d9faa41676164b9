"""The same change of the same table under the same traffic, by tools of the same kind.

Measured is the part that an application sees beside it: from the start of the command until the new column is filled
and kept filled (`online-migrate deploy` up to its gate, `pgroll start`, `reshape migration start`), each with its
default settings. The others make batches of 1,000 rows by primary key. They are built from their published sources;
one that cannot be built is left out.

The slowest of thousands of requests is one event, as a rule a flush of the disk that the machine would also have
without any of the tools (`p999_alone_ms` is of the traffic alone, before): it differs by ten times from round to round
of the same tool. `added_p999_ms` says what each of them adds.
"""

import subprocess
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.felt import Way, change_under_traffic
from benchmarks.model import Benchmark, Figure, Findings, ratios
from benchmarks.peers import binaries
from benchmarks.peers.binaries import NotBuilt
from benchmarks.stand import Stand
from benchmarks.under_traffic import ONLINE, reasons, to_the_gate

HERE = Path(__file__).parent


class PeerFailed(Exception):
    """Another's program ended with an error."""


def measure(stand: Stand) -> Findings:
    """Change the table with each tool in turn."""
    rows = stand.size(1_000_000, quick=20_000)
    slowed: list[str] = []
    ways, notes = {ONLINE: Way(change=partial(to_the_gate, slowed))}, []
    for name, build, way in (("pgroll", binaries.pgroll, _pgroll), ("reshape", binaries.reshape, _reshape)):
        try:
            ways[name] = way(build(stand.cache))
        except NotBuilt as error:
            notes.append(f"{name} is left out: {error}")
    samples = stand.rounds({name: partial(change_under_traffic, stand, rows, way) for name, way in ways.items()})
    peers = [name for name in ways if name != ONLINE]
    return Findings(
        figures=tuple(
            Figure(what=what, compared=peer, values=ratios(samples, name, ONLINE, peer), at_most=1.0)
            for peer in peers
            for what, name in (("time", "time_s"), ("slowest request", "slowest_ms"))
        ),
        samples=samples,
        notes=(*notes, *reasons(slowed)),
    )


def _pgroll(program: Path) -> Way:
    def run(url: str, *arguments: str | Path) -> None:
        _run([program, *arguments, "--postgres-url", f"{url}&sslmode=disable"])

    def begin(url: str) -> None:
        with tempfile.TemporaryDirectory() as directory:
            run(url, "init")
            run(url, "baseline", "--yes", "begin", directory)

    return Way(
        prepare=begin,
        change=lambda url: run(url, "start", HERE / "full_name.json"),
        finish=lambda url: run(url, "complete"),
    )


def _reshape(program: Path) -> Way:
    def run(url: str, *arguments: str | Path) -> None:
        _run([program, "migration", *arguments, "--url", url])

    return Way(
        change=lambda url: run(url, "start", "--dirs", HERE / "reshape"),
        finish=lambda url: run(url, "complete"),
    )


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeerFailed(f"{Path(command[0]).name} ended with status {done.returncode}: {done.stderr[-500:]}")


BENCHMARK = Benchmark(
    name="peers", title="The same change by pgroll and reshape, under the same traffic", measure=measure
)
