"""A revision carried out as written, and the same one planned and deployed in phases."""

from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from online_migrate.catalog.fingerprint import fingerprint
from online_migrate.catalog.read import read
from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.events import Event, Observer, StepFinished, ignore
from online_migrate.execution import journal
from online_migrate.execution.abort import Aborted, abort
from online_migrate.execution.runner import Outcome, Settings, deploy
from online_migrate.grammar.parse import split_script
from online_migrate.plan.model import PhaseName, Plan
from online_migrate.plan.names import RelationName
from online_migrate.plan.serialise import from_json, to_json
from online_migrate.plan.steps import RunRevision, Step
from online_migrate.planner.build import build
from online_migrate.policy import Policy
from online_migrate.sources.sql_files import read_sql_files
from tests import compare
from tests.differential.scenario import Scenario

ONLINE = Policy(small_tables_as_written=False)
ALL = tuple(PhaseName)
BEFORE_GATE = (PhaseName.EXPAND, PhaseName.MIGRATE)

_SEQUENCES = """
    SELECT schemaname || '.' || sequencename, coalesce(last_value + increment_by, start_value)
    FROM pg_sequences WHERE schemaname <> 'online_migrate'
"""

_TRIGGER_FUNCTIONS = """
    SELECT proname::text FROM pg_proc
    WHERE pronamespace = to_regnamespace('online_migrate') AND prorettype = 'trigger'::regtype
"""

Sequences = dict[str, int]
State = tuple[compare.Schema, compare.Rows]


@dataclass(slots=True)
class Stop:
    """Answers should_stop with yes once `after` steps are finished."""

    after: int | None = None
    _finished: int = field(default=0, init=False)

    def observe(self, event: Event) -> None:
        """Count the steps that finish."""
        self._finished += isinstance(event, StepFinished)

    def __call__(self) -> bool:
        return self.after is not None and self._finished >= self.after


def prepare(connection: psycopg.Connection, scenario: Scenario) -> None:
    """Make the database as it is before the revision."""
    connection.execute(scenario.setup.encode())


def run_as_written(connection: psycopg.Connection, scenario: Scenario) -> None:
    """Run the revision as Alembic would: in one transaction, where its statements can be."""
    if scenario.transactional:
        with connection.transaction():
            connection.execute(scenario.revision.encode())
    else:
        for statement in split_script(scenario.revision):
            connection.execute(statement.sql.encode())
    connection.execute("RESET search_path")


def make_plan(connection: psycopg.Connection, revision: str, directory: Path, policy: Policy = ONLINE) -> Plan:
    """Return the plan for a script, gone through JSON as a reviewed plan would."""
    file = directory / "revision.sql"
    file.write_text(revision, encoding="utf-8")
    live = read(connection)
    operations, scripts = read_sql_files([file], live.search_path)
    return from_json(to_json(build(operations, live, policy, scripts=scripts)))


def run(
    plan: Plan | None,
    url: str,
    phases: tuple[PhaseName, ...] = ALL,
    *,
    stop_after: int | None = None,
    observer: Observer = ignore,
    lease_s: float = 30.0,
) -> Outcome:
    """Deploy phases of a plan, or (None) carry on what the journal has.

    Raises:
        Stopped: after `stop_after` steps.
    """
    stop = Stop(stop_after)

    def observe(event: Event) -> None:
        stop.observe(event)
        observer(event)

    settings = Settings(
        phases=phases,
        clock=SystemClock(),
        observer=observe,
        run_revision=_no_revision,
        should_stop=stop,
        fingerprint=_fingerprint,
        is_ancestor=lambda earlier, later: earlier == later,
        wait=True,
        lease_s=lease_s,
    )
    return deploy(plan, database=Database(url), settings=settings)


def has_begun(connection: psycopg.Connection) -> bool:
    """Return whether the journal knows of a deploy, so that nothing is to be planned."""
    return bool(journal.deploys(connection, ("running", "gate", "done")))


def undo(url: str) -> Aborted:
    """Abort the deploy that is under way."""
    return abort(database=Database(url), clock=SystemClock(), observer=ignore, should_stop=Stop())


def steps_of(plan: Plan, phases: tuple[PhaseName, ...] = ALL) -> tuple[Step, ...]:
    """Return the steps of some phases in the order they run."""
    return tuple(step for phase in plan.phases if phase.name in phases for step in phase.steps)


def state(connection: psycopg.Connection) -> State:
    """Return the schema and the rows."""
    return compare.schema(connection), compare.rows(connection)


def assert_unchanged(connection: psycopg.Connection, before: State, what: str) -> None:
    """Fail, saying what differs, unless schema and rows are as they were."""
    schema, rows = before
    found = compare.differences(schema, compare.schema(connection))
    found += compare.differences(rows, compare.rows(connection))
    assert not found, "\n".join([what, *found])


def assert_same(naive: psycopg.Connection, online: psycopg.Connection, ignore: tuple[str, ...] = ()) -> None:
    """Fail, saying what differs, unless schema, rows and the sequences' next values are equal."""
    compare.assert_same(naive, online, ignore=ignore)
    found = compare.differences(next_values(naive), next_values(online))
    assert not found, "\n".join(["The sequences differ:", *found])
    assert leftovers(online) == []


def next_values(connection: psycopg.Connection) -> Sequences:
    """Return what each sequence would give next."""
    return dict(connection.execute(_SEQUENCES).fetchall())


def leftovers(connection: psycopg.Connection) -> list[str]:
    """Return the functions of ours that a finished deploy should have dropped."""
    return [name for (name,) in connection.execute(_TRIGGER_FUNCTIONS).fetchall()]


def _fingerprint(connection: psycopg.Connection, relations: tuple[RelationName, ...]) -> str:
    return fingerprint(read(connection), relations)


def _no_revision(step: RunRevision, mark: str) -> None:
    raise AssertionError(f"{step.id} was not expected: scripts hold no Python")
