"""What statements about whole tables touch."""

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import analysis
from online_migrate.grammar import statements as s
from online_migrate.plan.names import RelationName
from online_migrate.planner.objects import REMOVED, exists_of, references_of, rests_of, rows_of
from online_migrate.planner.paths import Path, Paths, Touches

_CHANGE_CHILDREN = frozenset(
    {"AttachPartition", "DetachPartition", "DetachPartitionFinalize", "AddInherit", "DropInherit"}
)
_TRIGGERS_ON_AND_OFF = ("Enable", "Disable")
_ROW_SECURITY = "RowSecurity"
_IDENTITY = "Identity"
_REST_ON_AN_INDEX = frozenset({"ReplicaIdentity", "ClusterOn"})


def create(statement: s.CreateTable, catalog: Catalog) -> Touches:
    """CREATE TABLE, also AS a query."""
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


def drop(statement: s.DropTable, catalog: Catalog) -> Touches:
    """DROP TABLE."""
    t = statement.table
    foreign_keys: Paths = frozenset(
        (other.name, "constraint", k.name) for other, k in catalog.referencing(t) if other.name != t
    )
    found = catalog.table(t)
    parent: Paths = frozenset({(found.parent, "children")}) if found and found.parent else frozenset()
    own = (rests_of(k, catalog) for k in found.constraints) if found else ()
    reads: Paths = frozenset({(t, "dependents")}).union(*own)
    return Touches(reads=reads, writes=foreign_keys | parent | {(t,), (REMOVED, str(t))})


def rename(statement: s.RenameTable, catalog: Catalog) -> Touches:
    """RENAME TO."""
    t = statement.table
    return Touches(writes=frozenset({(t,), (RelationName(t.schema, statement.new_name),)}))


def set_schema(statement: s.SetSchema, catalog: Catalog) -> Touches:
    """SET SCHEMA."""
    t = statement.table
    return Touches(writes=frozenset({(t,), (RelationName(statement.schema, t.name),)}))


def alter(statement: s.AlterTableOther, catalog: Catalog) -> Touches:
    """The other subcommands of ALTER TABLE."""
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


def create_trigger(statement: s.CreateTrigger, catalog: Catalog) -> Touches:
    """CREATE TRIGGER."""
    t = statement.table
    return Touches(
        reads=exists_of(t) | {(t, "column")}, writes=frozenset({(t, "trigger", statement.name), (t, "rows")})
    )
