"""Holds the online migration against the naive one: the same end, the same failure, and abort leads back."""

from collections.abc import Sequence as Several
from dataclasses import dataclass
from pathlib import Path

import psycopg

from online_migrate.catalog.read import read
from online_migrate.errors import (
    NothingToAbort,
    NotReversible,
    OnlineMigrateError,
    ResumableError,
    SqlSyntaxError,
    StatementFailed,
    Stopped,
    UsageError,
)
from online_migrate.execution.runner import Outcome
from online_migrate.plan.model import PhaseName, Plan
from online_migrate.plan.serialise import from_json, to_json
from online_migrate.planner.build import build
from online_migrate.policy import Policy
from online_migrate.sources.sql_files import read_sql_files
from tests.differential import harness
from tests.differential.harness import BEFORE_GATE
from tests.differential.scenario import Pair
from tests.oracle.sequence import Sequence

RETRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a sequence went where nothing was wrong.

    Attributes:
        end: "same", "failed" (as the naive one did), or "refused" (before anything began).
        reason: of a refusal.
        undone: it was aborted on the way, and led back.
        strategies: (kind of operation, strategy) of each operation.
    """

    end: str
    reason: str = ""
    undone: bool = False
    strategies: tuple[tuple[str, str], ...] = ()


def judge(sequence: Sequence, pair: Pair, directory: Path, *, doomed: bool) -> Verdict:
    """Migrate the second database online; the first holds what the naive migration made of it.

    Args:
        doomed: the last statement failed when it was run as written.

    Raises:
        AssertionError: the ends differ, abort did not lead back, or one failed where the other did not.
        Exception: whatever the engine raised where the naive migration did not fail.
    """
    deploys = [(r,) for r in sequence.revisions] if sequence.apart else [sequence.revisions]
    policy = Policy() if sequence.small else harness.ONLINE
    undone, strategies = False, []
    for number, revisions in enumerate(deploys):
        fails = doomed and number == len(deploys) - 1
        before = harness.state(pair.online)
        try:
            plan = make_plan(pair.online, revisions, directory, policy, first=number)
        except SqlSyntaxError:
            raise  # the server has read it, so there is nothing for a person to correct
        except UsageError as refusal:
            harness.assert_unchanged(pair.online, before, "a plan that is refused")
            return Verdict(end="refused", reason=f"{type(refusal).__name__}: {refusal}")
        strategies += [(operation.kind, operation.strategy) for operation in plan.operations]
        if number == 0 and sequence.stop_after and not _is_kept(revisions):
            undone = _stop_and_undo(plan, pair, before, sequence.stop_after, fails=fails)
        try:
            outcome = deploy(plan, pair.url)
        except OnlineMigrateError as error:
            if isinstance(error, UsageError):
                harness.assert_unchanged(pair.online, before, "a plan that is refused")
                return Verdict(end="refused", reason=f"{type(error).__name__}: {error}")
            if not fails and not _meets_broken_rows(error):
                raise
            if not _is_kept(revisions):
                _undo(pair, before, "undone after a failure")
            if not fails:
                return Verdict(end="refused", reason=f"{type(error).__name__}: {error}", undone=undone)
            return Verdict(end="failed", undone=undone, strategies=tuple(strategies))
        assert not fails, "the naive migration fails, the online one does not"
        assert not outcome.pending
        again = harness.run(plan, pair.url)
        assert again.deploy_id is None, "a second run of the same plan has something to do"
    harness.assert_same(pair.naive, pair.online)
    return Verdict(end="same", undone=undone, strategies=tuple(strategies))


def make_plan(
    connection: psycopg.Connection, revisions: Several[Several[str]], directory: Path, policy: Policy, first: int = 0
) -> Plan:
    """Return the plan for some revisions, a script each, gone through JSON as a reviewed plan would."""
    files = []
    for number, revision in enumerate(revisions, start=first):
        files.append(directory / f"{number}.sql")
        files[-1].write_text("".join(f"{statement};\n" for statement in revision), encoding="utf-8")
    live = read(connection)
    operations, scripts = read_sql_files(files, live.search_path)
    return from_json(to_json(build(operations, live, policy, scripts=scripts)))


def deploy(
    plan: Plan | None, url: str, phases: tuple[PhaseName, ...] = harness.ALL, *, stop_after: int | None = None
) -> Outcome:
    """Deploy; again where a busy machine made it give up, as a person would.

    Raises:
        Stopped: after `stop_after` steps.
        OnlineMigrateError: what the engine says.
    """
    for _ in range(RETRIES):
        try:
            return harness.run(plan, url, phases, stop_after=stop_after)
        except Stopped:
            raise
        except ResumableError as busy:
            last = busy
    raise last


def _meets_broken_rows(error: OnlineMigrateError) -> bool:
    """Whether it stopped for rows that break a CHECK which is NOT VALID: nobody can change such rows."""
    return isinstance(error, StatementFailed) and ":look_for_broken" in str(error)


def _is_kept(revisions: Several[Several[str]]) -> bool:
    """Whether abort leaves something on purpose: a constraint that is known to hold stays valid."""
    return any("VALIDATE CONSTRAINT" in statement for revision in revisions for statement in revision)


def _stop_and_undo(plan: Plan, pair: Pair, before: harness.State, steps: int, *, fails: bool) -> bool:
    """Run that many steps, and abort; return whether that was possible."""
    try:
        deploy(plan, pair.url, BEFORE_GATE, stop_after=steps)
    except Stopped:
        return _undo(pair, before, f"undone after {steps} steps")
    except UsageError:
        return False
    except OnlineMigrateError as error:
        if not fails and not _meets_broken_rows(error):
            raise
    return _undo(pair, before, "undone before the gate") if harness.has_begun(pair.online) else False


def _undo(pair: Pair, before: harness.State, what: str) -> bool:
    reached = harness.state(pair.online)
    try:
        harness.undo(pair.url)
    except (NotReversible, NothingToAbort) as refusal:
        harness.assert_unchanged(pair.online, reached, f"an abort that is refused ({refusal})")
        return False
    harness.assert_unchanged(pair.online, before, what)
    return True
