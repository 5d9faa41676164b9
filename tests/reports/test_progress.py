"""What a deploy prints where no terminal is: short lines, each tenth of a backfill once."""

import io
from dataclasses import replace

from rich.console import Console

from online_migrate.events import (
    BatchDone,
    Blocker,
    Building,
    Ended,
    Event,
    PhaseFinished,
    Recycled,
    Spared,
    StepFinished,
    StepStarted,
    Waiting,
)
from online_migrate.plan.steps import Ddl
from online_migrate.reports.progress import Watcher

PURPOSE = "check the rows that were there before against a_long_constraint_name"
STEP = Ddl(id="a:1", operation=None, purpose=PURPOSE, sql=())
BATCH = BatchDone(step=STEP, rows=50, rows_done=50, rows_total=1000, fraction=0.05, seconds=0.1)
BLOCKER = Blocker(pid=7, user="app", application_name="report", state="active", query="SELECT 1 " * 30, age_s=70.0)


def said(*events: Event) -> list[str]:
    out = io.StringIO()
    with Watcher(Console(file=out, width=80, highlight=False)) as watcher:
        for event in events:
            watcher(event)
    lines = out.getvalue().splitlines()
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
    return lines


def test_a_step_and_its_phase() -> None:
    started = StepStarted(step=STEP, phase="migrate", position=1, total=1)
    lines = said(started, StepFinished(step=STEP, seconds=2.0, waited_s=1.0), PhaseFinished(phase="migrate"))
    assert lines[0] == "migrate"
    assert " ".join(" ".join(lines[1:-1]).split()) == f"ok {PURPOSE} 2.0 s, waited 1.0 s without queueing"
    assert lines[-1] == "migrate is complete"


def test_each_tenth_is_told_once() -> None:
    shares = (0.05, 0.08, 0.12, 0.19, 0.2, 0.99, 1.0, 0.0)
    lines = said(
        StepStarted(step=STEP, phase="migrate", position=1, total=1), *(replace(BATCH, fraction=f) for f in shares)
    )
    assert [line.split()[0] for line in lines[1:]] == ["5%", "12%", "20%", "99%"]


def test_who_is_in_the_way_is_told_once() -> None:
    waiting = Waiting(step=STEP, blockers=(BLOCKER,), left_s=600.0)
    text = " ".join(" ".join(said(waiting, waiting)).split())
    assert text.count("pid 7 app (report), active for 70 s") == 1
    assert "gives up in 10 min" in text


def test_who_is_ended_and_who_is_not() -> None:
    spared = Spared(step=STEP, blocker=BLOCKER, reason="it is at work; only --terminate-active would end it")
    text = " ".join(" ".join(said(spared, spared, Ended(step=STEP, blocker=replace(BLOCKER, pid=8)))).split())
    assert text.count("pid 7 is not ended: it is at work; only --terminate-active would end it") == 1
    assert "ended pid 8 app (report), active for 70 s" in text


def test_sessions_that_prepare_anew() -> None:
    text = " ".join(" ".join(said(Recycled(step=STEP, ended=12, at_work=1, refused=0))).split())
    assert text == "12 idle sessions of the application ended, to prepare anew; 1 at work left as they are"


def test_what_a_build_is_at_is_told_once_a_phase() -> None:
    scan = [Building(step=STEP, phase="building index: scanning table", fraction=f) for f in (0.2, 0.7)]
    wait = Building(step=STEP, phase="waiting for old snapshots", fraction=None)
    assert [line.strip() for line in said(*scan, wait, scan[0])] == [scan[0].phase, wait.phase]


def test_an_index_build_that_waits_gives_no_time() -> None:
    text = " ".join(" ".join(said(Waiting(step=STEP, blockers=(BLOCKER,), left_s=float("inf")))).split())
    assert "pid 7" in text
    assert "inf" not in text
