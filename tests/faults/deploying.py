"""A deploy in a process of its own, as the command would run it, that can be watched, killed and frozen."""

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console

from online_migrate.cli.failing import errors_told
from online_migrate.cli.interrupt import Interrupt
from online_migrate.cli.location import Location
from online_migrate.cli.running import Runner
from online_migrate.config import read_policy
from online_migrate.database import Database
from online_migrate.events import Event, StepFinished, StepStarted
from online_migrate.execution.engine import Termination
from online_migrate.execution.runner import deploy
from online_migrate.plan.model import PhaseName
from online_migrate.plan.serialise import from_json
from online_migrate.sources.project import find_project
from tests.faults import project
from tests.waiting import until

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])
LIMIT_S = 120.0
BEFORE_GATE = (PhaseName.EXPAND, PhaseName.MIGRATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a process is to deploy, and how.

    Attributes:
        plan: as JSON; None: carry on what the journal has.
        policy: settings other than the project's.
        dies_at: it kills itself at that boundary of a step, counted from its start.
    """

    url: str
    plan: str | None
    phases: tuple[PhaseName, ...] = BEFORE_GATE
    direct_url: str | None = None
    policy: tuple[tuple[str, Any], ...] = ()
    termination: Termination | None = None
    lease_s: float = 30.0
    dies_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended: the exit status (negative: the signal; None: it hung and was killed), and its last words."""

    status: int | None
    said: str

    @property
    def is_resumable(self) -> bool:
        """Whether nobody is needed but to run it again."""
        return self.status in (0, 3, -signal.SIGKILL)


class Deploying:
    """A deploy that runs while the block does; it is killed at its end."""

    def __init__(self, order: Order) -> None:
        self._told, teller = PROCESSES.Pipe(duplex=False)
        self._said = Path(tempfile.mkstemp(prefix="online-migrate-faults-")[1])
        self._process = PROCESSES.Process(target=_deploy, args=(order, str(self._said), teller))
        self._process.start()
        teller.close()
        self._events: list[tuple[str, str]] = []
        """Its events by name, with the kind of their step; a retry with its SQLSTATE."""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> "Deploying":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._listener.join()
        self._told.close()
        self._said.unlink()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self._process.exitcode is not None

    def saw(self, name: str, of: str = "", count: int = 1) -> bool:
        """Return whether it told so often of such an event, in steps of that kind or with that SQLSTATE."""
        return self.count(name, of) >= count

    def count(self, name: str, of: str = "") -> int:
        """Return how often it told of such an event, in steps of that kind or with that SQLSTATE."""
        return sum(found[0] == name and of in ("", found[1]) for found in tuple(self._events))

    def until(self, name: str, of: str = "", count: int = 1) -> bool:
        """Wait for an event; return False where the process ended without it."""
        until(lambda: self.is_over or self.saw(name, of, count), f"{name} {of}")
        return self.saw(name, of, count)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> bool:
        """Kill it; return whether it was still at work."""
        at_work = not self.is_over
        self._process.kill()
        self._process.join()
        return at_work and self._process.exitcode == -signal.SIGKILL

    def wait(self, limit_s: float = LIMIT_S) -> Ended:
        """Wait for its end; what takes longer than the limit hangs, and is killed."""
        self._process.join(limit_s)
        status = self._process.exitcode
        said = self._said.read_text(errors="replace")
        if status is None:
            self.kill()
        return Ended(status=status, said=said.strip()[-2000:])

    def wait_or_kill(self, seconds: float) -> Ended:
        """Kill it if it is still at work then; it is no fault that it was."""
        self._process.join(seconds)
        self.kill()
        return Ended(status=self._process.exitcode, said=self._said.read_text(errors="replace").strip()[-2000:])

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._events.append(self._told.recv())


def _deploy(order: Order, said: str, teller: "Connection[Any, Any]") -> None:
    """Deploy in this process, with the words and the exit status of the command."""
    with open(said, "w", encoding="utf-8", buffering=1) as stream:
        os.dup2(stream.fileno(), sys.stdout.fileno())
        os.dup2(stream.fileno(), sys.stderr.fileno())
    os.chdir(project.DIRECTORY)
    os.environ.update(project.environment(order.url))
    location = Location(find_project(Path.cwd()), Database(order.url, order.direct_url))
    runner = Runner(
        location,
        read_policy(Path.cwd()),
        dict(order.policy),
        Console(),
        wait=True,
        termination=order.termination,
    )
    plan = from_json(order.plan) if order.plan is not None else None
    with errors_told(), Interrupt() as interrupt:
        settings = runner.settings(order.phases, interrupt, _observer(order, teller))
        deploy(plan, database=location.database, settings=replace(settings, lease_s=order.lease_s))


def _observer(order: Order, teller: "Connection[Any, Any]") -> Callable[[Event], None]:
    boundaries = 0

    def observe(event: Event) -> None:
        nonlocal boundaries
        boundaries += isinstance(event, StepStarted | StepFinished)
        if boundaries == order.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        step = getattr(event, "step", None)
        of = getattr(event, "sqlstate", None) or (step.kind if step else "")
        teller.send((type(event).__name__, of))

    return observe
