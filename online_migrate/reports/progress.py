"""What a deploy is doing, as it does it: a line per step, a bar for a backfill, who or what holds it back by name."""

import re
import sys
from math import isfinite
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from online_migrate.backfilling.pace import Pace, seconds_left
from online_migrate.clock import Clock, SystemClock
from online_migrate.events import (
    BatchDone,
    Blocker,
    Building,
    Ended,
    Event,
    Held,
    PhaseFinished,
    Recycled,
    Retrying,
    Spared,
    StepFinished,
    StepStarted,
    StepUndone,
    Waiting,
)
from online_migrate.reports.terminal import print_row
from online_migrate.reports.words import plural, seconds, span

_SHARES_TOLD = 10
_TICK_S = 1.0
_NAME_WIDTH = 24
_MAY_TAKE_LONG = frozenset({"backfill", "concurrent_ddl", "validate", "run_revision"})


class Watcher:
    """An observer that shows events on a console; a context manager, because a bar must be taken down.

    On a terminal the step that runs is shown live, a backfill with a bar; elsewhere a step that may take long is
    announced, and a backfill prints a line at every tenth.
    """

    def __init__(self, console: Console, *, clock: Clock | None = None) -> None:
        self._console = console
        self._clock = clock or SystemClock()
        self._bar = Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=10),
            TextColumn("{task.fields[figures]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._phase = ""
        self._told: tuple[int, ...] = ()
        self._spared: set[tuple[int, str]] = set()
        self._reasons: set[str] = set()
        self._share = -1
        self._pace: Pace | None = None

    def __enter__(self) -> "Watcher":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case StepStarted():
                self._started(event)
            case BatchDone():
                self._batch(event)
            case Building():
                self._building(event)
            case StepFinished():
                self._finished(event)
            case Waiting() | Ended() | Spared() | Recycled():
                self._of_sessions(event)
            case Held(reason=reason):
                self._held(reason)
            case Retrying(sqlstate=sqlstate, attempt=attempt):
                self._say("", f"backed out ({sqlstate}), nothing held; try {attempt + 1} follows", "yellow")
            case StepUndone():
                self._undone(event)
            case PhaseFinished(phase=phase):
                self._console.print(Text(f"{phase} is complete", style="green"))

    def _undone(self, event: StepUndone) -> None:
        self._say("undone", event.step.purpose)
        for words in event.gone:
            self._say("", f"gone, dropped by somebody: {words}", "yellow")

    def _say(self, label: str, words: str, style: str = "") -> None:
        print_row(self._console, Text(label, style="green"), Text(words, style=style), width=7)

    def _started(self, event: StepStarted) -> None:
        if event.phase != self._phase:
            self._phase = event.phase
            self._console.print(Text(event.phase, style="bold cyan"))
        self._told, self._share, self._pace = (), -1, None
        self._reasons.clear()
        if self._console.is_terminal:
            self._take_down()
            self._task = self._bar.add_task(_shortened(event.step.purpose), total=None, figures="")
        elif event.step.kind in _MAY_TAKE_LONG:
            self._say("...", event.step.purpose)

    def _take_down(self) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None

    def _batch(self, event: BatchDone) -> None:
        if event.reason is not None:
            self._tell_once(event.reason)
        figures = self._figures(event)
        if self._task is not None:
            self._bar.update(self._task, total=1.0, completed=event.fraction, figures=figures)
        share = int(event.fraction * _SHARES_TOLD)
        if not self._console.is_terminal and self._share < share < _SHARES_TOLD:
            self._share = share
            self._say("", figures, "dim")

    def _building(self, event: Building) -> None:
        if self._task is not None:
            self._bar.update(self._task, total=1.0, completed=event.fraction or 0.0, figures=event.phase)
        elif not self._console.is_terminal:
            self._tell_once(event.phase, style="dim")

    def _figures(self, event: BatchDone) -> str:
        """How far, how fast, how long still: by the clock on the wall, rests and other workers included."""
        now = self._clock.now()
        pace = self._pace or Pace(at=now, fraction=event.fraction, rows=event.rows_done)
        if now - pace.at >= _TICK_S:
            pace = pace.tick(at=now, fraction=event.fraction, rows=event.rows_done)
        self._pace = pace
        figures = f"{event.fraction:4.0%}  {event.rows_done:,} rows"
        if pace.rows_per_s is not None:
            figures += f", {pace.rows_per_s:,.0f}/s"
        left = seconds_left(event.fraction, pace.low, pace.high)
        return figures if left is None else f"{figures}, {span(*left)} left"

    def _held(self, reason: str | None) -> None:
        if reason is not None:
            self._tell_once(f"held: {reason}")
        if self._task is not None:
            self._bar.update(self._task, figures="held" if reason is not None else "")

    def _tell_once(self, words: str, style: str = "yellow") -> None:
        """Say it unless this step has said it before: the same with other figures is no news."""
        same = re.sub(r"\d[\d.,:]*", "#", words)
        if same not in self._reasons:
            self._reasons.add(same)
            self._say("", words, style)

    def _finished(self, event: StepFinished) -> None:
        self._take_down()
        line = Text(event.step.purpose)
        if event.skipped:
            line.append("  (was done)", style="dim")
        else:
            line.append(f"  {seconds(event.seconds)}", style="dim")
            if event.waited_s >= 0.1:
                line.append(f", waited {seconds(event.waited_s)} without queueing", style="dim")
        print_row(self._console, Text("ok", style="green"), line, width=7)

    def _waiting(self, blockers: tuple[Blocker, ...], left_s: float) -> None:
        pids = tuple(b.pid for b in blockers)
        if pids == self._told:
            return
        self._told = pids
        for blocker in blockers:
            self._say("", f"waiting, not queueing: {in_words(blocker)}", "yellow")
        end = (
            f"gives up in {seconds(left_s)}; nothing of ours is held" if isfinite(left_s) else "nobody waits behind it"
        )
        self._say("", end, "dim")

    def _of_sessions(self, event: Waiting | Ended | Spared | Recycled) -> None:
        match event:
            case Waiting(blockers=blockers, left_s=left_s):
                self._waiting(blockers, left_s)
            case Ended(blocker=blocker):
                self._say("ended", in_words(blocker), "yellow")
            case Spared(blocker=blocker, reason=reason):
                if (told := (blocker.pid, reason)) not in self._spared:
                    self._spared.add(told)
                    self._say("", f"pid {blocker.pid} is not ended: {reason}", "yellow")
            case Recycled():
                self._say("", _recycled(event), "dim")


def _shortened(words: str) -> str:
    return words if len(words) <= _NAME_WIDTH else f"{words[: _NAME_WIDTH - 1]}…"


def _recycled(event: Recycled) -> str:
    words = f"{plural(event.ended, 'idle session')} of the application ended, to prepare anew"
    words += f"; {event.at_work} at work left as they are" if event.at_work else ""
    return words + (f"; {event.refused} that the role may not see or end" if event.refused else "")


def in_words(blocker: Blocker) -> str:
    """Return who is in the way: pid, user, application, state, age and the query, shortened."""
    query = " ".join(blocker.query.split())
    query = f"{query[:57]}..." if len(query) > 60 else query
    application = f" ({blocker.application_name})" if blocker.application_name else ""
    return f"pid {blocker.pid} {blocker.user}{application}, {blocker.state} for {seconds(blocker.age_s)}: {query}"


def make_console(*, stderr: bool = False) -> Console:
    """Return the console that commands print to: 80 columns where the output is no terminal."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else 80)
