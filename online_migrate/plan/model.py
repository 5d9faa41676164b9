"""The plan: frozen data that can be reviewed, committed and deployed later."""

from dataclasses import dataclass
from enum import StrEnum

from online_migrate.plan.assessment import Assessment, Risk
from online_migrate.plan.finding import Finding
from online_migrate.plan.names import RelationName
from online_migrate.plan.operation import Operation
from online_migrate.plan.steps import Backfill, Step
from online_migrate.policy import Policy

FORMAT = 1


class PhaseName(StrEnum):
    """When a step runs: before the new code, while both run, after the old code is gone."""

    EXPAND = "expand"
    MIGRATE = "migrate"
    CONTRACT = "contract"

    @property
    def order(self) -> int:
        """0, 1, 2 in the order of a deploy."""
        return _PHASE_ORDER[self]


_PHASE_ORDER = {phase: number for number, phase in enumerate(PhaseName)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """The steps of one phase, in the order they run."""

    name: PhaseName
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOperation:
    """An operation with its verdict and the strategy that was chosen.

    Attributes:
        kind: what it is, "create_index"; None only for a revision that runs as Python.
        table: the relation it is about, "schema.name", or None.
        strategy: name of the strategy module, or "as_written".
        online: False where the steps are the naive form although that blocks; the report says so.
        notes: what the report says besides the verdict, one sentence each.
        batches_s: seconds that its batches take beside the application, low and high; None where it has none.
    """

    operation: Operation
    kind: str
    table: RelationName | None
    assessment: Assessment
    strategy: str
    online: bool
    notes: tuple[str, ...] = ()
    batches_s: tuple[float, float] | None = None

    @property
    def blocking(self) -> bool:
        """Whether it runs as written and keeps statements of the application waiting for longer than the lock budget.

        False for what cannot be looked into: nobody knows what that does.
        """
        heavy = self.assessment.risk.severity > Risk.MODERATE.severity and not self.assessment.opaque
        waited_for = any(lock.mode.blocks in ("writes", "reads and writes") for lock in self.assessment.locks)
        return not self.online and heavy and waited_for


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionTable:
    """Alembic's own table of applied revisions."""

    name: RelationName


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the plan was made from, by its name and content: a plain SQL file, or the code of a revision."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Operations with their verdicts, and the phases of steps that carry them out.

    Attributes:
        server_version: as the server says it ("18.6").
        current: Alembic heads of the database when the plan was made.
        operations: the riskiest first, else in the user's order (the number in their ids); steps have the order
            in which things run.
        target: Alembic heads after the migrate phase; equal to `current` where nothing is stamped.
        version_table: None for plans that stamp nothing (SQL files, autogenerate).
        scripts: plain SQL files, which the journal keeps as applied.
        sources: Alembic revisions, by a digest of their code.
        fingerprint: of the catalog facts the plan rests on; a deploy of a changed catalog is refused.
        downgrade: it takes revisions back, from `current` down to `target`.
        calibrated: the day on which the rates behind the estimates were measured on this server, "2026-11-22".
        findings: sentences about the plan as a whole, those of `finding_details` among them.
        finding_details: what the review of the plan found, with codes.
    """

    engine_version: str
    server_version: str
    server_version_num: int
    current: tuple[str, ...]
    target: tuple[str, ...]
    version_table: VersionTable | None
    scripts: tuple[Script, ...]
    operations: tuple[PlannedOperation, ...]
    phases: tuple[Phase, ...]
    fingerprint: str
    policy: Policy
    sources: tuple[Script, ...] = ()
    downgrade: bool = False
    calibrated: str | None = None
    findings: tuple[str, ...] = ()
    finding_details: tuple[Finding, ...] = ()

    @property
    def max_risk(self) -> Risk:
        """The greatest risk among the operations."""
        return max((o.assessment.risk for o in self.operations), key=lambda r: r.severity, default=Risk.MINIMAL)

    @property
    def command(self) -> str:
        """The command that carries on with a deploy of it."""
        words = "online-migrate deploy"
        return f"{words} --downgrade {next(iter(self.target), 'base')}" if self.downgrade else words

    @property
    def has_steps(self) -> bool:
        """Whether there is anything to run: an operation, or only the move of alembic_version."""
        return any(phase.steps for phase in self.phases)

    @property
    def revisions(self) -> frozenset[str]:
        """The revisions (or names of SQL files) of its operations."""
        return frozenset(o.operation.revision for o in self.operations if o.operation.revision is not None)

    def called(self, revision: str) -> frozenset[str]:
        """Return the functions of a revision that backfills call for each batch."""
        steps = (step for phase in self.phases for step in phase.steps)
        functions = (step.function.partition(":") for step in steps if isinstance(step, Backfill) and step.function)
        return frozenset(name for owner, _, name in functions if owner == revision)

    @property
    def relations(self) -> tuple[RelationName, ...]:
        """Every relation that an operation is about or that is locked: what the fingerprint is of."""
        found = {o.table for o in self.operations if o.table is not None}
        found |= {lock.relation for o in self.operations for lock in o.assessment.locks}
        found |= {lock.relation for phase in self.phases for step in phase.steps for lock in step.locks}
        return tuple(sorted(found))

    def phase(self, name: PhaseName) -> Phase:
        """Return one phase; a plan always has all three."""
        return next(p for p in self.phases if p.name is name)
