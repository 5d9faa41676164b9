"""Indexes. An index's own lock counts only where its table is not locked, so it is named only there."""

from online_migrate.catalog.model import Catalog, Index, Table
from online_migrate.grammar.statements import CreateIndex, DropIndex, Reindex, RenameIndex
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.risk.effect import Effect, sentences
from online_migrate.risk.locks import leaves, locked, merge, partitions


def create_index(statement: CreateIndex, catalog: Catalog) -> Effect:
    """Writers wait for the build, of every partition; CONCURRENTLY they do not."""
    names = (statement.table,) if statement.only else partitions(catalog, statement.table)
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE if statement.concurrently else LockMode.SHARE
    shell = statement.only and _is_partitioned(catalog.table(statement.table))
    name = RelationName(statement.table.schema, statement.name or "")
    there = statement.if_not_exists and catalog.index_table(name) is not None
    if there:
        names = (statement.table,)
    return Effect(
        migration_type="Add Index concurrently"
        if statement.concurrently
        else "Add Index on partitioned parent only"
        if shell
        else "Add Index",
        locks=locked(names, mode),
        indexed=() if there or shell else leaves(catalog, names),
        keys=statement.key_columns,
        notes=sentences(
            "An index of that name is there already, valid or not" if there else None,
            "Code that writes a duplicate fails from that moment" if statement.unique and not there else None,
            _covered_by(catalog.table(statement.table), statement),
        ),
    )


def _is_partitioned(table: Table | None) -> bool:
    return table is not None and table.kind == "p"


def _covered_by(table: Table | None, statement: CreateIndex) -> str | None:
    """An index whose first columns are these serves the same queries."""
    if table is None or statement.unique or statement.where or None in statement.key_columns:
        return None
    width = len(statement.key_columns)
    for index in table.indexes:
        same = index.key_columns[:width] == statement.key_columns and index.method == statement.method
        if same and index.valid and not index.predicate and index.name.name != statement.name:
            return f"{index.name.name} begins with the same columns"
    return None


def drop_index(statement: DropIndex, catalog: Catalog) -> Effect:
    """Readers and writers of the table wait, for a moment."""
    table = catalog.index_table(statement.index)
    names = partitions(catalog, table.name) if table is not None else ()
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE if statement.concurrently else LockMode.ACCESS_EXCLUSIVE
    index = _index(table, statement.index)
    return Effect(
        migration_type="Drop Index concurrently" if statement.concurrently else "Drop Index",
        locks=locked(names, mode),
        notes=sentences(
            "There is no such index" if table is None else None,
            "It is unique: duplicates can be written from that moment" if index is not None and index.unique else None,
        ),
    )


def _index(table: Table | None, name: RelationName) -> Index | None:
    return next((i for i in table.indexes if i.name == name), None) if table is not None else None


def rename_index(statement: RenameIndex, _catalog: Catalog) -> Effect:
    """Only the index is locked, not its table."""
    return Effect(migration_type="Rename Index", locks=locked((statement.index,), LockMode.SHARE_UPDATE_EXCLUSIVE))


def reindex(statement: Reindex, catalog: Catalog) -> Effect:
    """Writers wait, and readers whose plan looks at the index: planning any query on the table does."""
    table = None
    if statement.relation is not None:
        table = catalog.index_table(statement.relation) or catalog.table(statement.relation)
    if table is not None:
        names = partitions(catalog, table.name)
    else:
        names = tuple(
            t.name
            for t in catalog.tables.values()
            if t.kind in ("r", "m")
            and (
                statement.target != "schema" or statement.relation is None or t.name.schema == statement.relation.schema
            )
        )
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE if statement.concurrently else LockMode.SHARE
    # PostgreSQL lists the partitions under Share before it begins, CONCURRENTLY or not.
    listed = names[1:] if statement.target == "table" and table is not None else ()
    builds = tuple(
        n
        for n in leaves(catalog, names)
        for _ in (range(1) if statement.target == "index" else catalog.tables[n].indexes)
    )
    return Effect(
        migration_type="Reindex concurrently" if statement.concurrently else "Reindex",
        locks=merge(locked(names, mode), locked(listed, LockMode.SHARE)),
        indexed=builds,
        notes=sentences(
            None if statement.concurrently else "Queries that look at the index wait too, reads as well",
            "Its list of partitions is made under Share: reindex each partition by itself"
            if statement.concurrently and listed
            else None,
        ),
    )
