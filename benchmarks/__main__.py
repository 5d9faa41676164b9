"""Run the benchmarks, keep their results, draw them, and make docs/performance.md.

Usage: python -m benchmarks [NAME ...]. Exits with 1 where a figure falls short of what is required.
"""

import os
import tempfile
from pathlib import Path

import click
import psycopg
from rich.console import Console

from benchmarks import drawing, machine, page, results, table
from benchmarks.model import Benchmark, Findings, WrongResult
from benchmarks.peers.compare import PeerFailed
from benchmarks.product import ProductFailed
from benchmarks.registry import BENCHMARKS
from benchmarks.results import RESULTS, Result
from benchmarks.stand import CACHE, Stand
from online_migrate.clock import today

BUSY = 1.5
"""A benchmark leaves about 1 behind for the next one."""


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([b.name for b in BENCHMARKS]), metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="Small sizes, one round: proves that it works, the figures mean nothing.")
@click.option("--large", is_flag=True, help="Also the sizes that take long.")
@click.option("--runs", type=click.IntRange(1), default=None, help="Rounds (default 3, quick: 1).")
@click.option(
    "--results",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where results are written (default: beside the code; a quick run: nowhere that stays).",
)
def main(names: tuple[str, ...], *, quick: bool, large: bool, runs: int | None, directory: Path | None) -> None:
    """Run the benchmarks NAME (default: all)."""
    console = Console()
    chosen = [b for b in BENCHMARKS if not names or b.name in names]
    with (
        tempfile.TemporaryDirectory() as scratch,
        Stand(console=console, cache=CACHE, quick=quick, large=large, runs=runs or (1 if quick else 3)) as stand,
    ):
        kept = directory or (Path(scratch) if quick else RESULTS)
        found = [_run(benchmark, stand, kept) for benchmark in chosen]
    if kept == RESULTS:
        page.write(results.load(BENCHMARKS, RESULTS))
    table.show(found, console)
    short = any(r.failed or (not quick and any(f.state == "short" for f in r.findings.figures)) for r in found)
    raise SystemExit(1 if short else 0)


def _run(benchmark: Benchmark, stand: Stand, directory: Path) -> Result:
    stand.console.print(f"{benchmark.name}: {benchmark.title}", style="bold", highlight=False)
    failed, load = None, round(os.getloadavg()[0], 2)
    if load > BUSY:
        stand.console.print(f"The machine is at work (load average {load}): the figures will be noisy.", style="yellow")
    try:
        findings = benchmark.measure(stand)
    except (WrongResult, ProductFailed, PeerFailed, psycopg.Error) as error:
        stand.console.print(str(error), style="red", highlight=False)
        findings, failed = Findings(figures=(), samples={}), str(error).strip().splitlines()[-1]
    result = Result(
        benchmark=benchmark.name,
        title=benchmark.title,
        day=today().isoformat(),
        runs=stand.runs,
        load=load,
        machine=machine.describe(stand),
        findings=findings,
        failed=failed,
    )
    results.save(result, directory)
    if drawing.can_draw():
        drawing.draw(result, directory)
    return result


if __name__ == "__main__":
    main()
