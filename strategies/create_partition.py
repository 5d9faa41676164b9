"""CREATE TABLE ... PARTITION OF.

Naive risk: ACCESS EXCLUSIVE on the whole partitioned table, behind every query of any partition; and where there is a
DEFAULT partition all its rows are read meanwhile, to see that none belongs to the new one.

Steps, in expand: the table on its own (LIKE the parent); where there is a DEFAULT partition a CHECK on that, NOT VALID
and validated, that it has none of the new one's rows; ATTACH PARTITION, which then reads nothing and gives the table
its indexes, foreign keys and triggers while it is empty; the CHECK is dropped.

Locks: ATTACH takes SHARE UPDATE EXCLUSIVE on the parent, SHARE ROW EXCLUSIVE on the tables its foreign keys refer to
and ACCESS EXCLUSIVE on the DEFAULT partition for a moment; SHARE UPDATE EXCLUSIVE while that is read.

Old and new code: neither notices, but a new row that belongs to the partition is refused between the CHECK and ATTACH:
it would have had to go to the DEFAULT partition.

Preconditions: none of its rows is in the DEFAULT partition. As written: a partition with columns, constraints, a
tablespace or partitions of its own, and beside a DEFAULT partition one by HASH or not on plain columns.

Undo: DETACH, and the table is dropped.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/ddl-partitioning.html (5.12.2.2).
"""

from dataclasses import replace

from online_migrate.catalog import evolve
from online_migrate.catalog.model import Table
from online_migrate.grammar import bounds
from online_migrate.grammar.statements import AlterTableOther, CreateTable
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import RelationName
from online_migrate.risk.tables import default_partition
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import joining
from online_migrate.strategies.parts.as_written import as_written, in_phase, step

KINDS = ("create_partition",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where it is more than a plain partition, or nobody knows its parent yet."""
    statement = change.statement
    assert isinstance(statement, CreateTable)
    assert statement.partition_of is not None
    parent = facts.catalog.table(statement.partition_of)
    bound = bounds.partition_bound(statement.sql)
    if parent is None or bound is None or statement.temporary or parent.name in facts.new_tables:
        return None
    if facts.catalog.table(statement.table) is not None:
        return None
    attaching = _attaching(parent, statement.table, bound)
    there = replace(facts, catalog=evolve.apply(facts.catalog, _alone(statement, parent)))
    attach = joining.attach(change, there, attaching, empty=True)
    if attach is None:
        note = "No CHECK can prove beforehand that the DEFAULT partition has none of its rows."
        return as_written(change, facts, PhaseName.EXPAND, note=note)
    create = replace(step(change, facts), sql=(bounds.alone_like(statement.sql, parent.name),), locks=())
    default = default_partition(parent, facts.catalog)
    if default is None:
        return in_phase(PhaseName.EXPAND, create, *attach)
    note = f"Until it is attached, new rows within its bounds are refused: they would go to {default.name}."
    return in_phase(PhaseName.EXPAND, create, *attach, note=note)


def _attaching(parent: Table, child: RelationName, bound: str) -> AlterTableOther:
    sql = bounds.attaching(parent.name, child, bound)
    return AlterTableOther(sql=sql, table=parent.name, subcommand="AttachPartition", other=child)


def _alone(statement: CreateTable, parent: Table) -> CreateTable:
    """The table before it is attached, as far as ATTACH looks at it."""
    sql = bounds.alone_like(statement.sql, parent.name)
    return replace(statement, sql=sql, partition_of=None, partition_bound=None, like=(parent.name,))
