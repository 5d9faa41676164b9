"""Statements about rows: UPDATE, DELETE, INSERT, SELECT."""

from collections.abc import Iterable, Iterator

from online_migrate.grammar.analysis import column_path, conjuncts_in, functions_in, null_tested
from online_migrate.grammar.definitions import Assignment
from online_migrate.grammar.relations import Mention, name_of, names
from online_migrate.grammar.statements import Delete, Insert, Select, Update
from online_migrate.grammar.tree import (
    Message,
    children,
    deparse,
    deparse_expression,
    of_type,
    pg,
    type_of,
    unique,
    unwrap,
)


def read_update(node: pg.UpdateStmt, mentions: tuple[Mention, ...]) -> Update | None:
    """Return the facts of UPDATE; None for WHERE CURRENT OF. The first mention is the target.

    Unqualified column names count as the target's, but not where a FROM is in reach, unless they are assigned too:
    a second run then may give another value, and it is better to be wrong that way.
    """
    if type_of(node.where_clause) == "CurrentOfExpr":
        return None
    targets = [item.res_target for item in node.target_list]
    assigned = unique(target.name for target in targets)
    partly = tuple(target.name for target in targets if target.indirection)
    has_from = bool(node.from_clause)
    reader = _ColumnReader(node.relation, assigned)
    others = mentions[1:]
    return Update(
        sql=deparse(node),
        table=name_of(node.relation),
        only=not node.relation.inh,
        alias=node.relation.alias.aliasname or None,
        assignments=_assignments(targets),
        assigned_columns=assigned,
        where=deparse_expression(node.where_clause) if node.HasField("where_clause") else None,
        other_relations=names(others),
        reads_columns=unique((*partly, *reader.read((target.val for target in targets), has_from))),
        where_columns=unique(reader.read([node.where_clause], has_from)),
        functions=function_names(node),
        has_from=has_from,
        has_subquery=any(True for _ in of_type(node, "SubLink")),
        has_returning=node.HasField("returning_clause"),
        has_with=node.HasField("with_clause"),
        writes=names(m for m in others if m.written),
        same_columns=tuple(target.name for target in targets if reader.is_own(_value(target), target.name)),
        null_columns=tuple(
            column
            for column in assigned
            if any(reader.is_own(null_tested(part), column) for part in conjuncts_in(node.where_clause))
        ),
    )


def _assignments(targets: list[pg.ResTarget]) -> tuple[Assignment, ...]:
    """Return column and expression of each, or nothing where one of them is not of that form."""
    found = []
    for target in targets:
        value = _value(target)
        if value is None:
            return ()
        found.append(Assignment(column=target.name, expression=deparse_expression(value)))
    return tuple(found)


def _value(target: pg.ResTarget) -> Message | None:
    if target.indirection:
        return None
    if type_of(target.val) != "MultiAssignRef":
        return target.val
    reference = target.val.multi_assign_ref
    row = reference.source.row_expr
    return row.args[reference.colno - 1] if len(row.args) == reference.ncolumns else None


class _ColumnReader:
    """Finds the columns of one table that expressions read."""

    def __init__(self, relation: pg.RangeVar, assigned: tuple[str, ...]) -> None:
        alias = relation.alias.aliasname
        self._prefixes = [(alias,)] if alias else [(relation.relname,), (relation.schemaname, relation.relname)]
        self._assigned = assigned

    def read(self, nodes: Iterable[Message], other_tables: bool) -> Iterator[str]:
        for node in nodes:
            yield from self._read(unwrap(node), other_tables)

    def is_own(self, node: Message | None, column: str) -> bool:
        """Whether the expression is this column of the table, which is one of those that are assigned."""
        node = unwrap(node) if node is not None else None
        return node is not None and type_of(node) == "ColumnRef" and tuple(self._read(node, False)) == (column,)

    def _read(self, node: Message, other_tables: bool) -> Iterator[str]:
        kind = type_of(node)
        if kind == "ColumnRef":
            path = column_path(node)
            if path[:-1] in self._prefixes or (len(path) == 1 and (not other_tables or path[0] in self._assigned)):
                yield path[-1]
            return
        inner = other_tables or (kind == "SelectStmt" and bool(node.from_clause))
        for _, child in children(node):
            yield from self._read(unwrap(child), inner)


def function_names(node: Message) -> tuple[str, ...]:
    """Return the names of the functions called in a tree, without schema."""
    return unique(path[-1] for path in functions_in(node))


def read_delete(node: pg.DeleteStmt, mentions: tuple[Mention, ...]) -> Delete | None:
    """Return the facts of DELETE; None for WHERE CURRENT OF. The first mention is the target."""
    if type_of(node.where_clause) == "CurrentOfExpr":
        return None
    return Delete(
        sql=deparse(node),
        table=name_of(node.relation),
        only=not node.relation.inh,
        where=deparse_expression(node.where_clause) if node.HasField("where_clause") else None,
        other_relations=names(mentions[1:]),
        functions=function_names(node),
        has_returning=node.HasField("returning_clause"),
        has_with=node.HasField("with_clause"),
        writes=names(m for m in mentions[1:] if m.written),
    )


def read_insert(node: pg.InsertStmt, mentions: tuple[Mention, ...]) -> Insert:
    """Return the facts of INSERT. The first mention is the target."""
    return Insert(
        sql=deparse(node),
        table=name_of(node.relation),
        columns=tuple(item.res_target.name for item in node.cols),
        from_query=_reads_tables(node.select_stmt.select_stmt),
        other_relations=names(mentions[1:]),
        writes=names(m for m in mentions[1:] if m.written),
    )


def _reads_tables(select: pg.SelectStmt) -> bool:
    sides = [getattr(select, side) for side in ("larg", "rarg") if select.HasField(side)]
    return bool(select.from_clause) or any(_reads_tables(side) for side in sides)


def read_select(node: pg.SelectStmt, mentions: tuple[Mention, ...]) -> Select:
    """Return the facts of SELECT."""
    return Select(
        sql=deparse(node),
        relations=names(mentions),
        writes=names(m for m in mentions if m.written),
        functions=function_names(node),
    )
