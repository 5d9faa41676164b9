"""Conditions on columns, as far as they are comparisons with constants: CHECKs, and what a partition's bounds mean."""

from dataclasses import dataclass
from typing import Final

from online_migrate.grammar.analysis import column_path
from online_migrate.grammar.tree import Message, expression, pg, statement, type_of, unwrap, words

Value = int | str

_NEGATED: Final = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED: Final = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_BOUND_OF: Final = "CREATE TABLE t PARTITION OF p "


@dataclass(frozen=True, slots=True)
class Compare:
    """A column compared with a constant by =, <>, <, <=, > or >=."""

    column: str
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Null:
    """Whether a column is NULL."""

    column: str
    is_null: bool


@dataclass(frozen=True, slots=True)
class All:
    """All of them hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One of them holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something else."""


Condition = Compare | Null | All | Any | Unknown


def negated(condition: Condition) -> Condition:
    """Return what holds where a condition is known not to hold, as PostgreSQL works it out for a DEFAULT partition."""
    match condition:
        case Compare(column, operator, value):
            return Compare(column, _NEGATED[operator], value)
        case Null(column, is_null):
            return Null(column, not is_null)
        case All(parts):
            return Any(tuple(map(negated, parts)))
        case Any(parts):
            return All(tuple(map(negated, parts)))
        case Unknown():
            return condition


def condition_of(sql: str) -> Condition:
    """Return what an expression says of columns; Unknown for each part that is no comparison with a constant."""
    return _condition(expression(sql))


def _condition(node: Message) -> Condition:
    node = unwrap(node)
    match type_of(node):
        case "BoolExpr" if node.boolop != pg.NOT_EXPR:
            parts = tuple(_condition(item) for item in node.args)
            return All(parts) if node.boolop == pg.AND_EXPR else Any(parts)
        case "NullTest" if type_of(node.arg) == "ColumnRef":
            return Null(column_path(unwrap(node.arg))[-1], node.nulltesttype == pg.IS_NULL)
        case "A_Expr":
            return _comparison(node)
        case _:
            return Unknown()


def _comparison(node: Message) -> Condition:
    operator = words(node.name)[-1]
    left, right = _column(node.lexpr), _column(node.rexpr)
    if node.kind in (pg.AEXPR_OP_ANY, pg.AEXPR_OP_ALL, pg.AEXPR_IN) and left is not None and operator in ("=", "<>"):
        values = _values(node.rexpr)
        compared = tuple(Compare(left, operator, v) for v in values if v is not None)
        if len(compared) != len(values) or not values:
            return Unknown()
        every = node.kind == pg.AEXPR_OP_ALL or (node.kind == pg.AEXPR_IN and operator == "<>")
        return All(compared) if every else Any(compared)
    if node.kind != pg.AEXPR_OP or operator not in _MIRRORED:
        return Unknown()
    if left is not None and (value := _constant(node.rexpr)) is not None:
        return Compare(left, operator, value)
    if right is not None and (value := _constant(node.lexpr)) is not None:
        return Compare(right, _MIRRORED[operator], value)
    return Unknown()


def _column(node: Message) -> str | None:
    """The column that a node is, also one that is only relabelled by a cast: varchar as text."""
    node = unwrap(node)
    while type_of(node) == "TypeCast":
        node = unwrap(node.arg)
    return column_path(node)[-1] if type_of(node) == "ColumnRef" else None


def _values(node: Message) -> tuple[Value | None, ...]:
    node = unwrap(node)
    while type_of(node) == "TypeCast":
        node = unwrap(node.arg)
    if type_of(node) == "List":
        return tuple(_constant(item) for item in node.items)
    return tuple(_constant(item) for item in node.elements) if type_of(node) == "A_ArrayExpr" else ()


def _constant(node: Message) -> Value | None:
    """A constant without its casts; a number that is written as a text counts as one."""
    node = unwrap(node)
    while type_of(node) == "TypeCast":
        node = unwrap(node.arg)
    if type_of(node) != "A_Const":
        return None
    if node.HasField("ival"):
        return int(node.ival.ival)
    if node.HasField("boolval"):
        return str(node.boolval.boolval).lower()
    text = str(node.sval.sval if node.HasField("sval") else node.fval.fval if node.HasField("fval") else "")
    if not node.HasField("sval") and not node.HasField("fval"):
        return None
    return int(text) if text.lstrip("-").isdecimal() else text


def bounds_of(text: str, columns: tuple[str, ...]) -> Condition:
    """Return what holds for each row of a partition, "FOR VALUES FROM (1) TO (5)", of these key columns.

    Unknown for HASH, for DEFAULT, and where the key is more than these columns.
    """
    bound = statement(_BOUND_OF + text).partbound
    if bound.is_default:
        return Unknown()
    if bound.strategy == "l" and len(columns) == 1:
        return _list(bound, columns[0])
    if bound.strategy == "r" and len(bound.lowerdatums) == len(columns):
        filled = tuple(Null(column, is_null=False) for column in columns)
        low = _side(columns, list(bound.lowerdatums), ">", ">=")
        high = _side(columns, list(bound.upperdatums), "<", "<")
        return All((*filled, *(side for side in (low, high) if side is not None)))
    return Unknown()


def _list(bound: pg.PartitionBoundSpec, column: str) -> Condition:
    nulls = [item for item in bound.listdatums if item.a_const.isnull]
    values = [_constant(item) for item in bound.listdatums if not item.a_const.isnull]
    one = Any(tuple(Compare(column, "=", v) if v is not None else Unknown() for v in values))
    return Any((Null(column, is_null=True), one)) if nulls else All((Null(column, is_null=False), one))


def _side(columns: tuple[str, ...], datums: list[Message], beyond: str, last: str) -> Condition | None:
    """One side of a range: beyond it in the first column, or level with it there and beyond it in the next."""
    column, datum = columns[0], datums[0]
    if type_of(datum) == "ColumnRef":
        # MINVALUE and MAXVALUE, which end what is compared.
        return None
    value = _constant(datum)
    if value is None:
        return Unknown()
    if len(columns) == 1:
        return Compare(column, last, value)
    rest = _side(columns[1:], datums[1:], beyond, last)
    level: Condition = Compare(column, "=", value)
    return Any((Compare(column, beyond, value), level if rest is None else All((level, rest))))
