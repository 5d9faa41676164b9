"""Facts of the live database that decisions need: frozen, read in one consistent snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from online_migrate.catalog import lookup
from online_migrate.plan.names import RelationName


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnGrant:
    """A right on one column; `role` is None for PUBLIC."""

    role: str | None
    privilege: Literal["select", "insert", "update", "references"]
    grantable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableGrant:
    """A right on a whole table or sequence; `role` is None for PUBLIC."""

    role: str | None
    privilege: str
    grantable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; `type` as format_type writes it, with its modifier.

    Attributes:
        grants: rights beside those on the whole table.
        statistics: the statistics target, -1 for the default.
        options: of the column, "n_distinct=5".
        held_by: in words, what of other kinds than indexes, constraints and views rests on it: policies, triggers,
            generated columns, publications, functions.
    """

    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    collation: str | None = None
    generated: Literal["stored", "virtual"] | None = None
    identity: Literal["always", "by default"] | None = None
    position: int = 0
    grants: tuple[ColumnGrant, ...] = ()
    comment: str | None = None
    statistics: int = -1
    options: tuple[str, ...] = ()
    held_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedStatistics:
    """Statistics over several columns or expressions; `columns` are those that any of them mentions."""

    name: RelationName
    columns: tuple[str, ...]
    definition: str
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index.

    Attributes:
        columns: every table column in key, INCLUDE, expressions and predicate.
        key_columns: the key, None for an expression.
        included: columns of INCLUDE.
        parent: the partitioned index that it is a part of.
        clustered: the one that CLUSTER orders the table by.
        replica_identity: the one that logical replication knows rows by.
        tablespace: where it is not in the database's own, else None.
        statistics: (place of a column, its statistics target) of those that have one.
    """

    name: RelationName
    columns: tuple[str, ...]
    key_columns: tuple[str | None, ...]
    unique: bool = False
    primary: bool = False
    valid: bool = True
    method: str = "btree"
    has_expressions: bool = False
    predicate: str | None = None
    definition: str = ""
    constraint: str | None = None
    bytes: int = 0
    nulls_not_distinct: bool = False
    included: tuple[str, ...] = ()
    parent: RelationName | None = None
    comment: str | None = None
    clustered: bool = False
    replica_identity: bool = False
    tablespace: str | None = None
    statistics: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableConstraint:
    """A constraint of a table. `expression` is that of a CHECK; `inherited`: it came from the parent table."""

    name: str
    type: Literal["check", "foreign_key", "unique", "primary_key", "exclude", "not_null", "trigger"]
    columns: tuple[str, ...]
    valid: bool = True
    enforced: bool = True
    definition: str = ""
    expression: str | None = None
    referenced: RelationName | None = None
    referenced_columns: tuple[str, ...] = ()
    index: RelationName | None = None
    inherited: bool = False
    no_inherit: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A user trigger.

    Attributes:
        columns: those of UPDATE OF.
        events: "insert", "update", "delete", "truncate".
        strict: its function is declared so.
        owned: the connected role may alter its function.
        body: the source of its function in PL/pgSQL, "" of one in another language that has arguments (they are in
            `definition`), None where nothing tells what it does.
    """

    name: str
    function: RelationName
    enabled: str = "O"
    definition: str = ""
    columns: tuple[str, ...] = ()
    timing: Literal["before", "after", "instead of"] = "after"
    per_row: bool = True
    events: tuple[str, ...] = ()
    strict: bool = False
    owned: bool = True
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table, partitioned table, view, materialised view or foreign table.

    Attributes:
        kind: as pg_class.relkind: r table, p partitioned, v view, m materialised view, f foreign.
        bytes: pg_relation_size of its heap; of a partitioned table 0 (ask `Catalog.leaves`).
        total_bytes: heap, toast and indexes.
        rows: estimate (reltuples where analysed, else from bytes); never used to decide "small".
        parent: the partitioned or inherited parent.
        children: direct partitions or inheriting tables.
        writes: rows inserted, updated and deleted since statistics were reset.
        reads: sequential and index scans since then.
        dependents: views and materialised views that read it, nearest first.
        column_dependents: (column, view) for each view that reads the column directly.
        partition_bound: "FOR VALUES ..." or "DEFAULT" of a partition.
        live_rows, dead_rows: as the statistics system counts them.
        extension: the extension that owns it, if any.
        policies, rules, publications: names of those on the table.
        replica_identity: as pg_class.relreplident: d default, n nothing, f full, i index.
        owned: the connected role may do what the owner may.
        owner: the role that owns it; "" where the plan makes it.
        grants: rights of other roles on the whole of it, as they are in the database.
        populated: False of a materialised view WITH NO DATA.
        access_method, tablespace: where and how its rows are stored; "" where it holds none.
        comment: as it is in the database.
    """

    name: RelationName
    kind: Literal["r", "p", "v", "m", "f"]
    columns: tuple[Column, ...] = ()
    indexes: tuple[Index, ...] = ()
    constraints: tuple[TableConstraint, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    bytes: int = 0
    total_bytes: int = 0
    rows: float = 0.0
    parent: RelationName | None = None
    children: tuple[RelationName, ...] = ()
    is_partition: bool = False
    is_default_partition: bool = False
    partition_key: str | None = None
    partition_columns: tuple[str, ...] = ()
    writes: int = 0
    reads: int = 0
    dependents: tuple[RelationName, ...] = ()
    row_security: bool = False
    persistence: Literal["p", "u", "t"] = "p"
    fillfactor: int = 100
    oid: int = 0
    filenode: int = 0
    column_dependents: tuple[tuple[str, RelationName], ...] = ()
    partition_bound: str | None = None
    live_rows: int = 0
    dead_rows: int = 0
    extension: str | None = None
    policies: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    extended_statistics: tuple[ExtendedStatistics, ...] = ()
    publications: tuple[str, ...] = ()
    replica_identity: Literal["d", "n", "f", "i"] = "d"
    owned: bool = True
    owner: str = ""
    grants: tuple[TableGrant, ...] = ()
    access_method: str = ""
    tablespace: str = ""
    populated: bool = True
    comment: str | None = None

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    def constraint(self, name: str) -> TableConstraint | None:
        """Return the constraint of that name, or None."""
        return next((c for c in self.constraints if c.name == name), None)

    @property
    def primary_key(self) -> TableConstraint | None:
        """The primary key, or None."""
        return next((c for c in self.constraints if c.type == "primary_key"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceOptions:
    """What a sequence counts by.

    Attributes:
        type: "smallint", "integer" or "bigint".
        grants: rights of other roles.
        marks: in words, what a sequence that is made anew would not have like this one.
    """

    type: str
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycle: bool
    comment: str | None = None
    owner: str = ""
    grants: tuple[TableGrant, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaOptions:
    """What a schema has beside its relations and types; `functions`: others than those that triggers run."""

    owner: str
    grants: tuple[TableGrant, ...] = ()
    functions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserType:
    """An enum, domain, composite or range type of the user's.

    Attributes:
        constrained: a domain with a CHECK or NOT NULL, at any depth.
        used_by: (table, column) pairs whose column has this type.
        tables: those made OF a composite type.
    """

    name: RelationName
    kind: Literal["enum", "domain", "composite", "range", "base"]
    labels: tuple[str, ...] = ()
    base_type: str | None = None
    constrained: bool = False
    used_by: tuple[tuple[RelationName, str], ...] = ()
    tables: tuple[RelationName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """One snapshot of one database.

    Attributes:
        server_version: as the server says it, "18.6".
        server_version_num: 180006.
        flavour: "postgresql", "aurora", "citus", "yugabyte" or "cockroach".
        search_path: schemas of the session that exist, in order, without "$user" where it does not.
        schema_options: of each schema that is there now.
        sequence_owners: sequence to the (table, column) that owns it.
        sequence_options: of each sequence that is there now.
        last_values: sequence to the last value it gave; of those that a smallint or integer column owns.
        lookup: derived from `tables` by `catalog.lookup`, and kept from one statement to the next.
        in_recovery: the server is a standby.
        replicas: standbys and logical subscribers attached now.
        logical_slots: logical replication slots of this database.
        superuser: the connected role is one.
        silences_triggers: the connected role may set session_replication_role, so that its changes fire no trigger.
        statistics_s: seconds since the statistics were reset, None where that is not known.
        cache_bytes: effective_cache_size: a larger table is not expected to be in memory.
        rates: seconds for a unit of work by the names of `risk.rates`, as they were measured on this server.
        calibrated: the day on which they were, as "2026-11-22"; None where they were not.
        volatility: function name (without schema) to its most volatile overload: "i", "s" or "v".
        trigger_functions: names (without schema) of functions that only triggers run.
        functions: function name (without schema) to the CREATE FUNCTION of each overload; only of those that are asked
            for (`read.read_functions`), or that a plan makes.
        guarded_functions: those of them with rights of their own, another owner, or others of their name that are not
            read.
        tables: every relation outside the system schemas, by name.
    """

    server_version: str
    server_version_num: int
    flavour: str = "postgresql"
    database: str = ""
    user: str = ""
    timezone: str = "UTC"
    search_path: tuple[str, ...] = ("public",)
    tables: Mapping[RelationName, Table] = field(default_factory=dict)
    types: Mapping[RelationName, UserType] = field(default_factory=dict)
    sequences: frozenset[RelationName] = frozenset()
    schemas: frozenset[str] = frozenset({"public"})
    schema_options: Mapping[str, SchemaOptions] = field(default_factory=dict)
    volatility: Mapping[str, str] = field(default_factory=dict)
    trigger_functions: frozenset[str] = frozenset()
    functions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    guarded_functions: frozenset[str] = frozenset()
    extensions: frozenset[str] = frozenset()
    sequence_owners: Mapping[RelationName, tuple[RelationName, str]] = field(default_factory=dict)
    sequence_options: Mapping[RelationName, SequenceOptions] = field(default_factory=dict)
    last_values: Mapping[RelationName, int] = field(default_factory=dict)
    lookup: object = field(default=None, compare=False, repr=False)
    in_recovery: bool = False
    replicas: int = 0
    logical_slots: int = 0
    superuser: bool = False
    silences_triggers: bool = False
    statistics_s: float | None = None
    cache_bytes: int = 0
    rates: Mapping[str, float] = field(default_factory=dict)
    calibrated: str | None = None

    def table(self, name: RelationName) -> Table | None:
        """Return the relation of that name, or None."""
        return self.tables.get(name)

    def index_table(self, index: RelationName) -> Table | None:
        """Return the table an index belongs to, or None."""
        owner = lookup.of(self).indexes.get(index)
        return self.tables[owner] if owner is not None else None

    def referencing(self, name: RelationName) -> tuple[tuple[Table, TableConstraint], ...]:
        """Return every foreign key that refers to a table, with the table that has it, by the names of these."""
        return tuple(
            (table, constraint)
            for table in (self.tables[owner] for owner in sorted(lookup.of(self).referrers.get(name, ())))
            for constraint in table.constraints
            if constraint.type == "foreign_key" and constraint.referenced == name
        )

    def descendants(self, name: RelationName) -> tuple[Table, ...]:
        """Return every partition or inheriting table below a relation, at any depth."""
        found: list[Table] = []
        for child in self.tables[name].children if name in self.tables else ():
            if child in self.tables:
                found.append(self.tables[child])
                found.extend(self.descendants(child))
        return tuple(found)

    def leaves(self, name: RelationName) -> tuple[Table, ...]:
        """Return the tables that hold the rows: the table itself, or the leaves of a partitioned one."""
        table = self.tables.get(name)
        if table is None:
            return ()
        if table.kind != "p":
            return (table,)
        return tuple(t for t in self.descendants(name) if t.kind != "p")

    def heap_bytes(self, name: RelationName) -> int:
        """Return the bytes of rows of a table with all its leaves."""
        return sum(t.bytes for t in self.leaves(name))

    def estimated_rows(self, name: RelationName) -> float:
        """Return the estimated rows of a table with all its leaves; never used to decide "small"."""
        return sum(t.rows for t in self.leaves(name))
