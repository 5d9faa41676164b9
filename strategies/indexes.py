"""An index built beside the writers: on a table CONCURRENTLY, on a partitioned one leaf by leaf."""

from collections.abc import Iterator

from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar import edit, parts
from online_migrate.grammar.compose import compose
from online_migrate.grammar.statements import CreateIndex
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import ConcurrentDdl, Ddl, Step
from online_migrate.strategies import done, locks, naming
from online_migrate.strategies.ids import step_id
from online_migrate.strategies.interface import Change, Facts


def beside_writers(change: Change, statement: CreateIndex, facts: Facts) -> tuple[Step, ...]:
    """Return the steps of CREATE INDEX; none for a table that the catalog does not know, and one that has the index.

    SHARE UPDATE EXCLUSIVE on the table while the index is built. On a partitioned table: the index ON ONLY
    the parent (a shell, SHARE for a moment), on each leaf CONCURRENTLY, each attached to its parent's, under
    the names PostgreSQL would have chosen; the shell becomes valid with the last one, at every level.
    """
    table = facts.catalog.table(statement.table)
    names = naming.of_indexes(facts.catalog, statement) if table is not None else {}
    if table is None or table.name not in names:
        return ()
    if table.kind == "p":
        return tuple(_on_partitions(change, statement, table, names, facts.catalog))
    return (_on_table(change, statement, table.name, names[table.name]),)


def _on_table(change: Change, statement: CreateIndex, table: RelationName, index: RelationName) -> ConcurrentDdl:
    return ConcurrentDdl(
        id=step_id(change, "create_index", index),
        operation=change.operation.id,
        purpose=f"build the index {index.name} beside the writers",
        sql=(edit.concurrently(_statement(statement, table, index)),),
        search_path=change.operation.search_path,
        locks=locks.on(LockMode.SHARE_UPDATE_EXCLUSIVE, table),
        done_check=done.index_valid(index),
        undo=(compose("DROP INDEX CONCURRENTLY IF EXISTS {index}", index=index),),
        index=index,
    )


def _statement(statement: CreateIndex, table: RelationName, index: RelationName) -> str:
    return parts.without_if_not_exists(edit.index_on(statement.sql, table, index.name))


def _on_partitions(
    change: Change,
    statement: CreateIndex,
    table: Table,
    names: dict[RelationName, RelationName],
    catalog: Catalog,
) -> Iterator[Step]:
    """Yield the steps for a partitioned table: its own index, then each partition's and its attaching."""
    yield _shell(change, statement, table, names[table.name])
    for child in table.children:
        if child not in names:
            # The partition has an index that serves already; PostgreSQL attaches it by itself.
            continue
        partition = catalog.tables[child]
        if partition.kind == "p":
            yield from _on_partitions(change, statement, partition, names, catalog)
        else:
            yield _on_table(change, statement, child, names[child])
        yield _attach(change, names[child], names[table.name])


def _shell(change: Change, statement: CreateIndex, table: Table, index: RelationName) -> Ddl:
    return Ddl(
        id=step_id(change, "create_shell", index),
        operation=change.operation.id,
        purpose=f"make the index {index.name} of the partitioned table, still without those of its partitions",
        sql=(edit.only(_statement(statement, table.name, index)),),
        search_path=change.operation.search_path,
        locks=locks.on(LockMode.SHARE, table.name),
        done_check=done.relation_exists(index),
        undo=(compose("DROP INDEX IF EXISTS {index}", index=index),),
    )


def _attach(change: Change, index: RelationName, parent: RelationName) -> Ddl:
    return Ddl(
        id=step_id(change, "attach_index", index),
        operation=change.operation.id,
        purpose=f"attach the index {index.name} to {parent.name}",
        sql=(compose("ALTER INDEX {parent} ATTACH PARTITION {index}", parent=parent, index=index),),
        done_check=done.index_attached(index, parent),
        # What is attached can only be dropped with what it is attached to.
        undo=(compose("DROP INDEX IF EXISTS {parent}", parent=parent),),
    )
