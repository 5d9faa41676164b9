"""Reads the catalog of a live database: one query per kind of object, all in one snapshot."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import resources
from typing import Any, cast

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from online_migrate.catalog.model import (
    Catalog,
    Column,
    ColumnGrant,
    ExtendedStatistics,
    Index,
    SchemaOptions,
    SequenceOptions,
    Table,
    TableConstraint,
    TableGrant,
    Trigger,
    UserType,
)
from online_migrate.plan.names import RelationName

Row = dict[str, Any]
Query = dict[str, list[Row]]

_CONSTRAINTS = {
    "c": "check",
    "f": "foreign_key",
    "u": "unique",
    "p": "primary_key",
    "x": "exclude",
    "n": "not_null",
    "t": "trigger",
}
_TYPES = {"e": "enum", "d": "domain", "c": "composite", "r": "range", "b": "base"}
_GENERATED = {"s": "stored", "v": "virtual"}
_IDENTITY = {"a": "always", "d": "by default"}
# From here on the right to change a setting can be granted (release notes of 15).
_VERSION_15 = 150000
# Bytes of a tuple besides its data (header, line pointer), as PostgreSQL's planner counts them.
_TUPLE_OVERHEAD = 28


def read(connection: psycopg.Connection[Any]) -> Catalog:
    """Return the catalog of the connected database.

    Everything comes from one snapshot (REPEATABLE READ, READ ONLY), which ends with the call; inside a
    transaction of the caller's, from that one's. Only pg_catalog is read: no privilege on the tables is
    needed. Sizes take ACCESS SHARE on each relation for an instant, so a table that somebody holds in
    ACCESS EXCLUSIVE makes the call wait; set a lock_timeout where that matters.

    Raises:
        psycopg.Error: the connection was lost, or the lock_timeout of the session ran out.
    """
    with _snapshot(connection) as cursor:
        server = _rows(cursor, "server")[0]
        parameters = _rows(cursor, "parameters") if server["server_version_num"] >= _VERSION_15 else []
        # With only pg_catalog in the path, PostgreSQL writes every other name with its schema.
        cursor.execute("SET LOCAL search_path = pg_catalog")
        kinds = ("tables", "columns", "indexes", "constraints", "triggers", "inheritance", "views")
        found = {kind: _rows(cursor, kind) for kind in (*kinds, "types", "sequences", "functions", "schemas")}
        rates = _rows(cursor, "rates") if server["calibrated"] else []
    sequences = {RelationName(row["schema"], row["name"]): row for row in found["sequences"]}
    return Catalog(
        server_version=server["server_version"].split(" ")[0],
        server_version_num=server["server_version_num"],
        flavour=_flavour(server),
        database=server["database"],
        user=server["user"],
        timezone=server["timezone"],
        search_path=tuple(name for name in server["search_path"] if not name.startswith("pg_")),
        tables=_tables(found),
        types=_types(found),
        sequences=frozenset(sequences),
        schemas=frozenset(server["schemas"]),
        schema_options={
            row["name"]: SchemaOptions(owner=row["owner"], grants=_grants(row), functions=row["functions"])
            for row in found["schemas"]
        },
        volatility={row["name"]: row["volatility"] for row in found["functions"]},
        trigger_functions=frozenset(row["name"] for row in found["functions"] if row["of_triggers"]),
        extensions=frozenset(server["extensions"]),
        sequence_owners={
            name: (RelationName(row["owner_schema"], row["owner_name"]), row["owner_column"])
            for name, row in sequences.items()
            if row["owner_column"] is not None
        },
        sequence_options={name: _sequence_options(row) for name, row in sequences.items()},
        last_values={name: row["last_value"] for name, row in sequences.items() if row["last_value"] is not None},
        in_recovery=server["in_recovery"],
        replicas=server["replicas"],
        logical_slots=server["logical_slots"],
        superuser=server["superuser"],
        silences_triggers=server["superuser"] or any(row["silences_triggers"] for row in parameters),
        statistics_s=server["statistics_s"],
        cache_bytes=server["cache_bytes"],
        rates={row["name"]: row["seconds"] for row in rates},
        calibrated=max((row["measured_on"] for row in rates), default=None),
    )


def read_functions(connection: psycopg.Connection[Any], catalog: Catalog, names: Collection[str]) -> Catalog:
    """Return the catalog with the CREATE FUNCTION of each function or procedure of these names.

    Names without a schema; those that no SQL or PL/pgSQL function has are left out. No table is touched.

    Raises:
        psycopg.Error: the connection was lost.
    """
    with _snapshot(connection) as cursor:
        rows = cursor.execute(_query("function_bodies"), {"names": list(names)}).fetchall()
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        found[row["name"]] = (*found.get(row["name"], ()), row["definition"])
    guarded = {row["name"] for row in rows if row["guarded"]}
    return replace(
        catalog,
        functions={**catalog.functions, **found},
        guarded_functions=catalog.guarded_functions | guarded,
    )


@contextmanager
def _snapshot(connection: psycopg.Connection[Any]) -> Iterator[psycopg.Cursor[Row]]:
    """A transaction, or a savepoint of the caller's, that is rolled back: no setting of ours outlives it."""
    own = connection.info.transaction_status == TransactionStatus.IDLE
    with connection.transaction(force_rollback=True), connection.cursor(row_factory=dict_row) as cursor:
        if own:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield cursor


def _rows(cursor: psycopg.Cursor[Row], name: str) -> list[Row]:
    return cursor.execute(_query(name)).fetchall()


def _query(name: str) -> bytes:
    return resources.files("online_migrate.catalog").joinpath("queries", f"{name}.sql").read_bytes()


def _flavour(server: Row) -> str:
    if "CockroachDB" in server["version"]:
        return "cockroach"
    if "-YB-" in server["version"]:
        return "yugabyte"
    if "citus" in server["extensions"]:
        return "citus"
    return "aurora" if server["aurora"] else "postgresql"


def _tables(found: Query) -> dict[RelationName, Table]:
    names = {row["oid"]: RelationName(row["schema"], row["name"]) for row in found["tables"]}
    columns, indexes = _by_table(found["columns"]), _by_table(found["indexes"])
    constraints, triggers = _by_table(found["constraints"]), _by_table(found["triggers"])
    parents: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for row in found["inheritance"]:
        parents.setdefault(row["child"], row["parent"])
        children[row["parent"]].append(row["child"])
    views: dict[int, list[Row]] = defaultdict(list)
    for row in found["views"]:
        views[row["relation"]].append(row)
    tables = {}
    for row in found["tables"]:
        oid = row["oid"]
        tables[names[oid]] = Table(
            name=names[oid],
            kind=row["kind"],
            columns=tuple(_column(column) for column in columns[oid]),
            indexes=tuple(_index(index) for index in indexes[oid]),
            constraints=tuple(_constraint(constraint) for constraint in constraints[oid]),
            triggers=tuple(_trigger(trigger) for trigger in triggers[oid]),
            bytes=row["bytes"] or 0,
            total_bytes=row["total_bytes"] or 0,
            rows=_estimated_rows(row),
            parent=names.get(parents.get(oid, 0)),
            children=tuple(names[child] for child in children[oid] if child in names),
            is_partition=row["is_partition"],
            is_default_partition=row["is_default_partition"],
            populated=row["populated"],
            comment=row["comment"],
            partition_key=row["partition_key"],
            partition_columns=tuple(row["partition_columns"] or ()),
            writes=row["writes"] or 0,
            reads=row["reads"] or 0,
            dependents=tuple(names[view] for view in _nearest_first(oid, views) if view in names),
            row_security=row["row_security"],
            persistence=row["persistence"],
            fillfactor=row["fillfactor"],
            oid=oid,
            filenode=row["filenode"] or 0,
            column_dependents=tuple(
                (view["column"], names[view["view"]]) for view in views[oid] if view["column"] and view["view"] in names
            ),
            partition_bound=row["partition_bound"],
            live_rows=row["live_rows"] or 0,
            dead_rows=row["dead_rows"] or 0,
            extension=row["extension"],
            policies=tuple(row["policies"]),
            rules=tuple(row["rules"]),
            extended_statistics=tuple(map(_extended_statistics, row["extended_statistics"] or ())),
            publications=tuple(row["publications"]),
            replica_identity=row["replica_identity"],
            owned=row["owned"],
            owner=row["owner"],
            grants=_grants(row),
            access_method=row["access_method"] or "",
            tablespace=row["tablespace"] or "",
        )
    return tables


def _by_table(rows: list[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["table_oid"]].append(row)
    return grouped


def _nearest_first(oid: int, views: dict[int, list[Row]]) -> list[int]:
    seen = [oid]
    for relation in seen:
        seen.extend(view for row in views.get(relation, ()) if (view := row["view"]) not in seen)
    return list(dict.fromkeys(seen[1:]))


def _estimated_rows(row: Row) -> float:
    pages = (row["bytes"] or 0) / row["block_size"]
    if row["reltuples"] >= 0 and row["relpages"] > 0:
        return float(row["reltuples"] / row["relpages"] * pages)
    return float((row["bytes"] or 0) // ((row["width"] or 0) + _TUPLE_OVERHEAD))


def _grants(row: Row) -> tuple[TableGrant, ...]:
    return tuple(
        TableGrant(role=role, privilege=privilege, grantable=grantable == "true")
        for role, privilege, grantable in row["grants"]
    )


def _sequence_options(row: Row) -> SequenceOptions:
    counting = ("type", "start", "increment", "minimum", "maximum", "cache", "cycle", "comment", "owner")
    return SequenceOptions(**{name: row[name] for name in counting}, grants=_grants(row), marks=tuple(row["marks"]))


def _column(row: Row) -> Column:
    return Column(
        name=row["name"],
        type=row["type"],
        not_null=row["not_null"],
        default=row["default"],
        collation=row["collation"],
        generated=cast(Any, _GENERATED.get(row["generated"])),
        identity=cast(Any, _IDENTITY.get(row["identity"])),
        position=row["position"],
        grants=tuple(
            ColumnGrant(role=role, privilege=privilege, grantable=grantable == "true")
            for role, privilege, grantable in row["grants"]
        ),
        comment=row["comment"],
        statistics=row["statistics"],
        options=tuple(row["options"]),
        held_by=tuple(row["held_by"]),
    )


def _index(row: Row) -> Index:
    named, key_count = row["named"], row["key_count"]
    return Index(
        name=RelationName(row["schema"], row["name"]),
        columns=tuple(dict.fromkeys(name for name in (*named, *row["mentioned"]) if name is not None)),
        key_columns=tuple(named[:key_count]),
        included=tuple(named[key_count:]),
        unique=row["unique"],
        primary=row["primary"],
        valid=row["valid"],
        method=row["method"],
        has_expressions=row["has_expressions"],
        predicate=row["predicate"],
        definition=row["definition"] or "",
        constraint=row["constraint"],
        bytes=row["bytes"] or 0,
        nulls_not_distinct=row["nulls_not_distinct"],
        parent=RelationName(row["parent_schema"], row["parent_name"]) if row["parent_name"] else None,
        comment=row["comment"],
        clustered=row["clustered"],
        replica_identity=row["replica_identity"],
        tablespace=row["tablespace"],
        statistics=tuple((place, target) for place, target in row["statistics"]),
    )


def _constraint(row: Row) -> TableConstraint:
    return TableConstraint(
        name=row["name"],
        type=cast(Any, _CONSTRAINTS[row["type"]]),
        columns=tuple(row["columns"]),
        valid=row["valid"],
        enforced=row["enforced"],
        definition=row["definition"] or "",
        expression=row["expression"],
        referenced=RelationName(row["referenced_schema"], row["referenced_name"]) if row["referenced_name"] else None,
        referenced_columns=tuple(row["referenced_columns"]),
        index=RelationName(row["index_schema"], row["index_name"]) if row["index_name"] else None,
        inherited=row["inherited"],
        no_inherit=row["no_inherit"],
        comment=row["comment"],
    )


def _extended_statistics(row: Row) -> ExtendedStatistics:
    return ExtendedStatistics(
        name=RelationName(row["schema"], row["name"]),
        columns=tuple(row["columns"] or ()),
        definition=row["definition"],
        comment=row["comment"],
    )


def _trigger(row: Row) -> Trigger:
    return Trigger(
        name=row["name"],
        function=RelationName(row["function_schema"], row["function_name"]),
        enabled=row["enabled"],
        definition=row["definition"] or "",
        columns=tuple(row["columns"]),
        timing=row["timing"],
        per_row=row["per_row"],
        events=tuple(row["events"]),
        strict=row["strict"],
        owned=row["owned"],
        body=row["body"],
    )


def _types(found: Query) -> dict[RelationName, UserType]:
    names = {row["oid"]: RelationName(row["schema"], row["name"]) for row in found["tables"]}
    by_oid = {row["oid"]: row for row in found["types"]}
    used_by: dict[int, list[tuple[RelationName, str]]] = defaultdict(list)
    for column in found["columns"]:
        for oid in {column["type_oid"], column["element_oid"]} & by_oid.keys():
            if column["table_oid"] in names:
                used_by[oid].append((names[column["table_oid"]], column["name"]))

    def constrained(oid: int) -> bool:
        row = by_oid.get(oid)
        return row is not None and bool(row["constrained"] or constrained(row["base_oid"]))

    return {
        RelationName(row["schema"], row["name"]): UserType(
            name=RelationName(row["schema"], row["name"]),
            kind=cast(Any, _TYPES[row["kind"]]),
            labels=tuple(row["labels"]),
            base_type=row["base_type"],
            constrained=constrained(row["oid"]),
            used_by=tuple(used_by[row["oid"]]),
            tables=tuple(names[oid] for oid in row["tables"] if oid in names),
        )
        for row in found["types"]
    }
