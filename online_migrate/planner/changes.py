"""Walks the operations in order: names resolved, verdict given, and the catalog moved on, one by one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from online_migrate.catalog.evolve import apply
from online_migrate.catalog.meaning import meaning_of
from online_migrate.catalog.model import Catalog
from online_migrate.grammar.statements import (
    AlterType,
    DropColumn,
    DropTable,
    Other,
    RenameColumn,
    Statement,
    TableStatement,
    Truncate,
)
from online_migrate.plan.assessment import Assessment, Compatibility, Risk
from online_migrate.plan.names import RelationName
from online_migrate.plan.operation import Operation
from online_migrate.planner.facts import note_new_column, note_new_table
from online_migrate.policy import Policy
from online_migrate.risk.assess import assess, assess_uncaptured
from online_migrate.strategies.interface import Change, ColumnKey

UNCAPTURED = "run_revision"
NEW = "The plan itself makes it: no code names it yet."


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """A change, and the catalog as it finds it and as it leaves it."""

    change: Change
    catalog: Catalog
    after: Catalog


def walk(operations: Iterable[Operation], live: Catalog, policy: Policy) -> Iterator[Walked]:
    """Yield each operation as a change, assessed on the catalog that the earlier ones will have left."""
    catalog = live
    created: set[RelationName] = set()
    added: set[ColumnKey] = set()
    for operation in operations:
        if operation.uncaptured is not None:
            statement = Other(sql="", tag=UNCAPTURED, opaque=True)
            yield Walked(
                change=Change(operation=operation, statement=statement, assessment=assess_uncaptured(operation)),
                catalog=catalog,
                after=catalog,
            )
            continue
        read_statement = meaning_of(operation.sql, catalog, operation.search_path)
        assessment = assess(read_statement, catalog, policy, live=live, python_default=operation.python_default)
        if _breaks_code(assessment) and _is_about(read_statement, created, added):
            assessment = _known_to_nobody(assessment)
        if _blocks_nobody(read_statement, assessment, created, catalog):
            assessment = replace(assessment, risk=Risk.MINIMAL, why=NEW)
        note_new_table(created, read_statement, live)
        note_new_column(added, read_statement, catalog)
        after = apply(catalog, read_statement)
        change = Change(operation=operation, statement=read_statement, assessment=assessment)
        yield Walked(change=change, catalog=catalog, after=after)
        catalog = after


def in_catalog(walked: Walked, catalog: Catalog) -> Walked:
    """Return the same change as it finds another catalog."""
    return replace(walked, catalog=catalog, after=apply(catalog, walked.change.statement))


def _breaks_code(assessment: Assessment) -> bool:
    return assessment.compatibility is not Compatibility.NONE or assessment.data_loss


def _is_about(statement: Statement, created: set[RelationName], added: set[ColumnKey]) -> bool:
    match statement:
        case DropColumn(table=table, column=column) | RenameColumn(table=table, column=column) if (
            table,
            column,
        ) in added:
            return True
        case AlterType(table=table, column=column) if (table, column) in added:
            return True
        case TableStatement(table=table) | DropTable(table=table):
            return table in created
        case Truncate(tables=tables, cascade=False):
            return created.issuperset(tables)
        case _:
            return False


def _blocks_nobody(statement: Statement, assessment: Assessment, created: set[RelationName], catalog: Catalog) -> bool:
    """Whether all that is locked is made by the plan, and holds no rows that would take time."""
    if not _is_about(statement, created, set()) or assessment.opaque or assessment.risk is Risk.MINIMAL:
        return False
    return all(lock.relation in created and not catalog.heap_bytes(lock.relation) for lock in assessment.locks)


def _known_to_nobody(assessment: Assessment) -> Assessment:
    """The verdict on what the plan itself makes: no code names it yet, and no data of anybody's is in it."""
    known = replace(assessment, compatibility=Compatibility.NONE, data_loss=False)
    if assessment.risk is not Risk.MODERATE:
        return known
    return replace(known, risk=Risk.MINIMAL, why=NEW)
