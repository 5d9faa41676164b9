"""What statements are made of: columns, constraints, assignments. Expressions are SQL text, deparsed."""

from dataclasses import dataclass
from typing import Literal

from online_migrate.plan.names import RelationName

ConstraintType = Literal["check", "foreign_key", "unique", "primary_key", "exclude", "not_null"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A table constraint, or a column constraint written as one.

    Attributes:
        name: None where PostgreSQL chooses it.
        columns: constrained columns (of a CHECK: those it mentions).
        expression: of a CHECK.
        definition: the deparsed text that follows ADD CONSTRAINT name, e.g. "UNIQUE (a, b)".
        using_index: name of the index of ADD ... USING INDEX.
    """

    type: ConstraintType
    name: str | None
    columns: tuple[str, ...]
    definition: str
    expression: str | None = None
    referenced: RelationName | None = None
    referenced_columns: tuple[str, ...] = ()
    on_delete: str | None = None
    on_update: str | None = None
    not_valid: bool = False
    not_enforced: bool = False
    deferrable: bool = False
    initially_deferred: bool = False
    nulls_not_distinct: bool = False
    no_inherit: bool = False
    include: tuple[str, ...] = ()
    using_index: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDefinition:
    """A column of ADD COLUMN or CREATE TABLE.

    Attributes:
        type: deparsed type name, "varchar(20)".
        default: deparsed default expression.
        serial: written as serial, bigserial or smallserial.
        constraints: inline CHECK, UNIQUE, PRIMARY KEY and REFERENCES.
    """

    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    collation: str | None = None
    generated: Literal["stored", "virtual"] | None = None
    generation_expression: str | None = None
    identity: Literal["always", "by default"] | None = None
    serial: bool = False
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One `column = expression` of an UPDATE."""

    column: str
    expression: str
