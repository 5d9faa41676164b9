"""The paths of what statements name: tables, columns, values, keys, constraints."""

from collections.abc import Iterable

from online_migrate.catalog.model import Catalog, Table, TableConstraint
from online_migrate.grammar import analysis
from online_migrate.grammar import statements as s
from online_migrate.grammar.definitions import Constraint
from online_migrate.plan.names import RelationName
from online_migrate.planner.paths import Path, Paths, Touches

# Stands for the values of some column: meets whatever writes rows as a whole, no single column's change.
ANY = "*"
# Types and functions, by name alone: whoever names one waits for what an earlier statement does to it.
OBJECT = "object"
# What is in a schema has another name once that has.
SCHEMA = "schema"
# What may have used a type or function until it was removed: those are dropped after it.
REMOVED = "removed"
# What the body of a function may mean: it is not known which tables its words are about.
WORD = "word"

Renamed = s.RenameType | s.RenameSequence | s.RenameSchema | s.RenameFunction


def exists_of(table: RelationName) -> Paths:
    """That a table is there, and what partitions and heirs it has."""
    return frozenset({(table, "exists"), (table, "children")})


def column_of(table: RelationName, column: str) -> Paths:
    """A column itself; whoever reads its values, default or nullability reads this path too."""
    return frozenset({(table, "column", column)})


def values_of(table: RelationName, columns: Iterable[str]) -> Paths:
    """Columns, and what rows hold in them."""
    return frozenset((table, what, c) for c in columns for what in ("column", "rows"))


def rows_of(tables: Iterable[RelationName], sql: str) -> Paths:
    """What a statement reads of the rows of some tables: the columns it mentions anywhere, or all for a whole row."""
    mentioned, whole = analysis.columns(sql), analysis.has_whole_rows(sql)
    paths: set[Path] = set()
    for table in tables:
        paths |= exists_of(table) | {(table, "rows", ANY)}
        paths |= {(table, "column"), (table, "rows")} if whole else values_of(table, mentioned)
    return frozenset(paths)


def keys_of(table: RelationName, touched: bool) -> Paths:
    """The unique keys of a table, which foreign keys and ON CONFLICT rest on."""
    return frozenset({(table, "keys")}) if touched else frozenset()


def key_of_index(index: RelationName, catalog: Catalog) -> Paths:
    """The unique keys of the table that an index is on, if it is unique: what makes one makes those of partitions."""
    owner = catalog.index_table(index)
    return keys_of(owner.name, any(i.unique for i in owner.indexes if i.name == index)) if owner else frozenset()


def named_of(table: RelationName, name: str) -> Paths:
    """A constraint by its name, and the index that may stand behind it."""
    return frozenset({(table, "constraint", name), (RelationName(table.schema, name),)})


def of_column(table: RelationName, column: str, catalog: Catalog) -> Paths:
    """The indexes, constraints and sequences of a column: what replaces the column makes each anew under its name."""
    found = catalog.table(table)
    if found is None:
        return frozenset()
    indexes = {(index.name,) for index in found.indexes if column in index.columns}
    sequences = {(name,) for name, owner in catalog.sequence_owners.items() if owner == (table, column)}
    constraints = (named_of(table, k.name) for k in found.constraints if column in k.columns)
    return frozenset[Path]({*indexes, *sequences}).union(*constraints)


def constraint_of(table: RelationName, constraint: Constraint) -> Touches:
    writes = named_of(table, constraint.name) if constraint.name else frozenset({(table, "constraint")})
    if constraint.using_index:
        writes |= {(RelationName(table.schema, constraint.using_index),)}
    if constraint.type in ("unique", "primary_key", "exclude"):
        writes |= {(table, "keys")}
    if constraint.type in ("primary_key", "not_null"):
        writes |= {(table, "nullability", c) for c in constraint.columns}
    values = values_of(table, (*constraint.columns, *constraint.include))
    return Touches(reads=values | references_of(constraint), writes=writes)


def without(table: RelationName, constraint: TableConstraint) -> Paths:
    """What is another thing once a constraint is gone."""
    paths = named_of(table, constraint.name) | keys_of(table, constraint.type in ("unique", "primary_key"))
    if constraint.type in ("primary_key", "not_null"):
        # While a column is in a primary key, nothing lets it be NULL.
        paths |= {(table, "nullability", c) for c in constraint.columns}
    return paths


def rests_of(constraint: TableConstraint, catalog: Catalog) -> Paths:
    """What a foreign key holds in place on the table it refers to until it is gone: the key, and the columns' types."""
    referenced, columns = constraint.referenced, constraint.referenced_columns
    table = catalog.table(referenced) if referenced is not None else None
    if table is None:
        return frozenset()
    keys = {(i.name,) for i in table.indexes if i.unique and set(i.key_columns) == set(columns)}
    return frozenset({*keys, *((table.name, "type", column) for column in columns)})


def references_of(constraint: Constraint) -> Paths:
    referenced = constraint.referenced
    if referenced is None:
        return frozenset()
    columns = values_of(referenced, constraint.referenced_columns)
    return exists_of(referenced) | columns | {(referenced, "keys"), (referenced, "rows", ANY)}


def behind_views(paths: Paths, catalog: Catalog) -> Paths:
    """The rows of the tables below each view whose rows are touched."""
    views = {path[0] for path in paths if path[1:2] == ("rows",)}
    views = {view for view in views if isinstance(view, RelationName) and _is_view(catalog.table(view))}
    if not views:
        return frozenset()
    return frozenset((t.name, "rows") for t in catalog.tables.values() if not views.isdisjoint(t.dependents))


def read_by(view: RelationName, catalog: Catalog) -> tuple[RelationName, ...]:
    """What a view reads, at any depth; nothing where there is no such view yet."""
    if not _is_view(catalog.table(view)):
        return ()
    return tuple(t.name for t in catalog.tables.values() if view in t.dependents)


def _is_view(table: Table | None) -> bool:
    return table is not None and table.kind in ("v", "m")


def with_descendants(paths: Paths, catalog: Catalog) -> Paths:
    """What is touched, of each partition and heir too."""
    below: Paths = frozenset(
        (child.name, *rest)
        for table, *rest in paths
        if isinstance(table, RelationName)
        for child in catalog.descendants(table)
    )
    return paths | below


def schemas_of(found: Touches, statement: s.Statement, named: Iterable[tuple[str, ...]]) -> set[str]:
    """Return the schemas of the relations that are touched, of what is named with one, and of what it is about.

    Args:
        named: the types, functions and collations in it, with the schema where that is written.
    """
    schemas = {path[0].schema for path in found.reads | found.writes if isinstance(path[0], RelationName)}
    schemas |= {path[-2] for path in named if len(path) > 1}
    about = (getattr(statement, word, None) for word in ("name", "type", "domain"))
    schemas |= {name.schema for name in about if isinstance(name, RelationName)}
    if isinstance(statement, s.Other) and statement.object_name is not None:
        schemas.add(statement.object_name.partition(".")[0])
    return schemas


def renamed_of(statement: Renamed, catalog: Catalog) -> Touches:
    """The names that a type, sequence, function or schema had and has."""
    match statement:
        case s.RenameType(type=old, new=new):
            return Touches(writes=frozenset({(OBJECT, old.name), (OBJECT, new.name)}))
        case s.RenameSequence(sequence=old, new=new):
            # Whoever puts a row in takes a number.
            owner = catalog.sequence_owners.get(old)
            defaults = {(owner[0], "default", owner[1])} if owner is not None else set()
            return Touches(reads=frozenset(defaults), writes=frozenset({(old,), (new,)}))
        case s.RenameSchema(schema=schema, new=name):
            return Touches(writes=frozenset({(SCHEMA, schema), (SCHEMA, name)}))
        case s.RenameFunction(name=name, new_name=new):
            return Touches(writes=frozenset({(OBJECT, name), (OBJECT, new or name)}))
