"""What rare subcommands of ALTER TABLE say beyond their name: bounds of a partition, what becomes of a constraint."""

from dataclasses import dataclass
from typing import Any

from online_migrate.grammar.analysis import column_path, conjuncts_in
from online_migrate.grammar.tree import Message, expression, pg, statement, type_of, unwrap

Value = int | str
_OPPOSITE = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeBound:
    """FROM (low) TO (high) of one column; None for MINVALUE and MAXVALUE."""

    low: Value | None
    high: Value | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A column compared with a constant."""

    column: str
    operator: str
    value: Value


def _definition(sql: str) -> Any:
    return getattr(statement(sql).cmds[0].alter_table_cmd, "def")


def attached_range(sql: str) -> RangeBound | None:
    """Return the bounds that ATTACH PARTITION gives; None for lists, hashes, DEFAULT and ranges of several columns."""
    bound = _definition(sql).partition_cmd.bound
    if bound.strategy != "r" or bound.is_default or len(bound.lowerdatums) != 1:
        return None
    low, high = bound.lowerdatums[0], bound.upperdatums[0]
    values = [None if type_of(node) == "ColumnRef" else _constant(node) for node in (low, high)]
    if any(v is None and type_of(n) != "ColumnRef" for v, n in zip(values, (low, high), strict=True)):
        return None
    return RangeBound(low=values[0], high=values[1])


def comparisons(sql: str) -> tuple[Comparison, ...]:
    """Return the comparisons of a column with a constant that an expression joins by AND."""
    found = []
    for node in conjuncts_in(expression(sql)):
        if type_of(node) != "A_Expr" or node.kind != pg.AEXPR_OP:
            continue
        operator = node.name[-1].string.sval
        for mine, other, seen in (
            (node.lexpr, node.rexpr, operator),
            (node.rexpr, node.lexpr, _OPPOSITE.get(operator)),
        ):
            value = _constant(other)
            if type_of(mine) == "ColumnRef" and value is not None and seen in _OPPOSITE:
                found.append(Comparison(column=column_path(unwrap(mine))[-1], operator=seen, value=value))
    return tuple(found)


def _constant(node: Message) -> Value | None:
    """A constant without its casts; a number that is written as a text counts as one."""
    node = unwrap(node)
    while type_of(node) == "TypeCast":
        node = unwrap(node.arg)
    if type_of(node) != "A_Const":
        return None
    if node.HasField("ival"):
        return int(node.ival.ival)
    if not node.HasField("sval"):
        return None
    text = str(node.sval.sval)
    return int(text) if text.lstrip("-").isdecimal() else text


def named(sql: str) -> str:
    """Return the name that a subcommand gives: the tablespace or the access method; "" for the default one."""
    name: str = statement(sql).cmds[0].alter_table_cmd.name
    return name


def altered_enforcement(sql: str) -> tuple[str, bool | None]:
    """Return the constraint that ALTER CONSTRAINT names, and whether it is to be enforced; None where that stays."""
    node = _definition(sql).atalter_constraint
    return node.conname, bool(node.is_enforced) if node.alter_enforceability else None
