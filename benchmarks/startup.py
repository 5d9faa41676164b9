"""How long a person waits for `online-migrate --help`, from a shell: imports are lazy."""

import subprocess
import sys

from benchmarks.model import Benchmark, Figure, Findings, Sample, each
from benchmarks.stand import Stand

HELP = "--help"


def measure(stand: Stand) -> Findings:
    """Start it again and again."""
    command = [sys.executable, "-m", "online_migrate.cli.main", "--help"]

    def run() -> Sample:
        seconds = stand.timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
        return {"time_s": seconds}

    run()  # compiles what was never imported
    samples = stand.rounds({HELP: run}, runs=stand.size(10, quick=2))
    return Findings(
        figures=(Figure(what=HELP, values=each(samples, HELP, "time_s"), unit="s", at_most=0.3),), samples=samples
    )


BENCHMARK = Benchmark(name="startup", title="online-migrate --help", measure=measure)
