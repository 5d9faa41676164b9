"""An index built beside the writers: on a table CONCURRENTLY, on a partitioned one leaf by leaf."""

from collections.abc import Iterator

from online_migrate.catalog import evolve
from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar import edit, parts
from online_migrate.grammar.compose import compose
from online_migrate.grammar.statements import CreateIndex
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import ConcurrentDdl, Ddl, IndexShape, Step
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import done, inverse, locks, naming
from online_migrate.strategies.parts.ids import step_id


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
        return tuple(_on_partitions(change, statement, table, names, facts))
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
        shape=shape_of(statement, table),
    )


def shape_of(statement: CreateIndex, table: RelationName) -> IndexShape:
    """Return what the index of a CREATE INDEX looks like on a table, or on a partition of that."""
    return IndexShape(
        table=table,
        columns=statement.key_columns,
        include=statement.include,
        method=statement.method,
        unique=statement.unique,
        partial=statement.where is not None,
    )


def _statement(statement: CreateIndex, table: RelationName, index: RelationName) -> str:
    return parts.without_if_not_exists(edit.index_on(statement.sql, table, index.name))


def _on_partitions(
    change: Change,
    statement: CreateIndex,
    table: Table,
    names: dict[RelationName, RelationName],
    facts: Facts,
) -> Iterator[Step]:
    """Yield the steps for a partitioned table: its own index, then each partition's and its attaching."""
    yield shell(change, statement, table.name, names[table.name])
    for number, child in enumerate(table.children, 1):
        partition = facts.catalog.tables[child]
        had = child not in names
        index = names.get(child) or _serving(statement, partition, facts.catalog, names[table.name])
        if not had and partition.kind == "p":
            yield from _on_partitions(change, statement, partition, names, facts)
        elif not had:
            yield _on_table(change, statement, child, index)
        last = number == len(table.children)
        parent = names[table.name]
        yield attach(change, facts, partition, index, parent, dropping=dropping(parent), had=had, last=last)


def _serving(statement: CreateIndex, partition: Table, catalog: Catalog, parent: RelationName) -> RelationName:
    """Return the index that a partition has already and that PostgreSQL would attach."""
    after = evolve.apply(catalog, statement).tables[partition.name]
    return next(index.name for index in after.indexes if index.parent == parent)


def shell(change: Change, statement: CreateIndex, table: RelationName, index: RelationName) -> Ddl:
    """Return the step that makes the index of a partitioned table: SHARE for a moment; invalid until all are attached.

    Args:
        index: its name.
    """
    return Ddl(
        id=step_id(change, "create_shell", index),
        operation=change.operation.id,
        purpose=f"make the index {index.name} of the partitioned table, still without those of its partitions",
        sql=(edit.only(_statement(statement, table, index)),),
        search_path=change.operation.search_path,
        locks=locks.on(LockMode.SHARE, table),
        done_check=done.relation_exists(index),
        undo=(dropping(index),),
    )


def dropping(index: RelationName) -> str:
    """Return the statement that drops an index if it is there."""
    return compose("DROP INDEX IF EXISTS {index}", index=index)


def attach(
    change: Change,
    facts: Facts,
    partition: Table,
    index: RelationName,
    parent: RelationName,
    *,
    dropping: str,
    had: bool,
    last: bool,
) -> Ddl:
    """Return the step that attaches a partition's index to its parent's.

    ACCESS EXCLUSIVE on the index for a moment. What is attached can only be dropped with what it is attached to, so
    undoing makes anew what the partition had before: without a long lock only if it is small.

    Args:
        dropping: the statement that drops the parent's index, or the constraint it belongs to, if it is there.
        had: the partition had the index before.
        last: no other is to come: the parent's is valid then, unless a partition has come on the way.
    """
    owner = next((i.constraint for i in partition.indexes if i.name == index), None)
    if not had:
        again: tuple[str, ...] | None = ()
    elif partition.kind == "p":
        again = None
    elif owner is not None:
        again = inverse.add_constraint(partition.name, owner, facts.catalog)
    else:
        again = inverse.recreate_index(index, facts.catalog, beside_writers=False)
    return Ddl(
        id=step_id(change, "attach_index", index),
        operation=change.operation.id,
        purpose=f"attach the index {index.name} to {parent.name}",
        sql=(compose("ALTER INDEX {parent} ATTACH PARTITION {index}", parent=parent, index=index),),
        done_check=done.index_valid(parent) if last else done.index_attached(index, parent),
        undo=(dropping, *(again or ())),
        reversible=again is not None,
        brief=not had,
    )
