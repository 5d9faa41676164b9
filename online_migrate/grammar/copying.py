"""INSERT ... SELECT that makes rows of each row of one table, so that it can be cut up by that table's rows."""

from dataclasses import dataclass

from online_migrate.grammar.analysis import conjuncts_in, functions_in
from online_migrate.grammar.relations import name_of
from online_migrate.grammar.tree import (
    Message,
    deparse,
    expression,
    of_type,
    pg,
    replace,
    statement,
    type_of,
    unwrap,
    wrap,
)
from online_migrate.plan.names import RelationName

_WHOLE = (
    "distinct_clause", "group_clause", "window_clause", "values_lists", "sort_clause", "locking_clause",
)  # fmt: skip
"""Parts of a SELECT that are about all rows at once."""
_SINGLE = ("having_clause", "limit_offset", "limit_count", "with_clause", "into_clause")
_JOINS = (pg.JOIN_INNER, pg.JOIN_LEFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What is copied.

    Attributes:
        source: the table whose rows are copied: the first one of FROM.
        row: what the SELECT calls its rows.
        only: without the tables below it.
        functions: names of the functions called, without schema; one of them may be an aggregate.
    """

    source: RelationName
    row: str
    only: bool
    functions: tuple[str, ...]


def copy_of(sql: str) -> Copy | None:
    """Return what an INSERT copies; None where its rows do not come one by one from those of one table."""
    insert = statement(sql)
    if type_of(insert) != "InsertStmt" or insert.HasField("with_clause") or insert.HasField("returning_clause"):
        return None
    if insert.HasField("on_conflict_clause") and insert.on_conflict_clause.action != pg.ONCONFLICT_NOTHING:
        return None
    select = unwrap(insert.select_stmt)
    if type_of(select) != "SelectStmt" or select.op != pg.SETOP_NONE or not select.from_clause:
        return None
    if any(getattr(select, part) for part in _WHOLE) or any(select.HasField(part) for part in _SINGLE):
        return None
    calls = list(of_type(select, "FuncCall"))
    if any(call.HasField("over") or call.agg_star or call.agg_distinct or call.agg_order for call in calls):
        return None
    source = _driving(select.from_clause[0])
    if source is None or _times_named(select, source) > 1 or not all(map(_is_joined_table, select.from_clause)):
        return None
    return Copy(
        source=name_of(source),
        row=source.alias.aliasname or source.relname,
        only=not source.inh,
        functions=tuple(path[-1] for path in functions_in(select)),
    )


def narrow_copy(sql: str, predicate: str) -> str:
    """Return INSERT ... SELECT for those rows only for which the predicate holds too; $ parameters are kept."""
    insert = statement(sql)
    select = unwrap(insert.select_stmt)
    extra = expression(predicate)
    if select.HasField("where_clause"):
        both = [wrap(item) for side in (select.where_clause, extra) for item in conjuncts_in(side)]
        replace(select.where_clause, pg.BoolExpr(boolop=pg.AND_EXPR, args=both))
    else:
        replace(select.where_clause, extra)
    return deparse(insert)


def _driving(node: Message) -> pg.RangeVar | None:
    """Return the table whose rows all stay in a join: the leftmost one of inner and left joins."""
    node = unwrap(node)
    match type_of(node):
        case "RangeVar" if not node.alias.colnames:
            found: pg.RangeVar = node
            return found
        case "JoinExpr" if node.jointype in _JOINS and not node.HasField("alias"):
            return _driving(node.larg)
        case _:
            return None


def _times_named(select: Message, table: pg.RangeVar) -> int:
    return sum(name_of(other) == name_of(table) for other in of_type(select, "RangeVar"))


def _is_joined_table(node: Message) -> bool:
    """Whether an item of FROM is a table, or a join of tables: no sub-query, function or sample."""
    node = unwrap(node)
    match type_of(node):
        case "RangeVar":
            return True
        case "JoinExpr":
            return _is_joined_table(node.larg) and _is_joined_table(node.rarg)
        case _:
            return False
