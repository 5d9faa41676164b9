"""What a statement reads and writes, as paths of objects, so that steps can be put in an order that is safe."""

from dataclasses import replace
from functools import singledispatch

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import analysis, sequences
from online_migrate.grammar import statements as s
from online_migrate.grammar.names import words_in_body
from online_migrate.grammar.predicates import comments_on_part, grantees
from online_migrate.plan.names import RelationName
from online_migrate.planner.objects import (
    OBJECT,
    SCHEMA,
    Renamed,
    behind_views,
    column_of,
    constraint_of,
    exists_of,
    key_of_index,
    keys_of,
    named_of,
    of_column,
    read_by,
    references_of,
    renamed_of,
    rests_of,
    rows_of,
    schemas_of,
    values_of,
    with_descendants,
    without,
)
from online_migrate.planner.paths import BARRIER, Path, Paths, Touches

# What may have used a type or function until it was removed: those are dropped after it.
_REMOVED = "removed"
# What the body of a function may mean: it is not known which tables its words are about.
_WORD = "word"
_CHANGE_CHILDREN = frozenset(
    {"AttachPartition", "DetachPartition", "DetachPartitionFinalize", "AddInherit", "DropInherit"}
)
# What an UPDATE before or after them does is another thing.
_CHANGE_ROWS = frozenset({"trigger", "rule"})
_TRIGGERS_ON_AND_OFF = ("Enable", "Disable")
_ROW_SECURITY = "RowSecurity"
_IDENTITY = "Identity"
_REST_ON_AN_INDEX = frozenset({"ReplicaIdentity", "ClusterOn"})
_RELATIONS = frozenset({"view", "materialized_view", "sequence", "foreign_table"})


def touches(statement: s.Statement, catalog: Catalog) -> Touches:
    """Return what a statement touches, on the catalog as it finds it; unknown statements are barriers.

    What is done to a table is done to its partitions and to the tables that inherit from it; what is done to
    the rows of a view is done to those of the tables below it.
    """
    found = _touches(statement, catalog)
    named = analysis.object_paths(statement.sql) if statement.sql else ()
    if found == BARRIER:
        return replace(found, reads=frozenset((SCHEMA, schema) for schema in schemas_of(found, statement, named)))
    reads = found.reads | {(OBJECT, path[-1]) for path in named}
    reads |= {(SCHEMA, schema) for schema in schemas_of(found, statement, named)}
    if catalog.sequences and (names := sequences.called(statement.sql)):
        reads |= {(sequence,) for sequence in catalog.sequences if sequence.name in names}
    reads, writes = (paths | behind_views(paths, catalog) for paths in (reads, found.writes))
    return replace(found, reads=with_descendants(reads, catalog), writes=with_descendants(writes, catalog))


@singledispatch
def _touches(statement: s.Statement, catalog: Catalog) -> Touches:
    return BARRIER


# --- columns ---------------------------------------------------------------------------------------


@_touches.register
def _(statement: s.AddColumn, catalog: Catalog) -> Touches:
    t, column = statement.table, statement.column
    inline = [constraint_of(t, constraint) for constraint in column.constraints]
    # PostgreSQL changes the type of no column that a generated one is computed from.
    sources = analysis.columns(column.generation_expression) if column.generation_expression else ()
    computed = (column_of(t, source) for source in sources)
    return Touches(
        reads=exists_of(t).union(*computed, *(i.reads for i in inline)),
        writes=column_of(t, column.name).union(*(i.writes for i in inline)),
    )


@_touches.register
def _(statement: s.DropColumn, catalog: Catalog) -> Touches:
    t, name = statement.table, statement.column
    found = catalog.table(t)
    indexes = {(i.name,) for i in found.indexes if name in i.columns} if found else set()
    constraints = [k for k in found.constraints if name in k.columns] if found else []
    reads = exists_of(t) | {(t, "dependents"), (t, "nullability", name)}
    writes = column_of(t, name) | indexes | {(_REMOVED, f"{t}.{name}")}
    return Touches(
        reads=reads.union(*(rests_of(k, catalog) for k in constraints)),
        writes=writes.union(*(without(t, k) for k in constraints)),
    )


@_touches.register
def _(statement: s.AlterType, catalog: Catalog) -> Touches:
    t, name = statement.table, statement.column
    reads = exists_of(t) | {(t, "dependents"), (t, "default", name), (t, "rows", name)}
    found = catalog.table(t)
    # A key that is made anew: nobody may come to refer to the one there was.
    keys = keys_of(t, found is not None and any(i.unique and name in i.columns for i in found.indexes))
    writes = column_of(t, name) | keys | {(t, "type", name), (_REMOVED, f"{t}.{name}")}
    return Touches(reads=reads | of_column(t, name, catalog), writes=writes)


@_touches.register(s.SetDefault)
@_touches.register(s.DropDefault)
def _(statement: s.SetDefault | s.DropDefault, catalog: Catalog) -> Touches:
    t, name = statement.table, statement.column
    writes = frozenset({(t, "default", name), (_REMOVED, f"{t}.{name} default")})
    return Touches(reads=exists_of(t) | {(t, "column", name)}, writes=writes)


@_touches.register
def _(statement: s.SetNotNull, catalog: Catalog) -> Touches:
    t, name = statement.table, statement.column
    found = catalog.table(t)
    # What proves that there is no NULL, so that no row is read for it.
    proofs = (
        {(t, "constraint", k.name) for k in found.constraints if k.type == "check" and name in k.columns}
        if found
        else set()
    )
    reads = exists_of(t) | values_of(t, [name]) | proofs
    return Touches(reads=reads, writes=frozenset({(t, "nullability", name)}))


@_touches.register
def _(statement: s.DropNotNull, catalog: Catalog) -> Touches:
    t, name = statement.table, statement.column
    return Touches(reads=exists_of(t) | {(t, "column", name)}, writes=frozenset({(t, "nullability", name)}))


@_touches.register
def _(statement: s.RenameColumn, catalog: Catalog) -> Touches:
    t, new = statement.table, statement.new_name
    return Touches(
        reads=exists_of(t),
        writes=column_of(t, statement.column) | column_of(t, new) | {(_WORD, new)},
    )


# --- constraints and indexes -------------------------------------------------------------------------


@_touches.register
def _(statement: s.AddConstraint, catalog: Catalog) -> Touches:
    inner = constraint_of(statement.table, statement.constraint)
    return Touches(reads=exists_of(statement.table) | inner.reads, writes=inner.writes)


@_touches.register
def _(statement: s.DropConstraint, catalog: Catalog) -> Touches:
    t, name = statement.table, statement.name
    found = catalog.table(t)
    constraint = found.constraint(name) if found else None
    if constraint is None:
        return Touches(reads=exists_of(t), writes=named_of(t, name))
    return Touches(reads=exists_of(t) | rests_of(constraint, catalog), writes=without(t, constraint))


@_touches.register
def _(statement: s.ValidateConstraint, catalog: Catalog) -> Touches:
    t = statement.table
    return Touches(reads=exists_of(t) | {(t, "rows"), (t, "constraint", statement.name)})


@_touches.register
def _(statement: s.RenameConstraint, catalog: Catalog) -> Touches:
    t = statement.table
    writes = named_of(t, statement.name) | named_of(t, statement.new_name)
    # What NOT NULL is from 18 on has a name as well.
    return Touches(reads=exists_of(t) | {(t, "nullability")}, writes=writes)


@_touches.register
def _(statement: s.CreateIndex, catalog: Catalog) -> Touches:
    t = statement.table
    index: Paths = frozenset({(t, "index", statement.name or "")})
    if statement.name:
        index |= {(RelationName(t.schema, statement.name),)}
    values = values_of(t, (*statement.columns, *statement.include))
    return Touches(reads=exists_of(t) | values, writes=keys_of(t, statement.unique) | index)


@_touches.register
def _(statement: s.DropIndex, catalog: Catalog) -> Touches:
    owner = catalog.index_table(statement.index)
    on_table = key_of_index(statement.index, catalog)
    if owner is not None:
        on_table |= {(owner.name, "index", statement.index.name)}
    return Touches(writes=on_table | {(statement.index,)})


@_touches.register
def _(statement: s.RenameIndex, catalog: Catalog) -> Touches:
    renamed = RelationName(statement.index.schema, statement.new_name)
    owner = catalog.index_table(statement.index)
    on_table: Paths = frozenset()
    if owner is not None:
        # What is of a constraint gives that its new name too.
        for name in (statement.index.name, statement.new_name):
            on_table |= named_of(owner.name, name) | {(owner.name, "index", name)}
    return Touches(reads=key_of_index(statement.index, catalog), writes=on_table | {(statement.index,), (renamed,)})


# --- tables ------------------------------------------------------------------------------------------


@_touches.register
def _(statement: s.CreateTable, catalog: Catalog) -> Touches:
    if statement.query is not None:
        rows = rows_of(analysis.relations(statement.query), statement.query)
        return Touches(reads=rows, writes=frozenset({(statement.table,)}), barrier=True)
    inline = (k for column in statement.columns for k in column.constraints)
    reads = [references_of(constraint) for constraint in (*statement.constraints, *inline)]
    reads += [frozenset({(p, "nullability"), (p, "default")}) for p in statement.like]
    parents = (*statement.inherits, *statement.like, *filter(None, [statement.partition_of]))
    reads += [frozenset({(p,)}) for p in parents]
    writes = {(statement.table,), *((p, "children") for p in (*statement.inherits, statement.partition_of) if p)}
    return Touches(reads=frozenset().union(*reads), writes=frozenset(writes))


@_touches.register
def _(statement: s.DropTable, catalog: Catalog) -> Touches:
    t = statement.table
    foreign_keys: Paths = frozenset(
        (other.name, "constraint", k.name) for other, k in catalog.referencing(t) if other.name != t
    )
    found = catalog.table(t)
    parent: Paths = frozenset({(found.parent, "children")}) if found and found.parent else frozenset()
    own = (rests_of(k, catalog) for k in found.constraints) if found else ()
    reads: Paths = frozenset({(t, "dependents")}).union(*own)
    return Touches(reads=reads, writes=foreign_keys | parent | {(t,), (_REMOVED, str(t))})


@_touches.register
def _(statement: s.RenameTable, catalog: Catalog) -> Touches:
    t = statement.table
    return Touches(writes=frozenset({(t,), (RelationName(t.schema, statement.new_name),)}))


@_touches.register
def _(statement: s.SetSchema, catalog: Catalog) -> Touches:
    t = statement.table
    return Touches(writes=frozenset({(t,), (RelationName(statement.schema, t.name),)}))


@_touches.register
def _(statement: s.AlterTableOther, catalog: Catalog) -> Touches:
    t, other = statement.table, statement.other
    what: Path = (t, "column", statement.column) if statement.column else (t, statement.subcommand)
    if statement.subcommand in _CHANGE_CHILDREN:
        what = (t,)
    others: set[Path] = {(other,)} if other is not None else set()
    if statement.subcommand.endswith(_IDENTITY) and statement.column:
        others.add((t, "identity", statement.column))
    if statement.subcommand.endswith(_ROW_SECURITY):
        what = (t, _ROW_SECURITY)
    elif statement.subcommand.startswith(_TRIGGERS_ON_AND_OFF):
        others.add((t, "rows"))
    # The index, and the NOT NULL of its columns, that REPLICA IDENTITY USING INDEX and CLUSTER ON rest on.
    rests = {(t, "index"), (t, "keys"), (t, "nullability")} if statement.subcommand in _REST_ON_AN_INDEX else set()
    return Touches(reads=exists_of(t) | rests, writes=frozenset({what, *others}))


@_touches.register
def _(statement: s.CreateTrigger, catalog: Catalog) -> Touches:
    t = statement.table
    return Touches(
        reads=exists_of(t) | {(t, "column")}, writes=frozenset({(t, "trigger", statement.name), (t, "rows")})
    )


# --- rows --------------------------------------------------------------------------------------------


@_touches.register
def _(statement: s.Update, catalog: Catalog) -> Touches:
    t = statement.table
    assigned = frozenset((t, "column", c) for c in statement.assigned_columns)
    reads = assigned | values_of(t, (*statement.reads_columns, *statement.where_columns))
    rows = frozenset((t, "rows", c) for c in statement.assigned_columns)
    return Touches(reads=reads | rows_of((t, *statement.other_relations), statement.sql), writes=rows)


@_touches.register
def _(statement: s.Delete, catalog: Catalog) -> Touches:
    t = statement.table
    reads = rows_of((t, *statement.other_relations), statement.sql)
    return Touches(reads=reads, writes=frozenset({(t, "rows")}))


@_touches.register
def _(statement: s.Insert, catalog: Catalog) -> Touches:
    t = statement.table
    columns: Paths = frozenset((t, "column", c) for c in statement.columns) or frozenset({(t, "column")})
    found = catalog.table(t)
    unnamed = {c.name for c in found.columns} - set(statement.columns) if found and statement.columns else set()
    reads = exists_of(t) | columns | {(t, "keys")} | {(t, "default", c) for c in unnamed}
    return Touches(reads=reads | rows_of(statement.other_relations, statement.sql), writes=frozenset({(t, "rows")}))


@_touches.register
def _(statement: s.Truncate, catalog: Catalog) -> Touches:
    return Touches(
        reads=frozenset().union(*map(exists_of, statement.tables)),
        writes=frozenset((t, "rows") for t in statement.tables),
    )


@_touches.register
def _(statement: s.Select, catalog: Catalog) -> Touches:
    reads = rows_of(statement.relations, statement.sql)
    if statement.writes or statement.functions:
        return Touches(reads=frozenset(path for path in reads if path[1] == "column"), barrier=True)
    return Touches(reads=reads)


@_touches.register
def _(statement: s.RefreshMaterializedView, catalog: Catalog) -> Touches:
    return Touches(reads=exists_of(statement.view), writes=frozenset({(statement.view, "rows")}))


# --- types, views and the rest -------------------------------------------------------------------------


@_touches.register
def _(statement: s.CreateType, catalog: Catalog) -> Touches:
    return Touches(writes=frozenset({(OBJECT, statement.name.name)}))


@_touches.register
def _(statement: s.AddEnumValue, catalog: Catalog) -> Touches:
    return Touches(writes=frozenset({(OBJECT, statement.type.name)}))


@_touches.register
def _(statement: s.RenameEnumValue, catalog: Catalog) -> Touches:
    # What says the new word of a column need not name its type.
    enum = catalog.types.get(statement.type)
    columns = frozenset((t, "column", c) for t, c in enum.used_by) if enum is not None else frozenset()
    return Touches(writes=columns | {(OBJECT, statement.type.name)})


@_touches.register
def _(statement: Renamed, catalog: Catalog) -> Touches:
    return renamed_of(statement, catalog)


@_touches.register
def _(statement: s.AlterDomain, catalog: Catalog) -> Touches:
    user_type = catalog.types.get(statement.domain)
    used_by = user_type.used_by if user_type is not None else ()
    reads = frozenset((table, "rows", column) for table, column in used_by)
    return Touches(reads=reads, writes=frozenset({(OBJECT, statement.domain.name)}))


@_touches.register
def _(statement: s.Other, catalog: Catalog) -> Touches:
    named = statement.relations
    if statement.opaque or not (named or statement.object_name):
        return BARRIER
    # An index is there once its table is.
    owners = [owner.name for owner in map(catalog.index_table, named) if owner is not None]
    reads = frozenset(path for r in (*named, *owners) for path in (*exists_of(r), (r, "column")))
    if statement.tag in ("grant", "revoke"):
        on: tuple[RelationName | str, ...] = named or (*catalog.tables, statement.object_name or "")
        return Touches(reads=reads, writes=frozenset((r, "rights", g) for r in on for g in grantees(statement.sql)))
    if statement.tag == "comment":
        # It may be on a constraint, also on the one that NOT NULL is from 18 on.
        parts = ("constraint", "nullability", "trigger", "policy", "rule") if comments_on_part(statement.sql) else ()
        return Touches(reads=reads | {(r, part) for r in named for part in parts})
    verb, _, word = statement.tag.partition("_")
    if named and word in _RELATIONS:
        seen_by = {(name, "dependents") for name in read_by(named[0], catalog)}
        removed = frozenset({(_REMOVED, str(named[0]))} if verb == "drop" else set())
        return Touches(reads=reads - exists_of(named[0]), writes=removed | seen_by | {(named[0],)})
    if word == "publication":
        # From then on a table without a key takes no UPDATE or DELETE.
        reads |= {(r, part) for r in named for part in ("rows", "keys")}
    if named:
        words = {word, "rows"} if word in _CHANGE_ROWS else {word}
        writes = {(r, w) for r in named for w in words} | {(_REMOVED, statement.sql)}
        return Touches(reads=reads, writes=frozenset(writes))
    name = (statement.object_name or "").rpartition(".")[2]
    others: Paths = frozenset({(_REMOVED,)} if verb == "drop" else set())
    if statement.tag in ("create_function", "create_procedure"):
        others = frozenset((_WORD, word) for word in words_in_body(statement.sql))
    return Touches(reads=others, writes=frozenset({(OBJECT, name)}))
