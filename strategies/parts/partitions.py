"""What stands in the way of a second column of a partitioned table: what partitions have that is not their parent's."""

from collections.abc import Iterator
from dataclasses import replace

from online_migrate.catalog.model import Catalog, Column, Table
from online_migrate.grammar.statements import AlterTableOther, CreateTable, TableStatement
from online_migrate.plan.names import RelationName
from online_migrate.strategies.interface import Change, Facts


def obstacles(change: Change, table: Table, column: Column, facts: Facts) -> Iterator[str]:
    """Yield why a second column of a table with partitions, or with heirs, would not be what the first is."""
    if table.kind not in ("r", "p") or table.parent is not None or (table.kind == "r" and table.children):
        yield "the table inherits or is inherited from"
    if table.kind != "p":
        return
    if column.identity is not None:
        yield f"{column.name} is an identity column of a partitioned table"
    if _has_foreign_keys(table, column.name, facts.catalog):
        yield "foreign keys of a partitioned table rest on it"
    partitions = facts.catalog.descendants(table.name)
    live = facts.live.descendants(table.name)
    if [member.name for member in partitions] != [member.name for member in live] or any(
        _is_about(other, {member.name for member in partitions}, table.name)
        for other in facts.changes
        if other.operation.id != change.operation.id
    ):
        yield "the plan itself makes or changes partitions"
    for partition in partitions:
        own = next(_own(table, partition, column), None)
        if own is not None:
            yield f"the partition {partition.name.name} has {own} of its own on it"


def _has_foreign_keys(table: Table, column: str, catalog: Catalog) -> bool:
    family = (table, *catalog.descendants(table.name))
    return any(
        column in key.referenced_columns for member in family for _, key in catalog.referencing(member.name)
    ) or any(key.type == "foreign_key" and column in key.columns for member in family for key in member.constraints)


def _is_about(change: Change, partitions: set[RelationName], root: RelationName) -> bool:
    statement = change.statement
    match statement:
        case AlterTableOther(subcommand="AttachPartition" | "DetachPartition"):
            return statement.table == root or statement.table in partitions
        case CreateTable(partition_of=RelationName() as parent):
            return parent == root or parent in partitions
        case TableStatement():
            return statement.table in partitions
        case _:
            return any(relation in partitions for relation in getattr(statement, "tables", ()))


def _own(table: Table, partition: Table, column: Column) -> Iterator[str]:
    """Yield, in words, what a partition has on the column that its parent does not give it."""
    name = column.name
    here = partition.column(name)
    if here is None or _shared(here) != _shared(column):
        yield "a default, NOT NULL, statistics target or option"
        return
    if here.comment is not None or here.grants:
        yield "a comment or grants"
    if here.held_by != column.held_by or any(of == name for of, _ in partition.column_dependents):
        yield f"{', '.join(here.held_by) or 'a view'}"
    if any(name in found.columns for found in partition.extended_statistics):
        yield "extended statistics"
    if partition.publications:
        yield "a publication"
    known = {trigger.name for trigger in table.triggers}
    if any(name in trigger.columns and trigger.name not in known for trigger in partition.triggers):
        yield "a trigger"
    same = {rule.name for rule in table.constraints}
    for rule in partition.constraints:
        is_rule = rule.type in ("check", "not_null", "exclude") and name in rule.columns
        # A partition's primary key makes the NOT NULL of its parent one of its own as well (18).
        is_shared = rule.name in same and (rule.inherited or rule.type == "not_null")
        if is_rule and not is_shared:
            yield f"the constraint {rule.name}"


def _shared(column: Column) -> Column:
    """What a partition has from its parent: place, rights and comment are each one's own."""
    return replace(column, position=0, grants=(), comment=None, held_by=())
