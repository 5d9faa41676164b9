"""Constraints: what adding, dropping, validating and renaming them leaves behind."""

from collections.abc import Iterable
from dataclasses import replace

from online_migrate.catalog.evolution import indexes, naming
from online_migrate.catalog.evolution.draft import Draft
from online_migrate.catalog.model import Index, Table, TableConstraint
from online_migrate.grammar.compose import Columns, Identifier, Part, compose, quote
from online_migrate.grammar.definitions import Constraint
from online_migrate.plan.names import RelationName

_LABELS = {"primary_key": "pkey", "unique": "key", "exclude": "excl", "check": "check", "foreign_key": "fkey"}


def add(draft: Draft, table: RelationName, constraint: Constraint, only: bool = False) -> None:
    """ADD CONSTRAINT, on the table and on what inherits it."""
    if table not in draft.tables:
        return
    match constraint.type:
        case "not_null":
            for column in constraint.columns:
                set_not_null(draft, table, column, constraint.name, only=only or constraint.no_inherit)
                if constraint.not_valid and (added := _not_null_of(draft.tables[table], column)):
                    _change(draft, table, added.name, valid=False)
        case "check" | "foreign_key":
            _add_checked(draft, table, constraint, only)
        case _ if constraint.using_index:
            _adopt_index(draft, table, constraint, constraint.using_index)
        case _:
            _add_indexed(draft, table, constraint)


def _add_checked(draft: Draft, table: RelationName, constraint: Constraint, only: bool) -> None:
    referenced_columns = constraint.referenced_columns
    referenced = draft.tables.get(constraint.referenced) if constraint.referenced is not None else None
    if referenced is not None and not referenced_columns:
        key = referenced.primary_key
        referenced_columns = key.columns if key else ()
    columns = tuple(dict.fromkeys(constraint.columns))
    added = TableConstraint(
        name=constraint.name or _chosen_name(draft, table, constraint.type, columns),
        type=constraint.type,
        columns=columns,
        valid=not (constraint.not_valid or constraint.not_enforced),
        enforced=not constraint.not_enforced,
        definition=constraint.definition,
        expression=constraint.expression,
        referenced=constraint.referenced,
        referenced_columns=referenced_columns,
        no_inherit=constraint.no_inherit,
    )
    draft.add_constraint(table, added)
    if only or constraint.no_inherit:
        return
    # A foreign key goes to partitions only, a CHECK to whatever inherits.
    if constraint.type == "check" or draft.tables[table].kind == "p":
        for child in draft.family(table)[1:]:
            inherit(draft, child, added)


def inherit(draft: Draft, child: RelationName, constraint: TableConstraint) -> None:
    """Give a child the CHECK or foreign key of its parent; one that it has by that name becomes inherited."""
    table = draft.tables[child]
    own = table.constraint(constraint.name)
    if own is None:
        draft.add_constraint(child, replace(constraint, inherited=True))
    elif table.is_partition:
        replace_constraint(draft, child, own, replace(own, inherited=True))


def _index_definition(table: RelationName, name: str, constraint: Constraint) -> str:
    """Return the definition of a constraint's index as the catalog shows it; that of an exclusion is not known."""
    if constraint.type == "exclude":
        return ""
    template = "CREATE UNIQUE INDEX {name} ON {table} USING btree ({columns})"
    parts: dict[str, Part] = {"name": Identifier(name), "table": table, "columns": Columns(constraint.columns)}
    if constraint.include:
        template += " INCLUDE ({include})"
        parts["include"] = Columns(constraint.include)
    return compose(template + (" NULLS NOT DISTINCT" if constraint.nulls_not_distinct else ""), **parts)


def _add_indexed(draft: Draft, table: RelationName, constraint: Constraint) -> None:
    name = constraint.name or _chosen_name(draft, table, constraint.type, (*constraint.columns, *constraint.include))
    primary = constraint.type == "primary_key"
    if primary:
        for column in constraint.columns:
            set_not_null(draft, table, column)
    words = constraint.definition.split()
    index = Index(
        name=RelationName(table.schema, name),
        columns=(*constraint.columns, *constraint.include),
        key_columns=constraint.columns,
        included=constraint.include,
        unique=constraint.type != "exclude",
        primary=primary,
        method=words[2] if constraint.type == "exclude" and words[1] == "USING" else "btree",
        definition=_index_definition(table, name, constraint),
        constraint=name,
        nulls_not_distinct=constraint.nulls_not_distinct,
    )
    draft.add_index(table, index)
    _add_of_index(draft, table, constraint, index)
    if draft.tables[table].kind == "p":
        for child in draft.tables[table].children:
            add_indexed_to_partition(draft, child, index, draft.tables[table].constraints[-1])


def _add_of_index(draft: Draft, table: RelationName, constraint: Constraint, index: Index) -> None:
    columns = tuple(name for name in index.key_columns if name is not None)
    added = TableConstraint(
        name=index.name.name,
        type=constraint.type,
        columns=columns,
        definition=constraint.definition,
        index=index.name,
    )
    draft.add_constraint(table, added)


def add_indexed_to_partition(
    draft: Draft, partition: RelationName, parent_index: Index, constraint: TableConstraint
) -> None:
    """Give a partition, and those below it, their part of the parent's primary key or unique constraint."""
    if constraint.type == "primary_key":
        above = draft.tables[partition].parent
        parent = draft.tables.get(above) if above is not None else None
        for column in constraint.columns:
            not_null = _not_null_of(parent, column) if parent is not None else None
            set_not_null(draft, partition, column, not_null.name if not_null else None, only=True)
    table = draft.tables[partition]
    index = indexes.add_to_partition(draft, partition, replace(parent_index))
    index = replace(index, constraint=index.constraint or index.name.name)
    draft.change(
        partition, indexes=tuple(index if i.name == index.name else i for i in draft.tables[partition].indexes)
    )
    own = table.constraint(index.constraint or "")
    if own is None:
        added = replace(constraint, name=index.name.name, index=index.name, inherited=True)
        draft.add_constraint(partition, added)
    else:
        added = replace(own, inherited=True)
        replace_constraint(draft, partition, own, added)
    if table.kind == "p":
        for child in table.children:
            add_indexed_to_partition(draft, child, index, added)


def drop_of_partitions(draft: Draft, table: RelationName, index: RelationName) -> None:
    """Take away what a table's partitions have of one of its indexes, and the keys that rest on it."""
    gone = indexes.below(draft, table, index)
    for member in draft.family(table):
        kept = tuple(c for c in draft.tables[member].constraints if c.index not in gone)
        draft.change(member, constraints=kept)
    indexes.remove(draft, gone)


def _adopt_index(draft: Draft, table: RelationName, constraint: Constraint, index_name: str) -> None:
    old = RelationName(table.schema, index_name)
    new = RelationName(table.schema, constraint.name or index_name)
    indexes.rename(draft, old, new)
    index = next((i for i in draft.tables[table].indexes if i.name == new), None)
    if index is None:
        return
    adopted = replace(index, constraint=new.name, primary=constraint.type == "primary_key")
    draft.change(table, indexes=tuple(adopted if i is index else i for i in draft.tables[table].indexes))
    if adopted.primary:
        for column in index.columns:
            set_not_null(draft, table, column)
    _add_of_index(draft, table, constraint, adopted)


def _chosen_name(draft: Draft, table: RelationName, type_: str, columns: Iterable[str]) -> str:
    named = tuple(columns)
    # A CHECK of several columns is named by the table alone.
    anonymous = type_ == "primary_key" or (type_ == "check" and len(named) != 1)
    return draft.choose(table, None if anonymous else naming.joined(named), _LABELS[type_])


def set_not_null(draft: Draft, table: RelationName, column: str, name: str | None = None, only: bool = False) -> None:
    """SET NOT NULL; since PostgreSQL 18 that is a constraint with a name, the same one in the tables below."""
    inherited = False
    for member in draft.family(table, only=only):
        current = draft.tables[member]
        if current.column(column) is None:
            continue
        draft.change_column(member, column, not_null=True)
        if not draft.names_not_nulls or current.kind not in ("r", "p", "f"):
            continue
        existing = _not_null_of(current, column)
        if existing is not None:
            name = existing.name if name is None else name
            is_inherited = existing.inherited or (inherited and current.is_partition)
            replace_constraint(draft, member, existing, replace(existing, valid=True, inherited=is_inherited))
        else:
            name = name or draft.choose(table, column, "not_null")
            definition = "NOT NULL " + quote(column)
            added = TableConstraint(
                name=name, type="not_null", columns=(column,), definition=definition, inherited=inherited
            )
            draft.add_constraint(member, added)
        inherited = True


def drop_not_null(draft: Draft, table: RelationName, column: str, only: bool = False) -> None:
    """DROP NOT NULL, with the constraint that stands for it."""
    for member in draft.family(table, only=only):
        draft.change_column(member, column, not_null=False)
        constraint = _not_null_of(draft.tables[member], column)
        if constraint is not None:
            _remove(draft, member, constraint)


def drop(draft: Draft, table: RelationName, name: str, only: bool = False) -> None:
    """DROP CONSTRAINT, with its index, its parts in partitions and, as CASCADE would, what rests on it."""
    constraint = draft.tables[table].constraint(name) if table in draft.tables else None
    if constraint is None:
        return
    children = () if only else draft.tables[table].children
    for child in children:
        part = _part_of(draft.tables[child], constraint)
        if part is not None:
            drop(draft, child, part.name)
    _remove(draft, table, constraint)
    if constraint.type == "not_null":
        for column in constraint.columns:
            draft.change_column(table, column, not_null=False)
    if constraint.type in ("primary_key", "unique"):
        drop_references(draft, table, frozenset(constraint.columns))


def _part_of(child: Table, constraint: TableConstraint) -> TableConstraint | None:
    """Return the constraint of a child that came from one of its parent."""
    if constraint.index is not None:
        index = next((i for i in child.indexes if i.parent == constraint.index), None)
        return child.constraint(index.constraint) if index and index.constraint else None
    own = child.constraint(constraint.name)
    return own if own is not None and own.inherited else None


def drop_references(draft: Draft, table: RelationName, columns: frozenset[str] | None = None) -> None:
    """Remove the foreign keys of other tables to a table, or to exactly those columns of it."""

    def without(other: Table) -> Table:
        kept = tuple(
            c
            for c in other.constraints
            if c.type != "foreign_key"
            or c.referenced != table
            or (columns is not None and frozenset(c.referenced_columns) != columns)
        )
        return other if len(kept) == len(other.constraints) else replace(other, constraints=kept)

    draft.change_each(without, draft.lookup.referrers.get(table, ()))


def validate(draft: Draft, table: RelationName, name: str) -> None:
    """VALIDATE CONSTRAINT, on the table and on what inherits it."""
    for member in draft.family(table):
        _change(draft, member, name, valid=True)


def rename(draft: Draft, table: RelationName, old: str, new: str) -> None:
    """RENAME CONSTRAINT, with its index and with the constraint's copies in the tables below."""
    constraint = draft.tables[table].constraint(old) if table in draft.tables else None
    if constraint is None:
        return
    if constraint.index is not None:
        indexes.rename(draft, constraint.index, RelationName(table.schema, new))
        return
    members = (table,) if constraint.type == "foreign_key" else draft.family(table)
    for member in members:
        _change(draft, member, old, name=new)


def _not_null_of(table: Table, column: str) -> TableConstraint | None:
    return next((c for c in table.constraints if c.type == "not_null" and c.columns == (column,)), None)


def _change(draft: Draft, table: RelationName, changed: str, **fields: object) -> None:
    constraint = draft.tables[table].constraint(changed)
    if constraint is not None:
        replace_constraint(draft, table, constraint, replace(constraint, **fields))  # type: ignore[arg-type]


def _remove(draft: Draft, table: RelationName, constraint: TableConstraint) -> None:
    current = draft.tables[table]
    draft.change(
        table,
        constraints=tuple(c for c in current.constraints if c is not constraint),
        indexes=tuple(i for i in current.indexes if constraint.index is None or i.name != constraint.index),
    )


def replace_constraint(draft: Draft, table: RelationName, old: TableConstraint, new: TableConstraint) -> None:
    """Put a constraint in the place of another."""
    draft.change(table, constraints=tuple(new if c is old else c for c in draft.tables[table].constraints))
