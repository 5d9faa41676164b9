"""The statement as it was written, as one step under the lock policy, with an undo where a plain one exists.

Not the strategy of any kind of operation: what the planner and the strategies fall back on. Locks are
those of the assessment; the done-check is what the catalog can tell of the statement's result.
"""

from typing import Any

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.grammar.compose import compose
from online_migrate.grammar.kinds import kind_of
from online_migrate.plan.assessment import Compatibility, Risk
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import ConcurrentDdl, Ddl, Step, Validate
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import inverse, outcome
from online_migrate.strategies.parts.batches import whole
from online_migrate.strategies.parts.ids import step_id
from online_migrate.strategies.parts.indexes import shape_of

_OUTSIDE_TRANSACTIONS = frozenset(
    {"vacuum", "create_database", "drop_database", "create_tablespace", "drop_tablespace", "alter_system"}
)

_PHRASES = {
    "alter_type": "change type of",
    "comment": "comment on",
    "delete": "delete rows of",
    "do": "run a DO block",
    "grant": "grant on",
    "insert": "insert rows into",
    "set_schema": "set schema of",
}


def as_written(change: Change, facts: Facts, phase: PhaseName, *, note: str | None = None) -> Rewrite:
    """Return the statement as one step of a phase.

    `online` is False where the assessment says that it blocks for a time that grows with the table, or
    that it breaks running code and does not wait for contract.
    """
    return in_phase(phase, step(change, facts), online=_online(change, phase), note=note)


def in_phase(phase: PhaseName, *steps: Step, online: bool = True, note: str | None = None) -> Rewrite:
    """Return a rewrite whose steps all run in one phase."""
    return Rewrite(
        expand=steps if phase is PhaseName.EXPAND else (),
        migrate=steps if phase is PhaseName.MIGRATE else (),
        contract=steps if phase is PhaseName.CONTRACT else (),
        online=online,
        notes=(note,) if note is not None else (),
    )


def step(change: Change, facts: Facts) -> Step:
    """Return the one step that runs the statement as it is."""
    statement = change.statement
    idle = _finds_nothing(statement, facts.catalog)
    undo = () if idle else inverse.undo(statement, facts.catalog)
    if undo is None and isinstance(statement, s.Insert | s.Delete) and statement.table in facts.new_tables:
        # The rows go with the table. What a CTE writes elsewhere would stay.
        undo = None if statement.writes else _rows_of_new_table(statement, facts.catalog)
    table = _subject(statement)
    common: dict[str, Any] = {
        "id": step_id(change, "as_written", table),
        "operation": change.operation.id,
        "purpose": f"{_in_words(statement)}, as written",
        "sql": (statement.sql,),
        "locks": change.assessment.locks,
        "search_path": change.operation.search_path,
        "done_check": None if idle else outcome.check(statement, facts.catalog),
        "undo": undo or (),
        "reversible": undo is not None,
    }
    match statement:
        case s.Update():
            return whole(change, statement, facts)
        case s.CreateIndex(concurrently=True, name=str(name)):
            return ConcurrentDdl(
                **common, index=RelationName(statement.table.schema, name), shape=shape_of(statement, statement.table)
            )
        case s.ValidateConstraint():
            return Validate(**common)
        case s.RefreshMaterializedView(concurrently=True):
            # It keeps out only another REFRESH, for as long as the query takes.
            return Ddl(**common, brief=False)
        case _ if _needs_no_transaction(statement, facts.catalog):
            return ConcurrentDdl(**common)
        case _:
            return Ddl(**common, brief=_brief(change))


def _rows_of_new_table(statement: s.Insert | s.Delete, catalog: Catalog) -> tuple[str, ...]:
    """Undo of INSERT into, or DELETE from, a table that the plan makes: rules of its parent that come back before it is
    dropped are for its rows too."""
    table = catalog.table(statement.table)
    if isinstance(statement, s.Insert) and table is not None and table.parent is not None and not table.is_partition:
        return (compose("DELETE FROM ONLY {table}", table=table.name),)
    return ()


def _in_words(statement: s.Statement) -> str:
    """What the statement does, in a few words: "drop column a of public.t"."""
    kind = kind_of(statement)
    words = _PHRASES.get(kind, kind.replace("_", " "))
    match statement:
        case s.AddColumn(table=table, column=column):
            return f"{words} {column.name} to {table}"
        case s.AddConstraint(table=table, constraint=constraint):
            return f"{words} {constraint.name or ''}".rstrip() + f" to {table}"
        case s.CreateIndex(table=table, name=name):
            return f"{words} {name or ''}".rstrip() + f" on {table}"
        case s.AlterTableOther(table=table, subcommand="AttachPartition", other=other):
            return f"{words} {other} to {table}"
        case s.AlterTableOther(table=table, subcommand="DetachPartition", other=other):
            return f"{words} {other} of {table}"
        case s.AlterTableOther(table=table, subcommand=subcommand):
            return f"{words} {table}: {subcommand}"
        case s.TableStatement(table=table):
            name = getattr(statement, "column", None) or getattr(statement, "name", None)
            return f"{words} {name} of {table}" if name else f"{words} {table}"
        case s.Other(object_name=str(name)):
            return f"{words} {name}"
    subject = _subject(statement)
    return f"{words} {subject}" if subject is not None else words


def _brief(change: Change) -> bool:
    assessment = change.assessment
    stops_somebody = any(lock.mode.strength >= LockMode.SHARE.strength for lock in assessment.locks)
    return stops_somebody and assessment.risk.severity <= Risk.MODERATE.severity and not assessment.opaque


def _finds_nothing(statement: s.Statement, catalog: Catalog) -> bool:
    """IF EXISTS of what is not there, IF NOT EXISTS of what is: nothing is done, shown or to be undone."""
    match statement:
        case s.AddEnumValue(type=name, if_not_exists=True):
            enum = catalog.types.get(name)
            return enum is not None and statement.value in enum.labels
        case s.TableStatement(table=table, if_exists=True):
            return catalog.table(table) is None
        case s.RenameIndex(index=index):
            return catalog.index_table(index) is None
        case _:
            return False


def _online(change: Change, phase: PhaseName) -> bool:
    breaks = change.assessment.compatibility is not Compatibility.NONE and phase is not PhaseName.CONTRACT
    return not breaks and change.assessment.risk.severity <= Risk.MODERATE.severity


def _needs_no_transaction(statement: s.Statement, catalog: Catalog) -> bool:
    match statement:
        case s.AddEnumValue():
            # Inside a transaction it would run, but the value could not be used before the commit.
            return True
        case s.Reindex(relation=relation):
            # PostgreSQL does one table, or partition, after the other, each in a transaction of its own.
            return statement.concurrently or relation is None or _has_partitions(relation, catalog)
        case s.CreateIndex() | s.DropIndex():
            return statement.concurrently
        case s.AlterTableOther():
            return statement.concurrent
        case s.Other(tag=tag):
            return tag in _OUTSIDE_TRANSACTIONS
        case _:
            return False


def _has_partitions(relation: RelationName, catalog: Catalog) -> bool:
    table = catalog.table(relation) or catalog.index_table(relation)
    return table is not None and table.kind == "p"


def _subject(statement: s.Statement) -> RelationName | None:
    match statement:
        case s.TableStatement(table=name) | s.CreateTable(table=name) | s.DropTable(table=name):
            return name
        case s.DropIndex(index=name) | s.RenameIndex(index=name):
            return name
        case s.CreateType(name=name) | s.AddEnumValue(type=name) | s.RenameEnumValue(type=name):
            return name
        case s.RefreshMaterializedView(view=name) | s.AlterDomain(domain=name):
            return name
        case s.Other(relations=(name, *_)):
            return name
        case _:
            return None
