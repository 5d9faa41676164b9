"""Columns: what adding, dropping, renaming and altering them leaves behind."""

from dataclasses import replace
from typing import Literal

from online_migrate.catalog.evolution import constraints, partitions, views
from online_migrate.catalog.evolution.draft import Draft
from online_migrate.catalog.model import Column, Index, Table, TableConstraint
from online_migrate.catalog.type_names import canonical
from online_migrate.grammar.columns import is_string
from online_migrate.grammar.compose import Expression, TypeName, compose_expression
from online_migrate.grammar.definitions import ColumnDefinition
from online_migrate.grammar.statements import AddColumn, AlterType, DropColumn, DropDefault, RenameColumn, SetDefault
from online_migrate.plan.names import RelationName


def add(draft: Draft, statement: AddColumn) -> None:
    """ADD COLUMN, on the table and on what inherits it."""
    table, definition = statement.table, statement.column
    if table not in draft.tables or draft.tables[table].column(definition.name) is not None:
        return
    column = of_definition(draft, table, definition)
    for member in draft.family(table, only=statement.only):
        append(draft, member, column)
    complete(draft, table, definition)


def append(draft: Draft, table: RelationName, column: Column) -> None:
    """Put a column after the others; a column of that name that is there already stays."""
    columns = draft.tables[table].columns
    if all(existing.name != column.name for existing in columns):
        position = max((c.position for c in columns), default=0) + 1
        draft.change(table, columns=(*columns, replace(column, position=position)))


def of_definition(draft: Draft, table: RelationName, definition: ColumnDefinition) -> Column:
    """Return the column that a definition makes, and make the sequence that it needs."""
    default = definition.generation_expression or definition.default
    if definition.serial or definition.identity:
        sequence = add_sequence(draft, table, definition.name)
        if definition.serial:
            default = f"nextval('{sequence}'::regclass)"
    type_ = canonical(definition.type, draft.catalog)
    return Column(
        name=definition.name,
        type=type_,
        default=_as_stored(default, type_) if default is not None else None,
        collation=_collation(definition.collation),
        generated=definition.generated,
        identity=definition.identity,
    )


def complete(draft: Draft, table: RelationName, definition: ColumnDefinition) -> None:
    """Add what a column's definition says besides its type: NOT NULL and its constraints."""
    if definition.not_null:
        constraints.set_not_null(draft, table, definition.name)
    for constraint in definition.constraints:
        constraints.add(draft, table, constraint)


def add_sequence(draft: Draft, table: RelationName, column: str) -> RelationName:
    """Make the sequence of a serial or identity column."""
    name = draft.choose(table, column, "seq")
    sequence = RelationName(table.schema, name)
    draft.sequences |= {sequence}
    draft.own(sequence, table, column)
    return sequence


def drop_sequences(draft: Draft, table: RelationName, column: str | None = None) -> None:
    """Drop the sequences that a column owns, or any column of the table."""
    for sequence, owned in draft.owned(table):
        if column in (None, owned):
            draft.disown(sequence)
            draft.sequences -= {sequence}


def drop(draft: Draft, statement: DropColumn) -> None:
    """DROP COLUMN, with the indexes, constraints, sequences and, as CASCADE would, the views that contain it."""
    remove(draft, statement.table, statement.column, only=statement.only)


def remove(draft: Draft, table_name: RelationName, column: str, only: bool = False) -> None:
    """Take a column out of a table and of what inherits it, with all that rests on it."""
    for member in draft.family(table_name, only=only):
        table = draft.tables[member]
        if table.column(column) is None:
            continue
        for index in table.indexes:
            if index.unique and column in index.key_columns:
                constraints.drop_references(draft, member, frozenset(index.columns))
        views.drop_all(draft, [view for name, view in table.column_dependents if name == column])
        table = draft.tables[member]
        draft.change(
            member,
            columns=tuple(c for c in table.columns if c.name != column),
            indexes=tuple(i for i in table.indexes if column not in i.columns),
            constraints=tuple(c for c in table.constraints if column not in c.columns),
            triggers=tuple(t for t in table.triggers if column not in t.columns),
        )
        drop_sequences(draft, member, column)


def alter_type(draft: Draft, statement: AlterType) -> None:
    """ALTER COLUMN ... TYPE, on the table and on what inherits it."""
    type_ = canonical(statement.type, draft.catalog)
    for member in draft.family(statement.table, only=statement.only):
        draft.change_column(member, statement.column, type=type_, collation=_collation(statement.collation))
    partitions.rebuild_indexes(draft, statement.table, statement.column)


def set_default(draft: Draft, statement: SetDefault) -> None:
    """SET DEFAULT, on the table and on what inherits it."""
    for member in draft.family(statement.table, only=statement.only):
        column = draft.tables[member].column(statement.column)
        default = _as_stored(statement.default, column.type) if column is not None else statement.default
        draft.change_column(member, statement.column, default=default)


def drop_default(draft: Draft, statement: DropDefault) -> None:
    """DROP DEFAULT, on the table and on what inherits it."""
    for member in draft.family(statement.table, only=statement.only):
        draft.change_column(member, statement.column, default=None)


def set_identity(draft: Draft, table: RelationName, column: str, identity: Literal["always", "by default"]) -> None:
    """ADD GENERATED ... AS IDENTITY, and SET GENERATED of a column that is one."""
    current = draft.tables[table].column(column)
    if current is not None and current.identity is None:
        add_sequence(draft, table, column)
    for member in draft.family(table):
        draft.change_column(member, column, identity=identity)


def drop_identity(draft: Draft, table: RelationName, column: str) -> None:
    """DROP IDENTITY, with its sequence."""
    drop_sequences(draft, table, column)
    for member in draft.family(table):
        draft.change_column(member, column, identity=None)


def rename(draft: Draft, statement: RenameColumn) -> None:
    """RENAME COLUMN, in everything that lists columns. Texts of expressions keep the old name."""
    rename_in(draft, draft.family(statement.table, only=statement.only), statement.column, statement.new_name)


def rename_in(draft: Draft, family: tuple[RelationName, ...], old: str, new: str) -> None:
    """Rename a column of some tables."""
    for member in family:
        draft.put(_renamed(draft.tables[member], old, new))
    referrers = [name for member in family for name in draft.lookup.referrers.get(member, ())]
    draft.change_each(lambda table: _references_renamed(table, frozenset(family), old, new), referrers)
    for member in family:
        for sequence, owned in draft.owned(member):
            if owned == old:
                draft.own(sequence, member, new)


def _renamed(table: Table, old: str, new: str) -> Table:
    def names(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in columns)

    def index(i: Index) -> Index:
        keys = tuple(new if name == old else name for name in i.key_columns)
        return replace(i, columns=names(i.columns), key_columns=keys, included=names(i.included))

    def constraint(c: TableConstraint) -> TableConstraint:
        return replace(c, columns=names(c.columns)) if old in c.columns else c

    return replace(
        table,
        columns=tuple(replace(c, name=new) if c.name == old else c for c in table.columns),
        indexes=tuple(index(i) if old in i.columns else i for i in table.indexes),
        constraints=tuple(constraint(c) for c in table.constraints),
        triggers=tuple(replace(t, columns=names(t.columns)) if old in t.columns else t for t in table.triggers),
        partition_columns=names(table.partition_columns),
        column_dependents=tuple((new if name == old else name, view) for name, view in table.column_dependents),
    )


def _references_renamed(table: Table, referenced: frozenset[RelationName], old: str, new: str) -> Table:
    def changed(c: TableConstraint) -> TableConstraint:
        if c.referenced not in referenced or old not in c.referenced_columns:
            return c
        return replace(c, referenced_columns=tuple(new if name == old else name for name in c.referenced_columns))

    changes = tuple(changed(c) for c in table.constraints)
    same = all(a is b for a, b in zip(changes, table.constraints, strict=True))
    return table if same else replace(table, constraints=changes)


def _as_stored(default: str, type_: str) -> str:
    """Return a default with the type that a string in quotes is of from then on, whatever the column becomes later."""
    base = type_.partition("(")[0]
    if base not in ("text", "character varying") or not is_string(default):
        return default
    return compose_expression("{default}::{type}", default=Expression(default), type=TypeName(base))


def _collation(name: str | None) -> str | None:
    return name.rsplit(".", 1)[-1] if name else None
