"""Tables: create, drop, rename, move, truncate."""

from collections.abc import Iterator
from dataclasses import replace

from online_migrate.catalog.evolution import columns, constraints, indexes, partitions, views
from online_migrate.catalog.evolution.draft import Draft
from online_migrate.catalog.model import Column, Index, Table, TableConstraint, Trigger
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.moved import moved, moved_definition
from online_migrate.grammar.statements import CreateTable, DropTable, Insert, RenameTable, SetSchema, Truncate
from online_migrate.grammar.tree import Message, statement, type_of
from online_migrate.plan.names import RelationName

_PAGE = 8192

# Bits of TableLikeClause.options (parsenodes.h).
_LIKE_CONSTRAINTS = 1 << 2
_LIKE_DEFAULTS = 1 << 3
_LIKE_GENERATED = 1 << 4
_LIKE_IDENTITY = 1 << 5
_LIKE_INDEXES = 1 << 6


def create(draft: Draft, created: CreateTable) -> None:
    """CREATE TABLE, empty. The columns of one made by a query are not known before it exists."""
    name = created.table
    if name in draft.tables:
        return
    draft.put(
        Table(
            name=name,
            kind="p" if created.partition_key else "r",
            persistence="t" if created.temporary else "u" if _is_unlogged(created) else "p",
            partition_key=created.partition_key,
            partition_columns=_partition_columns(created),
        )
    )
    if created.query is None:
        _fill(draft, created)


def _fill(draft: Draft, created: CreateTable) -> None:
    name = created.table
    given = (created.partition_of,) if created.partition_of else created.inherits
    parents = [parent for parent in given if parent in draft.tables]
    for column in (column for parent in parents for column in draft.tables[parent].columns):
        inherited = column if created.partition_of else replace(column, identity=None)
        columns.append(draft, name, replace(inherited, not_null=False))
    likes = list(_columns_in_order(draft, created))
    for definition in created.columns:
        if definition.not_null:
            constraints.set_not_null(draft, name, definition.name)
    for parent in parents:
        partitions.inherit_constraints(draft, parent, name, created.partition_bound)
    for source, options in likes:
        _copy_like(draft, source, name, options)
    for constraint in _in_order(created):
        # An empty table has nothing to validate: PostgreSQL takes no notice of NOT VALID here.
        constraints.add(draft, name, replace(constraint, not_valid=False))


def _in_order(created: CreateTable) -> tuple[Constraint, ...]:
    """Return constraints as PostgreSQL makes them: NOT NULL, CHECK, the primary key, indexes, foreign keys."""
    order = {"not_null": 0, "check": 1, "primary_key": 2, "unique": 3, "exclude": 3, "foreign_key": 4}
    inline = tuple(constraint for column in created.columns for constraint in column.constraints)
    return tuple(sorted((*inline, *created.constraints), key=lambda c: order[c.type]))


def _columns_in_order(draft: Draft, created: CreateTable) -> Iterator[tuple[RelationName, int]]:
    """Append columns as they are written, those of LIKE in its place; yield each LIKE with its options."""
    definitions = iter(created.columns)
    sources = iter(created.like)
    for element in _elements(created):
        if type_of(element) == "ColumnDef":
            definition = next(definitions)
            existing = draft.tables[created.table].column(definition.name)
            if existing is None:
                columns.append(draft, created.table, columns.of_definition(draft, created.table, definition))
            elif definition.default is not None:
                draft.change_column(created.table, definition.name, default=definition.default)
        elif type_of(element) == "TableLikeClause":
            source, options = next(sources), element.table_like_clause.options
            for column in draft.tables[source].columns if source in draft.tables else ():
                columns.append(draft, created.table, _like_column(draft, created.table, column, options))
            yield source, options


def _elements(created: CreateTable) -> list[Message]:
    return list(statement(created.sql).table_elts)


def _like_column(draft: Draft, table: RelationName, column: Column, options: int) -> Column:
    keeps = options & (_LIKE_GENERATED if column.generated else _LIKE_DEFAULTS)
    identity = column.identity if options & _LIKE_IDENTITY else None
    if identity:
        columns.add_sequence(draft, table, column.name)
    return replace(
        column,
        not_null=False,
        default=column.default if keeps else None,
        generated=column.generated if keeps else None,
        identity=identity,
    )


def _copy_like(draft: Draft, source: RelationName, name: RelationName, options: int) -> None:
    if source not in draft.tables:
        return
    table = draft.tables[source]
    for column in table.columns:
        if column.not_null:
            named = next((c for c in table.constraints if c.type == "not_null" and c.columns == (column.name,)), None)
            constraints.set_not_null(draft, name, column.name, named.name if named else None)
    for check in table.constraints if options & _LIKE_CONSTRAINTS else ():
        if check.type == "check":
            draft.add_constraint(name, replace(check, inherited=False, valid=check.enforced))
    for index in table.indexes if options & _LIKE_INDEXES else ():
        _copy_index(draft, table, index, name)


def _copy_index(draft: Draft, table: Table, index: Index, name: RelationName) -> None:
    copy = indexes.add_to_partition(draft, name, index)
    constraint = table.constraint(index.constraint or "")
    copied = replace(copy, parent=None, valid=True, constraint=copy.name.name if constraint else None)
    draft.change(name, indexes=tuple(copied if i is copy else i for i in draft.tables[name].indexes))
    if constraint is not None:
        draft.add_constraint(name, replace(constraint, name=copied.name.name, index=copied.name, inherited=False))


def _is_unlogged(created: CreateTable) -> bool:
    relation = None if created.query is not None else statement(created.sql).relation
    return relation is not None and relation.relpersistence == "u"


def _partition_columns(created: CreateTable) -> tuple[str, ...]:
    if created.partition_key is None:
        return ()
    parts = (item.partition_elem for item in statement(created.sql).partspec.part_params)
    return tuple(part.name for part in parts if part.name)


def drop(draft: Draft, dropped: DropTable) -> None:
    """DROP TABLE, with its partitions, sequences and, as CASCADE would, views and foreign keys that rest on it."""
    for name in draft.family(dropped.table):
        table = draft.tables[name]
        constraints.drop_references(draft, name)
        views.drop_all(draft, table.dependents)
        columns.drop_sequences(draft, name)
        draft.remove(name)
        if table.parent is not None and table.parent in draft.tables:
            siblings = draft.tables[table.parent].children
            draft.change(table.parent, children=tuple(c for c in siblings if c != name))


def rename(draft: Draft, renamed: RenameTable) -> None:
    """RENAME TO. Indexes, constraints and sequences keep their names."""
    _move(draft, renamed.table, RelationName(renamed.table.schema, renamed.new_name))


def set_schema(draft: Draft, moved: SetSchema) -> None:
    """SET SCHEMA, with the indexes and the sequences that the table owns."""
    if moved.table in draft.tables:
        into_schema(draft, moved.table, moved.schema)


def into_schema(draft: Draft, table: RelationName, schema: str) -> None:
    """Give a table another schema, with the indexes and the sequences that it owns."""
    for index in draft.tables[table].indexes:
        indexes.rename(draft, index.name, RelationName(schema, index.name.name))
    for sequence, _ in draft.owned(table):
        draft.rename_sequence(sequence, RelationName(schema, sequence.name))
    _move(draft, table, RelationName(schema, table.name))


def _move(draft: Draft, old: RelationName, new: RelationName) -> None:
    """Give a table another name, everywhere it is mentioned."""
    table = draft.remove(old)
    if table is None:
        return
    draft.put(_under(table, new))

    def name(relation: RelationName) -> RelationName:
        return new if relation == old else relation

    def constraint(c: TableConstraint) -> TableConstraint:
        if c.referenced != old:
            return c
        return replace(c, referenced=new, definition=c.definition and moved_definition(c.definition, {old: new}))

    def mentions(other: Table) -> Table:
        refers = any(c.referenced == old for c in other.constraints)
        if not refers and old != other.parent and old not in other.children and old not in other.dependents:
            return other
        return replace(
            other,
            constraints=tuple(constraint(c) for c in other.constraints) if refers else other.constraints,
            parent=new if other.parent == old else other.parent,
            children=tuple(name(child) for child in other.children),
            dependents=tuple(name(view) for view in other.dependents),
            column_dependents=tuple((column, name(view)) for column, view in other.column_dependents),
        )

    # A view may be a dependent of any table; a table is mentioned by its own family and its referrers.
    near = (new, *draft.lookup.referrers.get(old, ()), *table.children, *((table.parent,) if table.parent else ()))
    draft.change_each(mentions, None if table.kind in ("v", "m") else near)
    for sequence, column in draft.owned(old):
        draft.own(sequence, new, column)


def _under(table: Table, name: RelationName) -> Table:
    """Return the table under another name, which the definitions of its indexes and triggers say as well."""

    def definition(of: Index | Trigger) -> str:
        return moved(of.definition, {table.name: name}) if of.definition else ""

    return replace(
        table,
        name=name,
        indexes=tuple(replace(index, definition=definition(index)) for index in table.indexes),
        triggers=tuple(replace(trigger, definition=definition(trigger)) for trigger in table.triggers),
    )


def insert(draft: Draft, inserted: Insert) -> None:
    """INSERT: a page more, or as much as the tables hold that its rows come from; rows go to the first leaf."""
    sources = [draft.tables[leaf] for name in inserted.other_relations for leaf in draft.family(name)]
    leaves = [name for name in draft.family(inserted.table) if draft.tables[name].kind == "r"]
    if not leaves:
        return
    table = draft.tables[leaves[0]]
    size = max(_PAGE, sum(source.bytes for source in sources))
    rows = max(1.0, sum(source.rows for source in sources))
    draft.change(table.name, bytes=table.bytes + size, total_bytes=table.total_bytes + size, rows=table.rows + rows)


def truncate(draft: Draft, truncated: Truncate) -> None:
    """TRUNCATE: no rows and no bytes, also of partitions and, with CASCADE, of tables that refer to it."""
    waiting = list(truncated.tables)
    done: set[RelationName] = set()
    while waiting:
        first = waiting.pop()
        for name in draft.family(first, only=first in truncated.only):
            if name in done:
                continue
            done.add(name)
            emptied = tuple(replace(index, bytes=0) for index in draft.tables[name].indexes)
            draft.change(name, rows=0.0, bytes=0, total_bytes=0, live_rows=0, dead_rows=0, indexes=emptied)
            if truncated.cascade:
                refers = (t.name for t in draft.tables.values() if any(c.referenced == name for c in t.constraints))
                waiting.extend(refers)
