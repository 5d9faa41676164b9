"""What the bounds of a partition mean, as an expression of its columns that a CHECK can repeat."""

from collections.abc import Mapping, Sequence
from typing import Final

from online_migrate.grammar.compose import Expression, Identifier, TypeName, compose, compose_expression
from online_migrate.grammar.tree import Message, deparse, deparse_expression, statement, type_of, unwrap
from online_migrate.plan.names import RelationName

DEFAULT: Final = "DEFAULT"
"""The bounds of a DEFAULT partition."""

_BOUND_OF: Final = "CREATE TABLE t PARTITION OF p "
_KEY_OF: Final = "CREATE TABLE t () PARTITION BY "


def belonging(bound: str, key: str, types: Mapping[str, str]) -> str | None:
    """Return what holds for each row of a partition, written so that PostgreSQL finds its own bounds proved by it.

    Args:
        bound: "FOR VALUES FROM (1) TO (5)".
        key: of the partitioned table, "RANGE (id)".
        types: column to its type.

    Returns:
        None for HASH, for DEFAULT, for a key that is not plain columns (an expression, another collation or operator
        class), and for bounds that are not constants.
    """
    columns = _plain_columns(key)
    node = statement(_BOUND_OF + bound).partbound
    datums = [unwrap(item) for item in (*node.listdatums, *node.lowerdatums, *node.upperdatums)]
    if columns is None or node.is_default or not all(c in types for c in columns) or not all(map(_is_fixed, datums)):
        return None
    match node.strategy:
        case "l":
            return _in_list(columns[0], node.listdatums, types[columns[0]])
        case "r":
            low = _side(columns, node.lowerdatums, types, beyond=">", last=">=")
            high = _side(columns, node.upperdatums, types, beyond="<", last="<")
            return _all(*map(_filled, columns), low, high)
        case _:
            return None


def outside(belonging_to_another: str) -> str:
    """Return what holds for each row that does not belong to a partition: for those of the DEFAULT one."""
    return compose_expression("NOT ({inside})", inside=Expression(belonging_to_another))


def partition_bound(sql: str) -> str | None:
    """Return the bounds that CREATE TABLE ... PARTITION OF gives; None where it is no plain copy of its parent.

    A plain one says nothing of columns, constraints, a further partitioning, or what to do where it is there already.
    """
    node = statement(sql)
    plain = not (node.table_elts or node.HasField("partspec") or node.if_not_exists or node.oncommit > 1)
    if type_of(node) != "CreateStmt" or not node.HasField("partbound") or not plain:
        return None
    shell = statement(_BOUND_OF + DEFAULT)
    shell.partbound.CopyFrom(node.partbound)
    return deparse(shell).removeprefix(_BOUND_OF)


def attaching(parent: RelationName, child: RelationName, bound: str) -> str:
    """Return ALTER TABLE ... ATTACH PARTITION with these bounds, "FOR VALUES FROM (1) TO (5)" or "DEFAULT"."""
    node = statement(compose("ALTER TABLE {parent} ATTACH PARTITION {child} DEFAULT", parent=parent, child=child))
    command = getattr(node.cmds[0].alter_table_cmd, "def").partition_cmd
    command.bound.CopyFrom(statement(_BOUND_OF + bound).partbound)
    return deparse(node)


def alone_like(sql: str, parent: RelationName) -> str:
    """Return CREATE TABLE ... PARTITION OF as a table of its own, with all that a partition takes over at its creation.

    Indexes, foreign keys, triggers and identity come when it is attached.
    """
    node = statement(sql)
    like = statement(
        compose(
            "CREATE TABLE t (LIKE {parent} INCLUDING COMPRESSION INCLUDING CONSTRAINTS INCLUDING DEFAULTS"
            " INCLUDING GENERATED INCLUDING STORAGE)",
            parent=parent,
        )
    )
    node.ClearField("partbound")
    del node.inh_relations[:]
    node.table_elts.extend(like.table_elts)
    return deparse(node)


def _plain_columns(key: str) -> tuple[str, ...] | None:
    parts = [item.partition_elem for item in statement(_KEY_OF + key).partspec.part_params]
    if any(not part.name or part.collation or part.opclass for part in parts):
        return None
    return tuple(part.name for part in parts)


def _is_fixed(datum: Message) -> bool:
    """A constant, with its casts, or the word MINVALUE or MAXVALUE."""
    while type_of(datum) == "TypeCast":
        datum = unwrap(datum.arg)
    return type_of(datum) in ("A_Const", "ColumnRef")


def _in_list(column: str, datums: Sequence[Message], column_type: str) -> str | None:
    values = [_compared(column, "=", datum, column_type) for datum in datums if not unwrap(datum).isnull]
    one = _any(*values)
    if len(values) < len(datums):
        return _any(compose_expression("{column} IS NULL", column=Identifier(column)), one)
    return _all(_filled(column), one)


def _side(
    columns: Sequence[str], datums: Sequence[Message], types: Mapping[str, str], *, beyond: str, last: str
) -> str | None:
    """One side of a range: beyond it in the first column, or level with it there and beyond it in the next."""
    column, datum = columns[0], unwrap(datums[0])
    if type_of(datum) == "ColumnRef":
        # MINVALUE and MAXVALUE, which end what is compared.
        return None
    if len(columns) == 1:
        return _compared(column, last, datum, types[column])
    rest = _side(columns[1:], datums[1:], types, beyond=beyond, last=last)
    level = _compared(column, "=", datum, types[column])
    return _any(_compared(column, beyond, datum, types[column]), _all(level, rest))


def _filled(column: str) -> str:
    return compose_expression("{column} IS NOT NULL", column=Identifier(column))


def _compared(column: str, operator: str, datum: Message, column_type: str) -> str:
    template = {
        "=": "{column} = CAST({value} AS {type})",
        "<": "{column} < CAST({value} AS {type})",
        ">": "{column} > CAST({value} AS {type})",
        ">=": "{column} >= CAST({value} AS {type})",
    }[operator]
    value = Expression(deparse_expression(datum))
    return compose_expression(template, column=Identifier(column), value=value, type=TypeName(column_type))


def _all(*parts: str | None) -> str | None:
    """Return the conjunction of those parts that say something; None where none does."""
    joined: str | None = None
    for part in filter(None, parts):
        joined = (
            part
            if joined is None
            else compose_expression("{left} AND {right}", left=Expression(joined), right=Expression(part))
        )
    return joined


def _any(*parts: str | None) -> str | None:
    """Return the disjunction of those parts that say something; None where none does."""
    joined: str | None = None
    for part in filter(None, parts):
        joined = (
            part
            if joined is None
            else compose_expression("{left} OR {right}", left=Expression(joined), right=Expression(part))
        )
    return joined
