"""pause, resume, throttle and cancel from another terminal, and what `status` says meanwhile."""

import json
import re
from typing import Any

import psycopg

from tests.cli.conftest import Run, assert_refused
from tests.cli.test_signals import SLOW, deploying, until
from tests.sources.projects import Maker
from tests.waiting import until as until_true


def backfill_of(run: Run) -> dict[str, Any]:
    """The backfill that runs, as JSON."""
    (deploy,) = json.loads(run("status", "--format", "json").output)["deploys"]
    steps = [step for phase in deploy["phases"] for step in phase["steps"]]
    return next(step["backfill"] for step in steps if step["backfill"])


def test_the_operators_hands(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    connection.execute(SLOW.encode())
    users.revision("a2", "op.execute('UPDATE users SET age = age + 1')")
    with deploying(users.directory) as process:
        until(process, "rows")
        assert "is paused by" in run("pause", "--reason", "Black Friday").output
        until(process, "held: paused by")
        shown = run("status").output
        assert " left" not in shown
        assert re.search(r"^Paused by \S+: Black Friday$", shown, re.MULTILINE), shown
        assert re.search(r"\d+%, [\d,]+ rows", shown), shown
        assert re.search(r"commit latency +[\d.,]+ of 20 ms", shown), shown
        found = backfill_of(run)
        assert {signal["setting"] for signal in found["signals"]} >= {"pacing_commit_ms", "pacing_blocked_ms"}
        assert 0 < found["rows_done"] < 20_000
        assert "is throttled to 20% until" in run("throttle", "--ratio", "0.8", "--for", "30m").output
        assert "Throttled to 20% until" in run("status").output
        assert "is no longer throttled" in run("throttle", "--ratio", "0").output
        assert "is resumed by" in run("resume").output
        until_true(lambda: backfill_of(run)["rows_done"] > found["rows_done"], "it goes on")
        assert "is cancelled by" in run("cancel", "--reason", "enough").output
        _, told = process.communicate(timeout=60)
        assert process.returncode == 3, told
        assert "cancelled by" in told
        assert "enough" in told
    connection.execute("DROP TRIGGER slow ON users")
    ended = run("deploy")
    assert ended.status == 0, ended.told
    assert connection.execute("SELECT sum(age) FROM users").fetchone() == (sum(n % 90 + 1 for n in range(1, 20_001)),)


def test_there_is_nothing_to_steer(run: Run, users: Maker) -> None:
    del users
    for command in (("pause",), ("resume",), ("cancel",), ("throttle", "--ratio", "0.5")):
        assert_refused(run(*command), 2, "No deploy is under way", "online-migrate status")


def test_what_cannot_be_meant(run: Run, users: Maker) -> None:
    del users
    for arguments, words in (
        (("throttle", "--ratio", "1"), "0<=x<1"),
        (("throttle", "--ratio", "0.5", "--for", "half an hour"), "90s, 30m, 2h or 1d"),
    ):
        ended = run(*arguments)
        assert ended.status == 2
        assert words in ended.told
    assert_refused(run("deploy", "--pacing", "lag=5"), 2, "no setting 'pacing_lag'", "pacing_lag_s")
    assert_refused(run("deploy", "--pacing", "lag_s=soon"), 2, "must be of type float")
    assert_refused(run("deploy", "--pacing", "lag_s=-1"), 2, "must be 0 at least")
