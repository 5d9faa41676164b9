"""Runs a whole history revision by revision, naively in one database and online in another, and compares them."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path

import psycopg

from online_migrate.embedded import Server
from tests.compare import differences, rows, schema
from tests.corpora.client import Refused, Worker
from tests.corpora.corpus import Environment
from tests.corpora.filler import Filler, Unfilled

ALL_PHASES = ("--phase", "all", "--yes")
END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""  # a revision that fails may leave its session open, with its locks
EMPTY_ALL = """
    DO $$ DECLARE tables text; BEGIN
        SELECT string_agg(oid::regclass::text, ', ') INTO tables FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version';
        IF tables IS NOT NULL THEN EXECUTE 'TRUNCATE ' || tables || ' CASCADE'; END IF;
    END $$
"""


@dataclass(frozen=True, slots=True)
class Deployed:
    """How long it took, and the plan that was deployed where there is one to look at."""

    seconds: float
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A revision to go to: up, or down."""

    revision: str
    down: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """What our command line takes."""
        return ("--downgrade", self.revision) if self.down else (self.revision,)


Deploy = Callable[[Worker, str, Target], Deployed]
"""Brings the database at this URL to this target."""


def naive(worker: Worker, url: str, target: Target) -> Deployed:
    """Go there as Alembic does."""
    going = worker.downgrade if target.down else worker.upgrade
    return Deployed(going(url, target.revision).seconds)


def as_written(worker: Worker, url: str, target: Target) -> Deployed:
    """Go there with our command; a statement on a small table runs as it is written."""
    return Deployed(worker.online_migrate(url, "deploy", *target.words, *ALL_PHASES).seconds)


def online(worker: Worker, url: str, target: Target) -> Deployed:
    """Plan the way into a file and deploy that, with strategies and all however small the tables are."""
    plan = worker.online_migrate(url, "plan", *target.words, "--small-tables-online", "--format", "json")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(plan.result)
        file.flush()
        deploy = worker.online_migrate(url, "deploy", "--plan", file.name, *ALL_PHASES)
    return Deployed(plan.seconds + deploy.seconds, plan.result)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What one revision did in both databases, or what taking it back did.

    Attributes:
        refused: why plain Alembic could not run it over the rows put there; it was run without rows then.
        failed: why the deploy failed.
        uncaptured: why the revision is run as Python, with the line that is the reason, one for each part of it;
            empty where it was captured as operations, None where nothing tells.
        differences: what differs between the two databases afterwards.
    """

    revision: str
    naive_s: float = 0.0
    online_s: float = 0.0
    refused: str | None = None
    failed: str | None = None
    trace: str = ""
    uncaptured: list[str] | None = None
    differences: list[str] = field(default_factory=list)
    unfilled: list[Unfilled] = field(default_factory=list)

    @property
    def same(self) -> bool:
        return self.failed is None and not self.differences


class Walk:
    """One history, from an empty database to its heads, or from there some revisions back.

    Args:
        rows: how many rows every table is given before each revision; 0 for an empty database.
        only: these revisions are compared; those before them run with plain Alembic, in one go, in both databases.
        downgrades: how many of the last revisions are taken back, from the heads, where plain Alembic has led.
    """

    def __init__(
        self,
        environment: Environment,
        server: Server,
        *,
        rows: int,
        deploy: Deploy,
        only: frozenset[str] | None = None,
        downgrades: int = 0,
    ) -> None:
        self.corpus = environment.corpus
        self._environment = environment
        self._server = server
        self._filler = Filler(environment.corpus, rows=rows) if rows else None
        self._deploy = deploy
        self._only = only
        self._downgrades = downgrades
        self._numbers = count(1)

    def run(self) -> Iterator[Outcome]:
        """Run every revision and tell of each; after a failure or a difference the second database starts anew as a
        copy of the first, so that one fault is told once."""
        with ExitStack() as stack:
            log = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "log"
            worker = stack.enter_context(Worker(self._environment, log))
            first, second = self._database(), self._database()
            stack.callback(lambda: self._drop(first, second))
            for url in (first[1], second[1]):
                worker.prepare(url)
            passed_over = Target("heads") if self._downgrades else None
            for revision, target in self._targets(worker.history()):
                if self._only is not None and revision not in self._only:
                    passed_over = target
                    continue
                if passed_over is not None:
                    naive(worker, first[1], passed_over)
                    second, passed_over = self._copy(first, second), None
                outcome = self._revision(worker, first[1], second[1], revision, target)
                yield outcome
                if not outcome.same or self._differ(first[1], second[1]):
                    second = self._copy(first, second)

    def _targets(self, history: list[str]) -> list[tuple[str, Target]]:
        """Return each revision that is compared, and where to go so that it is run, or taken back."""
        if not self._downgrades:
            return [(revision, Target(revision)) for revision in history]
        back = [(revision, Target(before, down=True)) for before, revision in pairwise(["base", *history])]
        return back[::-1][: self._downgrades]

    def _revision(self, worker: Worker, first: str, second: str, revision: str, target: Target) -> Outcome:
        outcome = Outcome(revision=revision)
        if self._filler is not None:
            with psycopg.connect(first, autocommit=True) as one, psycopg.connect(second, autocommit=True) as other:
                outcome.unfilled = self._filler.fill(one, other)
        try:
            outcome.naive_s = naive(worker, first, target).seconds
        except Refused as error:
            outcome.refused, outcome.trace = str(error).splitlines()[0], error.trace
            for url in (first, second):
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute(END_OTHERS)
                    connection.execute(EMPTY_ALL)
            outcome.naive_s = naive(worker, first, target).seconds
        try:
            deployed = self._deploy(worker, second, target)
        except Refused as error:
            outcome.failed, outcome.trace = str(error), error.trace
            with psycopg.connect(second, autocommit=True) as connection:
                connection.execute(END_OTHERS)
        else:
            outcome.online_s = deployed.seconds
            outcome.uncaptured = None if deployed.plan is None else _uncaptured(deployed.plan)
            outcome.differences = self._compare(first, second)
        return outcome

    def _compare(self, first: str, second: str) -> list[str]:
        ignore = self.corpus.volatile
        with psycopg.connect(first) as one, psycopg.connect(second) as other:
            return differences(schema(one), schema(other)) + differences(
                rows(one, ignore=ignore), rows(other, ignore=ignore)
            )

    def _differ(self, first: str, second: str) -> bool:
        """Whether values that cannot be equal differ: keys among them would not be found for the next rows."""
        with psycopg.connect(first) as one, psycopg.connect(second) as other:
            return bool(self.corpus.volatile) and rows(one) != rows(other)

    def _database(self, template: str | None = None) -> tuple[str, str]:
        name = f"{self.corpus.name}_{next(self._numbers)}"
        return name, self._server.create_database(name, template=template)

    def _copy(self, original: tuple[str, str], old: tuple[str, str]) -> tuple[str, str]:
        self._drop(old)
        return self._database(template=original[0])

    def _drop(self, *databases: tuple[str, str]) -> None:
        for name, _ in databases:
            self._server.drop_database(name)


def _uncaptured(plan: str) -> list[str]:
    """Return why a plan runs Python."""
    python = [operation for operation in json.loads(plan)["operations"] if operation["operation"] == "run_revision"]
    places = [(Path(operation["source"]["file"]).name, operation["source"]["line"]) for operation in python]
    return [f"{file}:{line}: {operation['why']}" for (file, line), operation in zip(places, python, strict=True)]
