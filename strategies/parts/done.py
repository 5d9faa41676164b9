"""Done-checks: SELECTs that return one boolean, whether the catalog says that a step is done.

A step that runs in one transaction is done altogether or not at all, so one fact about it is enough.
"""

from collections.abc import Sequence

from online_migrate.grammar.compose import Literal, compose, quote
from online_migrate.plan.names import RelationName


def column_exists(table: RelationName, column: str) -> str:
    """The table has the column."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute"
        " WHERE attrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND attname = {column} AND NOT attisdropped)",
        **_relation(table),
        column=Literal(column),
    )


def column_absent(table: RelationName, column: str) -> str:
    """The table has no such column."""
    return compose(
        "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_attribute"
        " WHERE attrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND attname = {column} AND NOT attisdropped)",
        **_relation(table),
        column=Literal(column),
    )


def column_not_null(table: RelationName, column: str) -> str:
    """The column is NOT NULL; from 18 this is also so while its constraint is not valid."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute"
        " WHERE attrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND attname = {column} AND attnotnull AND NOT attisdropped)",
        **_relation(table),
        column=Literal(column),
    )


def column_nullable(table: RelationName, column: str) -> str:
    """The column exists and takes NULL."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute"
        " WHERE attrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND attname = {column} AND NOT attnotnull AND NOT attisdropped)",
        **_relation(table),
        column=Literal(column),
    )


def column_is_identity(table: RelationName, column: str, *, always: bool | None = None) -> str:
    """The column is GENERATED ... AS IDENTITY; ALWAYS or BY DEFAULT where that is asked."""
    letters = ["a", "d"] if always is None else ["a" if always else "d"]
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute"
        " WHERE attrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND attname = {column} AND attidentity = ANY ({letters}) AND NOT attisdropped)",
        **_relation(table),
        column=Literal(column),
        letters=Literal(letters),
    )


def default_is(table: RelationName, column: str, *, present: bool) -> str:
    """The column exists and has a default, or has none."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute"
        " WHERE attrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND attname = {column} AND atthasdef = {present} AND NOT attisdropped)",
        **_relation(table),
        column=Literal(column),
        present=Literal(present),
    )


def constraint_exists(table: RelationName, name: str) -> str:
    """The table has the constraint, valid or not."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint"
        " WHERE conrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND conname = {name})",
        **_relation(table),
        name=Literal(name),
    )


def constraint_valid(table: RelationName, name: str) -> str:
    """The table has the constraint, and every row is known to satisfy it."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint"
        " WHERE conrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND conname = {name} AND convalidated)",
        **_relation(table),
        name=Literal(name),
    )


def constraint_absent(table: RelationName, name: str) -> str:
    """The table has no such constraint."""
    return compose(
        "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_constraint"
        " WHERE conrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND conname = {name})",
        **_relation(table),
        name=Literal(name),
    )


def index_valid(index: RelationName) -> str:
    """The index exists and is valid: an interrupted CREATE INDEX CONCURRENTLY leaves one that is not."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_index"
        " WHERE indexrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table})) AND indisvalid)",
        **_relation(index),
    )


def index_attached(index: RelationName, parent: RelationName) -> str:
    """The index of a partition is attached to the index of the partitioned table."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits"
        " WHERE inhrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND inhparent = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {parent_schema}, {parent})))",
        **_relation(index),
        parent_schema=Literal(parent.schema),
        parent=Literal(parent.name),
    )


def partition_attached(partition: RelationName, parent: RelationName) -> str:
    """The table is a partition of the other one, and is not on its way out."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits"
        " WHERE inhrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND inhparent = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {parent_schema}, {parent}))"
        " AND NOT inhdetachpending)",
        **_relation(partition),
        parent_schema=Literal(parent.schema),
        parent=Literal(parent.name),
    )


def partition_detached(partition: RelationName) -> str:
    """The table exists and is no partition, nor one whose DETACH CONCURRENTLY has begun."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class"
        " WHERE oid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table})) AND NOT relispartition)",
        **_relation(partition),
    )


def relation_exists(name: RelationName) -> str:
    """A table, view, index or sequence of that name exists."""
    return compose(
        "SELECT pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table})) IS NOT NULL",
        **_relation(name),
    )


def relation_absent(name: RelationName) -> str:
    """No table, view, index or sequence of that name exists."""
    return compose(
        "SELECT pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table})) IS NULL",
        **_relation(name),
    )


def type_exists(name: RelationName) -> str:
    """A type of that name exists."""
    return compose(
        "SELECT pg_catalog.to_regtype(pg_catalog.format('%I.%I', {schema}, {table})) IS NOT NULL",
        **_relation(name),
    )


def type_absent(name: RelationName) -> str:
    """No type of that name exists."""
    return compose(
        "SELECT pg_catalog.to_regtype(pg_catalog.format('%I.%I', {schema}, {table})) IS NULL",
        **_relation(name),
    )


def schema_exists(name: str) -> str:
    """A schema of that name exists."""
    return compose("SELECT pg_catalog.to_regnamespace(pg_catalog.quote_ident({name})) IS NOT NULL", name=Literal(name))


def schema_absent(name: str) -> str:
    """No schema of that name exists."""
    return compose("SELECT pg_catalog.to_regnamespace(pg_catalog.quote_ident({name})) IS NULL", name=Literal(name))


def function_exists(name: RelationName, types: Sequence[str]) -> str:
    """A function or procedure of that name takes these types."""
    return compose("SELECT pg_catalog.to_regprocedure({signature}) IS NOT NULL", signature=_signature(name, types))


def function_absent(name: RelationName, types: Sequence[str]) -> str:
    """No function or procedure of that name takes these types."""
    return compose("SELECT pg_catalog.to_regprocedure({signature}) IS NULL", signature=_signature(name, types))


def _signature(name: RelationName, types: Sequence[str]) -> Literal:
    return Literal(f"{quote(name.schema)}.{quote(name.name)}({', '.join(types)})")


def statistics_exist(name: RelationName) -> str:
    """Extended statistics of that name exist."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_statistic_ext AS s"
        " JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace"
        " WHERE n.nspname = {schema} AND s.stxname = {table})",
        **_relation(name),
    )


def label_exists(enum: RelationName, label: str) -> str:
    """The enum has the label."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_enum"
        " WHERE enumtypid = pg_catalog.to_regtype(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND enumlabel = {label})",
        **_relation(enum),
        label=Literal(label),
    )


def trigger_exists(table: RelationName, name: str) -> str:
    """The table has the trigger."""
    return compose(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger"
        " WHERE tgrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND tgname = {name})",
        **_relation(table),
        name=Literal(name),
    )


def trigger_absent(table: RelationName, name: str) -> str:
    """The table has no such trigger."""
    return compose(
        "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_trigger"
        " WHERE tgrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', {schema}, {table}))"
        " AND tgname = {name})",
        **_relation(table),
        name=Literal(name),
    )


def _relation(name: RelationName) -> dict[str, Literal]:
    return {"schema": Literal(name.schema), "table": Literal(name.name)}
