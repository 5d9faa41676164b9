"""Where benchmarks run: one server with the settings of a production server, alternating rounds, a clock."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console

from benchmarks.model import Sample, Samples
from online_migrate.clock import Clock, SystemClock
from online_migrate.embedded import Server

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "online-migrate-benchmarks"
"""Outside the repository: what takes long to build, kept from run to run."""

SETTINGS: Mapping[str, str] = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_level": "replica",
    "max_connections": "100",
    # A commit is as durable as in production; vacuum comes between runs, so that it falls on none of them by chance.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "off",
}


@dataclass
class Stand:
    """What a benchmark is given.

    Attributes:
        quick: sizes are small, to prove that everything works; the figures mean nothing.
        large: sizes that take long are wanted too.
        cache: a directory outside the repository for what takes long to build.
    """

    console: Console
    cache: Path
    quick: bool = False
    large: bool = False
    runs: int = 3
    clock: Clock = field(default_factory=SystemClock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "server" in self.__dict__:
            self.server.stop()

    @cached_property
    def server(self) -> Server:
        """The server of all benchmarks, started when first used."""
        return Server.start(settings=SETTINGS)

    def size(self, full: int, *, quick: int) -> int:
        """Return how much to do: the full size, or the small one of a quick run."""
        return quick if self.quick else full

    def say(self, words: str) -> None:
        """Tell whoever waits what is being done."""
        self.console.print(f"  {words}", style="dim", highlight=False)

    def rounds(self, ways: Mapping[str, Callable[[], Sample]], *, runs: int | None = None) -> Samples:
        """Run every way in turn, round after round, so that what the machine does besides falls on all alike."""
        found: dict[str, list[Sample]] = {way: [] for way in ways}
        for number in range(1, (runs or self.runs) + 1):
            for way, run in ways.items():
                sample = run()
                found[way].append(sample)
                values = ", ".join(f"{name} {value:,.3g}" for name, value in sample.items())
                self.say(f"round {number}, {way}: {values}")
        return found

    def timed(self, work: Callable[[], object]) -> float:
        """Return how many seconds it takes."""
        started = self.clock.now()
        work()
        return self.clock.now() - started
