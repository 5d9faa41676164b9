"""Chooses how one change is carried out: as written, or by the strategy for its kind."""

from dataclasses import dataclass

from online_migrate.grammar import statements as s
from online_migrate.grammar.computed import computed_of
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.kinds import kind_of
from online_migrate.plan.assessment import Compatibility, Risk
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import RunRevision
from online_migrate.planner.changes import UNCAPTURED
from online_migrate.planner.placement import phase_as_written
from online_migrate.planner.registry import strategies
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import exchange, writers
from online_migrate.strategies.parts.already import already
from online_migrate.strategies.parts.as_written import as_written

AS_WRITTEN = "as_written"
ALREADY = "already"

# However small the partition, as written they queue behind every query of the whole partitioned table.
_BEHIND_EVERY_PARTITION = frozenset({"create_partition", "detach_partition"})

# Each rests on the others, so that they are carried out together or not at all.
_OF_EXCHANGES = frozenset({"create_type", "alter_type", "drop_type", "rename_type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The steps of a change, and the name of what made them."""

    strategy: str
    rewrite: Rewrite


def choose(change: Change, facts: Facts, filled: frozenset[RelationName]) -> Choice:
    """Return how a change is carried out.

    Args:
        filled: tables into which an earlier statement of the plan puts rows: a new table that is filled
            is not empty any more.
    """
    kind = kind_of(change.statement)
    if kind == UNCAPTURED:
        return Choice(strategy=AS_WRITTEN, rewrite=_run_revision(change, facts))
    if (nothing := already(change.statement, facts.catalog)) is not None:
        return Choice(strategy=ALREADY, rewrite=nothing)
    in_python = isinstance(change.statement, s.Update) and computed_of(change.statement) is not None
    if _on_new_table(change.statement, facts, filled) and not in_python and not _copies(change.statement):
        phase = PhaseName.MIGRATE if isinstance(change.statement, s.Insert | s.Update | s.Delete) else PhaseName.EXPAND
        return Choice(strategy=AS_WRITTEN, rewrite=as_written(change, facts, phase))
    touchy = (
        kind in _BEHIND_EVERY_PARTITION
        or _must_be_kept_filled(change, facts)
        or _refuses_what_old_code_leaves(change.statement, facts)
        or (kind in _OF_EXCHANGES and exchange.of(change, facts) is not None)
    )
    small = facts.policy.small_tables_as_written and _brief(change) and not touchy and not in_python
    for name, strategy in () if small else strategies().get(kind, ()):
        if (rewrite := strategy.rewrite(change, facts)) is not None:
            return Choice(strategy=name, rewrite=rewrite)
    return Choice(
        strategy=AS_WRITTEN, rewrite=as_written(change, facts, phase_as_written(change.statement, facts.catalog))
    )


def _brief(change: Change) -> bool:
    """The naive form blocks for no longer than the budget, and no running code is broken by it."""
    brief = change.assessment.risk in (Risk.MINIMAL, Risk.MODERATE) and not change.assessment.opaque
    return brief and change.assessment.compatibility is Compatibility.NONE


def _on_new_table(statement: s.Statement, facts: Facts, filled: frozenset[RelationName]) -> bool:
    """No application knows the table yet, and it is empty: nothing can be blocked or broken."""
    table = table_of(statement, facts)
    if table is None or isinstance(statement, s.CreateTable):
        return False
    return table in facts.new_tables and facts.live.table(table) is None and table not in filled


def _copies(statement: s.Statement) -> bool:
    """The rows come from tables, so that how long it takes rests on these and not on the one they go to."""
    return isinstance(statement, s.Insert) and statement.from_query


def _must_be_kept_filled(change: Change, facts: Facts) -> bool:
    """An UPDATE that fills a column in which NULL is refused later: old code's inserts must be filled as well."""
    if not isinstance(change.statement, s.Update):
        return False
    table, columns = change.statement.table, change.statement.assigned_columns
    return any((table, column) in facts.required for column in columns)


def _refuses_what_old_code_leaves(statement: s.Statement, facts: Facts) -> bool:
    """A primary key makes its columns NOT NULL, and so does a CHECK that refuses NULL, however short the table is."""
    match statement:
        case s.AddConstraint(table=table, constraint=Constraint(type="check") as constraint):
            return writers.phase_of_check(facts, table, constraint)[0] is PhaseName.CONTRACT
        case s.AddConstraint(table=table, constraint=Constraint(type="primary_key", columns=columns)):
            return any(writers.may_leave_null(facts, table, column) for column in columns)
        case _:
            return False


def table_of(statement: s.Statement, facts: Facts) -> RelationName | None:
    """Return the relation a statement is about, or None."""
    match statement:
        case s.TableStatement(table=table) | s.CreateTable(table=table) | s.DropTable(table=table):
            return table
        case s.DropIndex(index=index) | s.RenameIndex(index=index):
            owner = facts.catalog.index_table(index)
            return owner.name if owner else None
        case s.Reindex(relation=relation):
            return relation
        case s.RefreshMaterializedView(view=view):
            return view
        case s.Other(relations=(relation, *_)):
            return relation
        case _:
            return None


def _run_revision(change: Change, facts: Facts) -> Rewrite:
    operation = change.operation
    assert operation.revision is not None
    step = RunRevision(
        id=f"{operation.revision}:run",
        operation=operation.id,
        purpose=f"run {'downgrade' if facts.downgrade else 'upgrade'}() of revision {operation.revision} as it is",
        sql=(),
        revision=operation.revision,
        downgrade=facts.downgrade,
        reversible=False,
    )
    return Rewrite(migrate=(step,), online=False, notes=(f"Not captured: {operation.uncaptured}",))
