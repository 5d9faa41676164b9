"""What a statement reads and writes, as paths of objects, so that steps can be put in an order that is safe.

A path starts with a relation (or type) and narrows down: `(t,)` is the table as a whole,
`(t, "column", "c")` one column, `(t, "rows", "c")` its values. Two paths meet when one begins with the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.plan.names import RelationName

Path = tuple[RelationName | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touches:
    """Paths read and written. A barrier is a statement that cannot be looked into: it may touch anything."""

    reads: frozenset[Path] = frozenset()
    writes: frozenset[Path] = frozenset()
    barrier: bool = False

    def depends_on(self, earlier: "Touches") -> bool:
        """Return whether these must not run before the earlier ones."""
        if self.barrier or earlier.barrier:
            return True
        return _meet(self.writes, earlier.writes | earlier.reads) or _meet(self.reads, earlier.writes)


def _meet(some: Iterable[Path], others: Iterable[Path]) -> bool:
    others = tuple(others)
    return any(a[: len(b)] == b or b[: len(a)] == a for a in some for b in others)


def touches(statement: s.Statement, catalog: Catalog) -> Touches:
    """Return what a statement touches, on the catalog as it finds it."""
    reads: set[Path] = set()
    writes: set[Path] = set()
    match statement:
        case s.AddColumn(table=t, column=column):
            reads |= _exists(t)
            writes |= _column(t, column.name)
            for constraint in column.constraints:
                _constraint(t, constraint, reads, writes)
        case s.DropColumn(table=t, column=name):
            reads |= _exists(t) | {(t, "dependents")}
            writes |= _column(t, name) | _contains(catalog, t, name)
        case (
            s.AlterType(table=t, column=name) | s.SetDefault(table=t, column=name) | s.DropDefault(table=t, column=name)
        ):
            reads |= _exists(t) | {(t, "column", name)}
            if isinstance(statement, s.AlterType):
                reads.add((t, "dependents"))
                writes |= _column(t, name)
            else:
                writes.add((t, "default", name))
        case s.SetNotNull(table=t, column=name) | s.DropNotNull(table=t, column=name):
            reads |= _exists(t) | {(t, "column", name)}
            if isinstance(statement, s.SetNotNull):
                reads.add((t, "rows", name))
            writes.add((t, "nullability", name))
        case s.RenameColumn(table=t, column=name, new_name=new_name):
            reads |= _exists(t)
            writes |= _column(t, name) | _column(t, new_name)
        case s.AddConstraint(table=t, constraint=constraint):
            reads |= _exists(t)
            _constraint(t, constraint, reads, writes)
        case s.DropConstraint(table=t, name=name):
            reads |= _exists(t)
            writes |= {(t, "constraint", name), (RelationName(t.schema, name),)} | _key_of(catalog, t, name)
        case s.ValidateConstraint(table=t, name=name):
            reads |= _exists(t) | {(t, "rows"), (t, "constraint", name)}
        case s.RenameConstraint(table=t, name=name, new_name=new_name):
            reads |= _exists(t)
            writes |= {(t, "constraint", name), (t, "constraint", new_name)}
        case s.CreateIndex(table=t, columns=columns, unique=unique, name=index_name):
            reads |= _exists(t) | _values(t, (*columns, *statement.include))
            writes.add((RelationName(t.schema, index_name),) if index_name else (t, "index"))
            if unique:
                writes.add((t, "keys"))
        case s.DropIndex(index=index):
            owner = catalog.index_table(index)
            writes.add((index,))
            if owner is not None:
                writes |= {(owner.name, "keys")} if any(i.unique for i in owner.indexes if i.name == index) else set()
        case s.RenameIndex(index=index, new_name=new_name):
            writes |= {(index,), (RelationName(index.schema, new_name),)}
        case s.CreateTable(table=t):
            writes.add((t,))
            for constraint in (*statement.constraints, *(k for c in statement.columns for k in c.constraints)):
                _references(constraint, reads)
            for parent in (*statement.inherits, *statement.like, *filter(None, [statement.partition_of])):
                reads |= _exists(parent) | {(parent, "column"), (parent, "constraint")}
            if statement.query is not None:
                return Touches(barrier=True)
        case s.DropTable(table=t):
            reads.add((t, "dependents"))
            writes |= {(t,)} | _referencing(catalog, t)
        case s.RenameTable(table=t, new_name=new_name):
            writes |= {(t,), (RelationName(t.schema, new_name),)}
        case s.SetSchema(table=t, schema=schema):
            writes |= {(t,), (RelationName(schema, t.name),)}
        case s.Update(table=t):
            reads |= _exists(t) | _values(t, (*statement.reads_columns, *statement.where_columns))
            reads |= {(t, "column", c) for c in statement.assigned_columns}
            reads |= {path for r in statement.other_relations for path in _whole(r)}
            writes |= {(t, "rows", c) for c in statement.assigned_columns}
        case s.Delete(table=t):
            reads |= _whole(t) | {path for r in statement.other_relations for path in _whole(r)}
            writes.add((t, "rows"))
        case s.Insert(table=t, columns=columns):
            reads |= _exists(t) | {(t, "default"), (t, "keys"), (t, "nullability")}
            reads |= {(t, "column", c) for c in columns} if columns else {(t, "column")}
            reads |= {path for r in statement.other_relations for path in _whole(r)}
            writes.add((t, "rows"))
        case s.Truncate(tables=tables):
            reads |= {path for t in tables for path in _exists(t)}
            writes |= {(t, "rows") for t in tables}
        case s.Select(relations=relations):
            if statement.writes or statement.functions:
                return Touches(barrier=True)
            reads |= {path for r in relations for path in _whole(r)}
        case s.CreateType(name=name):
            writes.add((name,))
        case s.AddEnumValue(type=name) | s.RenameEnumValue(type=name):
            writes.add((name,))
        case s.CreateTrigger(table=t, name=name):
            reads |= _exists(t) | {(t, "column")}
            writes |= {(t, "trigger", name), (t, "rows")}
        case s.RefreshMaterializedView(view=view):
            writes.add((view, "rows"))
        case s.AlterTableOther(table=t):
            reads |= _exists(t) | (_exists(statement.other) if statement.other else set())
            writes.add((t, "column", statement.column) if statement.column else (t, statement.subcommand))
            if statement.other is not None:
                writes.add((statement.other,))
        case s.Other(tag="comment" | "grant" | "revoke", relations=relations):
            reads |= {path for r in relations for path in (*_exists(r), (r, "column"))}
        case s.Other(tag="drop_view" | "drop_materialized_view", relations=relations):
            writes |= {(r,) for r in relations}
            writes |= {
                (table.name, "dependents")
                for table in catalog.tables.values()
                if set(relations) & set(table.dependents)
            }
        case s.Other(relations=relations, object_name=object_name) if not statement.opaque and (
            relations or object_name
        ):
            reads |= {path for r in relations for path in (*_exists(r), (r, "column"))}
            writes |= {(r, "other") for r in relations} | ({(object_name,)} if object_name else set())
        case _:
            return Touches(barrier=True)
    return Touches(reads=frozenset(reads), writes=frozenset(writes))


def _exists(table: RelationName) -> set[Path]:
    return {(table, "exists")}


def _column(table: RelationName, column: str) -> set[Path]:
    return {(table, what, column) for what in ("column", "rows", "default", "nullability")}


def _values(table: RelationName, columns: Iterable[str]) -> set[Path]:
    return {(table, what, c) for c in columns for what in ("column", "rows")}


def _whole(table: RelationName) -> set[Path]:
    return {(table, "exists"), (table, "column"), (table, "rows")}


def _contains(catalog: Catalog, table: RelationName, column: str) -> set[Path]:
    """The indexes and constraints that go with a column when it is dropped."""
    found = catalog.table(table)
    if found is None:
        return set()
    paths: set[Path] = {(i.name,) for i in found.indexes if column in i.columns}
    return paths | {(table, "constraint", k.name) for k in found.constraints if column in k.columns}


def _key_of(catalog: Catalog, table: RelationName, name: str) -> set[Path]:
    found = catalog.table(table)
    constraint = found.constraint(name) if found else None
    return {(table, "keys")} if constraint is not None and constraint.type in ("unique", "primary_key") else set()


def _referencing(catalog: Catalog, table: RelationName) -> set[Path]:
    """The foreign keys of other tables that go with a table when it is dropped."""
    return {
        (other.name, "constraint", k.name)
        for other in catalog.tables.values()
        for k in other.constraints
        if k.referenced == table and other.name != table
    }


def _constraint(table: RelationName, constraint: s.Constraint, reads: set[Path], writes: set[Path]) -> None:
    reads |= _values(table, (*constraint.columns, *constraint.include))
    writes.add((table, "constraint", constraint.name) if constraint.name else (table, "constraint"))
    if constraint.using_index:
        writes.add((RelationName(table.schema, constraint.using_index),))
    if constraint.type in ("unique", "primary_key", "exclude"):
        writes.add((table, "keys"))
        if constraint.name:
            writes.add((RelationName(table.schema, constraint.name),))
    if constraint.type == "primary_key":
        writes |= {(table, "nullability", c) for c in constraint.columns}
    _references(constraint, reads)


def _references(constraint: s.Constraint, reads: set[Path]) -> None:
    if constraint.referenced is not None:
        reads |= _exists(constraint.referenced) | {(constraint.referenced, "keys"), (constraint.referenced, "rows")}
        reads |= {(constraint.referenced, "column", c) for c in constraint.referenced_columns}
