"""What an expression or a statement mentions, and what can be known of its value without a database."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from online_migrate.errors import SqlSyntaxError
from online_migrate.grammar.relations import names, qualify
from online_migrate.grammar.tree import (
    Message,
    deparse_expression,
    deparse_type,
    expression,
    of_type,
    pg,
    statement,
    type_of,
    unique,
    unwrap,
    walk,
    words,
)
from online_migrate.plan.names import RelationName

Volatility = Literal["i", "s", "v"]
"""As pg_proc.provolatile: immutable, stable, volatile."""

_ORDER: Final[tuple[Volatility, ...]] = ("i", "s", "v")


def read_any(sql: str) -> Message:
    """Return the tree of an expression or, where it is not one, of a statement.

    Raises:
        SqlSyntaxError: it is neither.
    """
    try:
        return expression(sql)
    except SqlSyntaxError:
        return statement(sql)


def column_path(node: pg.ColumnRef) -> tuple[str, ...]:
    """Return the words of a column reference, ("t", "a"); a star ends it as "*"."""
    return tuple("*" if field.HasField("a_star") else field.string.sval for field in node.fields)


def columns_in(node: Message) -> tuple[str, ...]:
    """Return the last word of every column reference in a tree, once each."""
    return unique(column_path(ref)[-1] for ref in of_type(node, "ColumnRef"))


def functions_in(node: Message) -> tuple[tuple[str, ...], ...]:
    """Return the words of every function called in a tree, ("pg_catalog", "now"), once each."""
    return unique(words(call.funcname) for call in of_type(node, "FuncCall"))


def columns(sql: str) -> tuple[str, ...]:
    """Return the columns that an expression or statement refers to, without the table before them."""
    return columns_in(read_any(sql))


def has_whole_rows(sql: str) -> bool:
    """Whether it means every column that a table has: by a star, a NATURAL JOIN, or the name of a table as a value."""
    node = read_any(sql)
    if any(found.DESCRIPTOR.name == "A_Star" or getattr(found, "is_natural", False) for found in walk(node)):
        return True
    values = Counter(_as_value(relation) for relation in of_type(node, "RangeVar"))
    # A query does not see the table that its rows are put into.
    values.subtract(_as_value(insert.relation) for insert in of_type(node, "InsertStmt"))
    return any(values[path[-1]] > 0 for ref in of_type(node, "ColumnRef") if len(path := column_path(ref)) == 1)


def _as_value(relation: pg.RangeVar) -> str:
    return str(relation.alias.aliasname or relation.relname)


def functions(sql: str) -> tuple[str, ...]:
    """Return the functions it calls, with their schema where it is written ("pg_catalog.now")."""
    return tuple(".".join(path) for path in functions_in(read_any(sql)))


def cast_types(sql: str) -> tuple[str, ...]:
    """Return the types that an expression casts anything to, at any depth."""
    return unique(deparse_type(node.type_name) for node in of_type(expression(sql), "TypeCast"))


def objects(sql: str) -> tuple[str, ...]:
    """Return the types, functions and collations that a statement names, without their schema, once each."""
    return unique(path[-1] for path in object_paths(sql))


def object_paths(sql: str) -> tuple[tuple[str, ...], ...]:
    """Return the types, functions and collations that a statement names, with their schema where it is written."""
    return unique(path for node in walk(statement(sql)) if (path := _object(node)))


def _object(node: Message) -> tuple[str, ...]:
    """Return the words of the type, function or collation that a node names; none for any other node."""
    match type_of(node):
        case "TypeName":
            return words(node.names)
        case "CreateTrigStmt" | "FuncCall":
            return words(node.funcname)
        case "CollateClause":
            return words(node.collname)
        case _:
            return ()


def relations(sql: str) -> tuple[RelationName, ...]:
    """Return the relations it names, common table expressions excluded; schema "" where none is written."""
    return names(qualify(read_any(sql), lambda schema, name: RelationName(schema or "", name)))


def parameters(sql: str) -> tuple[int, ...]:
    """Return the numbers of its $ parameters, once each, in the order they stand."""
    return unique(reference.number for reference in of_type(read_any(sql), "ParamRef"))


def is_constant(sql: str) -> bool:
    """Whether an expression is only literals: their casts, signs, collations, and arrays and rows of them."""
    return _is_constant(expression(sql))


def _is_constant(node: Message) -> bool:
    node = unwrap(node)
    match type_of(node):
        case "A_Const":
            return True
        case "TypeCast" | "CollateClause":
            return _is_constant(node.arg)
        case "A_ArrayExpr":
            return all(_is_constant(item) for item in node.elements)
        case "RowExpr":
            return all(_is_constant(item) for item in node.args)
        case "A_Expr":
            signed = node.kind == pg.AEXPR_OP and not type_of(node.lexpr) and words(node.name) in (("-",), ("+",))
            return signed and _is_constant(node.rexpr)
        case _:
            return False


def volatility_of(sql: str, known: Mapping[str, str]) -> Volatility:
    """Return the volatility of the most volatile function that an expression calls; "i" where it calls none.

    Args:
        known: function name, without schema, to "i", "s" or "v"; a function that is not there counts as volatile.
    """
    node = expression(sql)
    found = [known.get(path[-1], "v") for path in functions_in(node)]
    if any(True for _ in of_type(node, "SQLValueFunction")):
        # CURRENT_TIMESTAMP, CURRENT_USER and their kind; all are stable (transaction or session constant).
        found.append("s")
    return max((v for v in _ORDER if v in found), key=_ORDER.index, default="i")


def contains_volatile(sql: str, known: Mapping[str, str]) -> bool:
    """Whether an expression calls a volatile function, or one that is not known."""
    return volatility_of(sql, known) == "v"


def conjuncts(sql: str) -> tuple[str, ...]:
    """Return the predicates that an expression joins by AND, at any depth; itself where it joins none."""
    return tuple(deparse_expression(node) for node in conjuncts_in(expression(sql)))


def conjuncts_in(node: Message) -> Iterator[Message]:
    """Yield the predicates that a tree joins by AND, at any depth; itself where it joins none."""
    node = unwrap(node)
    if type_of(node) == "BoolExpr" and node.boolop == pg.AND_EXPR:
        for item in node.args:
            yield from conjuncts_in(item)
    else:
        yield node


def null_tested(node: Message, test: int = pg.IS_NULL) -> Message | None:
    """Return what a tree that is exactly `... IS NULL` (or the other test) asks of, or None."""
    return node.arg if type_of(node) == "NullTest" and node.nulltesttype == test else None


def null_tested_column(sql: str) -> str | None:
    """Return the column c of an expression that is exactly `c IS NULL`, or None."""
    return _tested_column(expression(sql), pg.IS_NULL)


def null_rejecting_columns(sql: str) -> tuple[str, ...]:
    """Return the columns that cannot be NULL where a CHECK holds: `c IS NOT NULL` is one of its conjuncts.

    PostgreSQL skips the scan of SET NOT NULL for just these (measured on 15, 16 and 18): a CHECK of `c > 0`
    does not do, for it is also satisfied by NULL.
    """
    tested = (_tested_column(node, pg.IS_NOT_NULL) for node in conjuncts_in(expression(sql)))
    return unique(column for column in tested if column is not None)


def proves_not_null(sql: str, column: str) -> bool:
    """Whether a CHECK that holds for every row means that the column is never NULL."""
    return column in null_rejecting_columns(sql)


def _tested_column(node: Message, test: int) -> str | None:
    asked = null_tested(node, test)
    return column_path(asked.column_ref)[-1] if asked is not None and type_of(asked) == "ColumnRef" else None


def asks_only_existence(sql: str) -> bool:
    """Whether all that an UPDATE or DELETE reads of other tables are EXISTS (...) in its WHERE."""
    node = statement(sql)
    links = [link.sub_link_type for link in of_type(node, "SubLink")]
    joined = getattr(node, "using_clause", ()) or getattr(node, "from_clause", ())
    return not joined and set(links) <= {pg.EXISTS_SUBLINK}
