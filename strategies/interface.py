"""What a strategy is: a pure function from one change and the facts around it to steps in phases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from online_migrate.catalog.model import Catalog
from online_migrate.grammar.statements import Statement
from online_migrate.plan.assessment import Assessment
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import RelationName
from online_migrate.plan.operation import Operation
from online_migrate.plan.steps import Step
from online_migrate.policy import Policy

ColumnKey = tuple[RelationName, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One operation as a strategy sees it: where it came from, what it does, what it would do naively."""

    operation: Operation
    statement: Statement
    assessment: Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """An UPDATE of the plan that gives a column its values.

    Attributes:
        change: the UPDATE.
        expression: what the column is set to.
        row_local: the expression reads only columns of the same row and no volatile function.
        only_nulls: the UPDATE (or the fact that the column is new) touches only rows where it is NULL.
        complete: its WHERE leaves out no row where the column is NULL, so that it covers NOT NULL.
    """

    change: Change
    expression: str
    row_local: bool
    only_nulls: bool
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a strategy may look at.

    Attributes:
        catalog: as the earlier operations of the plan will have left it.
        live: as it is now.
        policy: the settings.
        changes: every change of the plan, in order.
        new_tables: tables that the plan creates.
        new_columns: columns that the plan adds to tables that exist, with the change that adds each.
        fills: the UPDATEs of the plan that fill a column, in order.
        required: columns in which a statement of the plan refuses NULL from then on.
        downgrade: the changes take revisions back: the "new" code is that of an earlier release.
    """

    catalog: Catalog
    live: Catalog
    policy: Policy
    changes: tuple[Change, ...] = ()
    new_tables: frozenset[RelationName] = frozenset()
    new_columns: Mapping[ColumnKey, Change]
    fills: Mapping[ColumnKey, tuple[Fill, ...]]
    required: frozenset[ColumnKey]
    downgrade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """The steps of one change, by phase.

    Attributes:
        opening: steps with which contract begins, before those of any other change: what they remove would be in the
            way of others.
        settled: the phase after whose steps later operations on the same objects may run; None = the
            last phase that has a step. Set it where contract only tidies up.
        joins: the operation in the last step of which, in migrate, the last step of this one is done; None for its own.
        late: parts of columns that contract alone makes as the statement says, (table, "nullability", "default" or
            "identity", column); later operations on these wait for it all the same.
        online: False where the steps are the naive form although that blocks or breaks running code.
        notes: sentences for the report.
    """

    expand: tuple[Step, ...] = ()
    migrate: tuple[Step, ...] = ()
    contract: tuple[Step, ...] = ()
    opening: tuple[Step, ...] = ()
    settled: PhaseName | None = None
    joins: str | None = None
    late: frozenset[tuple[RelationName | str, ...]] = frozenset()
    online: bool = True
    notes: tuple[str, ...] = ()


class Strategy(Protocol):
    """A module of this package, or a third party's: `KINDS` it serves, and `rewrite`."""

    KINDS: tuple[str, ...]

    def rewrite(self, change: Change, facts: Facts) -> Rewrite | None:
        """Return the steps, or None where the naive form is already the online one."""
        ...
