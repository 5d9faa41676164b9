"""What a statement does, as typed facts. Each class is one kind of operation.

`kind` is the word used in plans and by the registry of strategies. Names are resolved: every
relation has its schema. Expressions are SQL text as PostgreSQL's grammar deparses it.
"""

from dataclasses import dataclass
from typing import ClassVar

from online_migrate.grammar.base import Statement, TableStatement
from online_migrate.grammar.definitions import ColumnDefinition, Constraint
from online_migrate.grammar.row_statements import Delete, Insert, Select, Update
from online_migrate.plan.names import RelationName

__all__ = [
    "AddColumn",
    "AddConstraint",
    "AddEnumValue",
    "AlterComposite",
    "AlterDomain",
    "AlterTableOther",
    "AlterType",
    "CreateIndex",
    "CreateTable",
    "CreateTrigger",
    "CreateType",
    "Delete",
    "DropColumn",
    "DropConstraint",
    "DropDefault",
    "DropIndex",
    "DropNotNull",
    "DropTable",
    "Insert",
    "Other",
    "RefreshMaterializedView",
    "Reindex",
    "RenameColumn",
    "RenameConstraint",
    "RenameEnumValue",
    "RenameFunction",
    "RenameIndex",
    "RenameSchema",
    "RenameSequence",
    "RenameTable",
    "RenameType",
    "Select",
    "SetDefault",
    "SetNotNull",
    "SetSchema",
    "Statement",
    "TableStatement",
    "Truncate",
    "Update",
    "ValidateConstraint",
]

# --- columns -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumn(TableStatement):
    kind: ClassVar[str] = "add_column"
    column: ColumnDefinition
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DropColumn(TableStatement):
    kind: ClassVar[str] = "drop_column"
    column: str
    cascade: bool = False
    column_if_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterType(TableStatement):
    kind: ClassVar[str] = "alter_type"
    column: str
    type: str
    using: str | None = None
    collation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDefault(TableStatement):
    kind: ClassVar[str] = "set_default"
    column: str
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDefault(TableStatement):
    kind: ClassVar[str] = "drop_default"
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNotNull(TableStatement):
    kind: ClassVar[str] = "set_not_null"
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropNotNull(TableStatement):
    kind: ClassVar[str] = "drop_not_null"
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameColumn(TableStatement):
    kind: ClassVar[str] = "rename_column"
    column: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterTableOther(TableStatement):
    """Any other subcommand of ALTER TABLE.

    Attributes:
        subcommand: the grammar's name without its prefix: "SetStatistics", "AddIdentity", "SetLogged",
            "AttachPartition", "DetachPartition", "EnableRowSecurity", "ReplicaIdentity", ...
        column: the column it is about, if any.
        other: the other relation (the partition attached, the parent inherited), if any.
        concurrent: DETACH ... CONCURRENTLY.
    """

    kind: ClassVar[str] = "alter_table"
    subcommand: str
    column: str | None = None
    other: RelationName | None = None
    concurrent: bool = False


# --- constraints ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AddConstraint(TableStatement):
    """ADD CONSTRAINT; `kind` depends on the type, so the registry asks `kind_of`."""

    kind: ClassVar[str] = "add_constraint"
    constraint: Constraint


@dataclass(frozen=True, slots=True, kw_only=True)
class DropConstraint(TableStatement):
    kind: ClassVar[str] = "drop_constraint"
    name: str
    cascade: bool = False
    constraint_if_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateConstraint(TableStatement):
    kind: ClassVar[str] = "validate_constraint"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameConstraint(TableStatement):
    kind: ClassVar[str] = "rename_constraint"
    name: str
    new_name: str


# --- indexes -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIndex(TableStatement):
    """CREATE INDEX.

    Attributes:
        columns: plain key columns and those that key expressions, INCLUDE and WHERE mention.
        key_columns: the key, None for an expression.
    """

    kind: ClassVar[str] = "create_index"
    name: str | None
    columns: tuple[str, ...]
    key_columns: tuple[str | None, ...]
    include: tuple[str, ...] = ()
    unique: bool = False
    concurrently: bool = False
    method: str = "btree"
    where: str | None = None
    if_not_exists: bool = False
    nulls_not_distinct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DropIndex(Statement):
    kind: ClassVar[str] = "drop_index"
    index: RelationName
    concurrently: bool = False
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameIndex(Statement):
    kind: ClassVar[str] = "rename_index"
    index: RelationName
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindex(Statement):
    """REINDEX; `target` is "index", "table", "schema", "database" or "system"."""

    kind: ClassVar[str] = "reindex"
    target: str
    relation: RelationName | None
    concurrently: bool = False


# --- tables --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTable(Statement):
    kind: ClassVar[str] = "create_table"
    table: RelationName
    columns: tuple[ColumnDefinition, ...]
    constraints: tuple[Constraint, ...]
    partition_of: RelationName | None = None
    partition_bound: str | None = None
    partition_key: str | None = None
    inherits: tuple[RelationName, ...] = ()
    like: tuple[RelationName, ...] = ()
    temporary: bool = False
    if_not_exists: bool = False
    query: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTable(Statement):
    kind: ClassVar[str] = "drop_table"
    table: RelationName
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameTable(TableStatement):
    kind: ClassVar[str] = "rename_table"
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSchema(TableStatement):
    kind: ClassVar[str] = "set_schema"
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate(Statement):
    # `only`: those of the tables whose heirs are left alone.
    kind: ClassVar[str] = "truncate"
    tables: tuple[RelationName, ...]
    only: frozenset[RelationName] = frozenset()
    cascade: bool = False


# --- types, views and the rest ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateType(Statement):
    kind: ClassVar[str] = "create_type"
    name: RelationName
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameType(Statement):
    """ALTER TYPE or DOMAIN ... RENAME TO or SET SCHEMA; `new`: the whole name that the type has from then on."""

    kind: ClassVar[str] = "rename_type"
    type: RelationName
    new: RelationName


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameSequence(Statement):
    """ALTER SEQUENCE ... RENAME TO or SET SCHEMA; `new`: the whole name that it has from then on."""

    kind: ClassVar[str] = "rename_sequence"
    sequence: RelationName
    new: RelationName


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameFunction(Statement):
    """ALTER FUNCTION, PROCEDURE or ROUTINE ... RENAME TO or SET SCHEMA.

    Attributes:
        schema: as it is written; None where it is left to the search_path.
        arguments: the types as they are written; None where they are left out.
        new_name, new_schema: the one that changes.
    """

    kind: ClassVar[str] = "rename_function"
    schema: str | None
    name: str
    arguments: tuple[str, ...] | None
    new_name: str | None = None
    new_schema: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameSchema(Statement):
    kind: ClassVar[str] = "rename_schema"
    schema: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEnumValue(Statement):
    kind: ClassVar[str] = "add_enum_value"
    type: RelationName
    value: str
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameEnumValue(Statement):
    kind: ClassVar[str] = "rename_enum_value"
    type: RelationName
    value: str
    new_value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterDomain(Statement):
    """ALTER DOMAIN; `action`: "add_constraint", "set_not_null", "validate", "drop_constraint", "other"."""

    kind: ClassVar[str] = "alter_domain"
    domain: RelationName
    action: str
    not_valid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterComposite(Statement):
    """ALTER TYPE of a composite type; `action`: "add", "drop", "alter" or "rename"; `cascade`: of its tables too."""

    kind: ClassVar[str] = "alter_composite_type"
    type: RelationName
    action: str
    attribute: str
    new_type: str | None = None
    new_name: str | None = None
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTrigger(TableStatement):
    kind: ClassVar[str] = "create_trigger"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshMaterializedView(Statement):
    kind: ClassVar[str] = "refresh_materialized_view"
    view: RelationName
    concurrently: bool = False
    with_data: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Other(Statement):
    """Everything else the grammar knows.

    Attributes:
        tag: the kind used in plans, snake case: "comment", "create_view", "drop_type", "do", "vacuum", "copy", ...
        relations: tables the statement names as its object.
        opaque: runs code that cannot be looked into (DO, CALL).
        contains: of a DO block, the statements in it that are known.
        whole: nothing else is in the block.
    """

    tag: str
    relations: tuple[RelationName, ...] = ()
    object_name: str | None = None
    opaque: bool = False
    concurrently: bool = False
    contains: tuple[Statement, ...] = ()
    whole: bool = False
