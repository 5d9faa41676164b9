"""Indexes: what CREATE INDEX, DROP INDEX and their renaming leave behind."""

from dataclasses import replace

from online_migrate.catalog.evolution import naming
from online_migrate.catalog.evolution.draft import Draft
from online_migrate.catalog.model import Index, Table
from online_migrate.grammar.statements import CreateIndex, DropIndex, RenameIndex
from online_migrate.grammar.tree import Message, statement, type_of, words
from online_migrate.plan.names import RelationName


def create(draft: Draft, create_index: CreateIndex) -> None:
    """CREATE INDEX; on a partitioned table, of every partition too."""
    table = create_index.table
    if table not in draft.tables:
        return
    index = Index(
        name=RelationName(table.schema, create_index.name or _chosen_name(draft, create_index)),
        columns=create_index.columns,
        key_columns=create_index.key_columns,
        included=create_index.include,
        unique=create_index.unique,
        valid=not (create_index.only and draft.tables[table].children and draft.tables[table].kind == "p"),
        method=create_index.method,
        has_expressions=None in create_index.key_columns,
        predicate=create_index.where,
        definition=create_index.sql,
        nulls_not_distinct=create_index.nulls_not_distinct,
    )
    if create_index.if_not_exists and draft.has_relation(index.name):
        return
    draft.add_index(table, index)
    if draft.tables[table].kind == "p" and not create_index.only:
        names = _column_names(create_index.sql, create_index.key_columns, create_index.include)
        for child in draft.tables[table].children:
            add_to_partition(draft, child, index, names)


def add_to_partition(draft: Draft, partition: RelationName, parent: Index, names: tuple[str, ...] = ()) -> Index:
    """Give a partition, and those below it, the index that one of the parent's asks for; attach one that fits.

    Of the parent's constraint it gets the index alone, and only itself: what is below is the caller's.
    """
    table = draft.tables[partition]
    fitting = next((i for i in table.indexes if i.parent is None and _same(i, parent)), None)
    if fitting is not None:
        index = replace(fitting, parent=parent.name)
        draft.change(partition, indexes=tuple(index if i is fitting else i for i in table.indexes))
    else:
        names = names or _column_names(parent.definition, parent.key_columns, parent.included)
        label = "pkey" if parent.primary else "key" if parent.constraint else "idx"
        middle = None if parent.primary else naming.joined(naming.distinct(names))
        name = draft.choose(partition, middle, label)
        index = replace(parent, name=RelationName(partition.schema, name), constraint=None, parent=parent.name, bytes=0)
        draft.add_index(partition, index)
    if table.kind == "p" and parent.constraint is None:
        for child in table.children:
            add_to_partition(draft, child, index, names)
    return index


def drop(draft: Draft, drop_index: DropIndex) -> None:
    """DROP INDEX, with those of the partitions."""
    remove(draft, {drop_index.index})


def below(draft: Draft, table: RelationName, index: RelationName) -> set[RelationName]:
    """Return the indexes of a table's partitions, at any depth, that are a part of one of its own."""
    found = {index}
    for member in draft.family(table):
        found |= {i.name for i in draft.tables[member].indexes if i.parent in found}
    return found - {index}


def rename(draft: Draft, old: RelationName, new: RelationName) -> None:
    """Give an index, and the constraint it belongs to, another name."""

    def renamed(table: Table) -> Table:
        if not any(old in (index.name, index.parent) for index in table.indexes):
            return table
        return replace(
            table,
            indexes=tuple(_renamed(index, old, new) for index in table.indexes),
            constraints=tuple(replace(c, index=new, name=new.name) if c.index == old else c for c in table.constraints),
        )

    table = draft.lookup.indexes.get(old)
    if table is not None:
        draft.change_each(renamed, draft.family(table))


def rename_index(draft: Draft, rename_: RenameIndex) -> None:
    """ALTER INDEX ... RENAME TO, which PostgreSQL also takes for a table, view or sequence."""
    rename(draft, rename_.index, RelationName(rename_.index.schema, rename_.new_name))


def _renamed(index: Index, old: RelationName, new: RelationName) -> Index:
    if index.name == old:
        return replace(index, name=new, constraint=new.name if index.constraint else None)
    return replace(index, parent=new) if index.parent == old else index


def remove(draft: Draft, names: set[RelationName]) -> None:
    """Take indexes away, with those of the partitions."""
    parts: set[RelationName] = set()

    def without(table: Table) -> Table:
        parts.update(i.name for i in table.indexes if i.parent in names)
        kept = tuple(i for i in table.indexes if i.name not in names)
        return table if len(kept) == len(table.indexes) else replace(table, indexes=kept)

    tables = [draft.lookup.indexes[name] for name in names if name in draft.lookup.indexes]
    draft.change_each(without, [member for table in tables for member in draft.family(table)])
    if parts:
        remove(draft, parts)


def _same(one: Index, other: Index) -> bool:
    """Whether an index can serve as the partition's part of another."""
    return (one.key_columns, one.included, one.unique, one.method, one.predicate, one.has_expressions) == (
        other.key_columns,
        other.included,
        other.unique,
        other.method,
        other.predicate,
        other.has_expressions,
    ) and (other.constraint is None or one.constraint is not None)


def _chosen_name(draft: Draft, create_index: CreateIndex) -> str:
    names = _column_names(create_index.sql, create_index.key_columns, create_index.include)
    return draft.choose(create_index.table, naming.joined(naming.distinct(names)), "idx")


def _column_names(sql: str, keys: tuple[str | None, ...], included: tuple[str, ...]) -> tuple[str, ...]:
    """Return what PostgreSQL calls the columns of an index: an expression by its function, or "expr"."""
    if None not in keys:
        return (*(name for name in keys if name is not None), *included)
    elements = [item.index_elem for item in statement(sql).index_params]
    return (*(e.name or _expression_name(e.expr) or "expr" for e in elements), *included)


def _expression_name(node: Message) -> str | None:
    """FigureColname of parse_target.c, for the expressions that indexes are made of."""
    match type_of(node):
        case "FuncCall":
            return words(node.func_call.funcname)[-1]
        case "ColumnRef":
            return words(node.column_ref.fields)[-1]
        case "TypeCast":
            return _expression_name(node.type_cast.arg) or words(node.type_cast.type_name.names)[-1]
        case "CoalesceExpr":
            return "coalesce"
        case "CollateClause":
            return _expression_name(node.collate_clause.arg)
        case "AIndirection" | "A_Indirection":
            return _expression_name(node.a_indirection.arg)
        case _:
            return None
