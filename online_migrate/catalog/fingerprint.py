"""What of the catalog a plan rests on: one hash to compare, and words for what is different."""

import hashlib
import json
from collections.abc import Collection

from online_migrate.catalog.model import Catalog, Column, Table, TableConstraint
from online_migrate.plan.names import RelationName

_KINDS = {
    "r": "table",
    "p": "partitioned table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
}
_PERSISTENCE = {"p": "permanent", "u": "unlogged", "t": "temporary"}


def fingerprint(catalog: Catalog, tables: Collection[RelationName]) -> str:
    """Return the SHA-256, in hexadecimal, of the structure of some tables and of all below them.

    It covers columns, types, nullability, defaults, indexes, constraints, triggers, partitions, kind and
    the server's major version; neither sizes nor statistics, nor the order of anything. A table that
    is not there counts as absent.
    """
    facts: dict[str, object] = {"version": catalog.server_version_num // 10000, "flavour": catalog.flavour}
    facts["tables"] = {str(name): _facts_of(catalog, name) for name in _with_descendants(catalog, tables)}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def difference(before: Catalog, after: Catalog, tables: Collection[RelationName]) -> tuple[str, ...]:
    """Return in words what a fingerprint would see: "public.users: column age was added". Sorted by table."""
    words = []
    versions = tuple(catalog.server_version_num // 10000 for catalog in (before, after))
    if versions[0] != versions[1]:
        words.append(f"the server was PostgreSQL {versions[0]} and is {versions[1]}")
    if before.flavour != after.flavour:
        words.append(f"the server was {before.flavour} and is {after.flavour}")
    for name in sorted({*_with_descendants(before, tables), *_with_descendants(after, tables)}):
        old, new = _facts_of(before, name), _facts_of(after, name)
        if old is None or new is None:
            if old is not new:
                words.append(f"{name}: the relation was {'created' if old is None else 'dropped'}")
            continue
        words.extend(f"{name}: {change}" for change in _changes(old, new))
    return tuple(words)


def _changes(old: dict[str, str], new: dict[str, str]) -> list[str]:
    found = []
    for what in sorted(old.keys() | new.keys()):
        if what not in old:
            found.append(f"{what} was added")
        elif what not in new:
            found.append(f"{what} was dropped")
        elif old[what] != new[what]:
            found.append(f"{what} was {old[what]} and is {new[what]}")
    return found


def _with_descendants(catalog: Catalog, tables: Collection[RelationName]) -> set[RelationName]:
    return {*tables, *(below.name for name in tables for below in catalog.descendants(name))}


def _facts_of(catalog: Catalog, name: RelationName) -> dict[str, str] | None:
    """Return what is compared, by the words for it; None for a relation that is not there."""
    table = catalog.table(name)
    if table is None:
        return None
    facts = {f"column {c.name}": _column(c) for c in table.columns}
    facts |= {f"index {i.name.name}": i.definition + ("" if i.valid else ", invalid") for i in table.indexes}
    facts |= {f"constraint {c.name}": _constraint(c) for c in table.constraints}
    facts |= {f"trigger {t.name}": f"{t.definition}, enabled {t.enabled}" for t in table.triggers}
    facts |= {f"partition {child}": "attached" for child in table.children}
    return facts | _storage(table)


def _column(column: Column) -> str:
    parts = [column.type]
    if column.collation:
        parts.append(f"collate {column.collation}")
    parts.append("not null" if column.not_null else "nullable")
    if column.default is not None:
        parts.append(f"{f'generated {column.generated}' if column.generated else 'default'} {column.default}")
    if column.identity:
        parts.append(f"identity {column.identity}")
    return " ".join(parts)


def _constraint(constraint: TableConstraint) -> str:
    state = "" if constraint.valid else ", not valid"
    return constraint.definition + state + ("" if constraint.enforced else ", not enforced")


def _storage(table: Table) -> dict[str, str]:
    return {
        "kind": f"{_PERSISTENCE[table.persistence]} {_KINDS[table.kind]}",
        "parent": str(table.parent or "none"),
        "partition key": table.partition_key or "none",
        "partition bound": table.partition_bound or "none",
        "row security": "on" if table.row_security else "off",
        "replica identity": table.replica_identity,
    }
