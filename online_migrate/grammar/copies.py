"""The definition of what is on one column, made anew for another column that stands in for it."""

from collections.abc import Iterable

from online_migrate.grammar.analysis import column_path
from online_migrate.grammar.constraints import definition_of, parse_definition
from online_migrate.grammar.tree import Message, deparse, of_type, pg, statement, string, type_of
from online_migrate.plan.names import RelationName


def index_copy(sql: str, old: str, new: str, *, unique: bool = True, tablespace: str | None = None) -> str:
    """Return CREATE INDEX with column `new` wherever it has `old`; all else stays to the letter.

    Args:
        unique: False makes a plain index of a unique one.
        tablespace: where it is kept, which the catalog's definition does not say; None for the database's own.

    Raises:
        ValueError: it is not CREATE INDEX.
    """
    node = statement(sql)
    if type_of(node) != "IndexStmt":
        raise ValueError("index_copy is for CREATE INDEX")
    node.unique = node.unique and unique
    node.table_space = tablespace or ""
    _rename(node, old, new)
    return deparse(node)


def in_statement(sql: str, old: str, new: str) -> str:
    """Return CREATE INDEX, STATISTICS or TRIGGER with column `new` wherever it has `old`; all else stays."""
    node = statement(sql)
    if type_of(node) == "CreateTrigStmt":
        _rename_names(node.columns, old, new)
    _rename(node, old, new)
    return deparse(node)


def drop_statistics(sql: str) -> str:
    """Return the DROP of what a CREATE STATISTICS with a name makes."""
    named = pg.Node(list=pg.List(items=statement(sql).defnames))
    return deparse(pg.DropStmt(objects=[named], remove_type=pg.OBJECT_STATISTIC_EXT, behavior=pg.DROP_RESTRICT))


def has_options(sql: str) -> bool:
    """Whether CREATE INDEX has storage parameters."""
    return bool(statement(sql).options)


def statistics_copy(sql: str, name: RelationName, old: str, new: str) -> str:
    """Return CREATE STATISTICS under another name with column `new` wherever it has `old`; all else stays.

    Raises:
        ValueError: it is not CREATE STATISTICS.
    """
    node = statement(sql)
    if type_of(node) != "CreateStatsStmt":
        raise ValueError("statistics_copy is for CREATE STATISTICS")
    del node.defnames[:]
    node.defnames.extend((string(name.schema), string(name.name)))
    _rename(node, old, new)
    return deparse(node)


def trigger_copy(sql: str, name: str, column: str) -> str:
    """Return CREATE TRIGGER under another name that fires on UPDATE OF this one column, and on nothing else.

    Raises:
        ValueError: it is not CREATE TRIGGER.
    """
    node = statement(sql)
    if type_of(node) != "CreateTrigStmt":
        raise ValueError("trigger_copy is for CREATE TRIGGER")
    node.trigname = name
    node.events = _UPDATE
    del node.columns[:]
    node.columns.append(string(column))
    return deparse(node)


_UPDATE = 1 << 4
"""TRIGGER_TYPE_UPDATE of catalog/pg_trigger.h."""


def _rename(node: Message, old: str, new: str) -> None:
    for element in (*of_type(node, "IndexElem"), *of_type(node, "StatsElem")):
        if element.name == old:
            element.name = new
    for reference in of_type(node, "ColumnRef"):
        if column_path(reference)[-1] == old:
            reference.fields[-1].string.sval = new


def constraint_copy(definition: str, old: str, new: str) -> str:
    """Return what follows ADD CONSTRAINT name, with column `new` of the table wherever it has `old`."""
    node = parse_definition(definition)
    for names in (node.keys, node.including, node.fk_attrs, node.fk_del_set_cols):
        _rename_names(names, old, new)
    _rename(node, old, new)
    return definition_of(node)


def referring_copy(definition: str, old: str, new: str) -> str:
    """Return what follows ADD CONSTRAINT name of a foreign key, with column `new` of the table it refers to."""
    node = parse_definition(definition)
    _rename_names(node.pk_attrs, old, new)
    return definition_of(node)


def _rename_names(names: Iterable[Message], old: str, new: str) -> None:
    for name in names:
        if name.string.sval == old:
            name.string.sval = new


def matches_full(definition: str) -> bool:
    """Whether a foreign key is MATCH FULL: its columns are all NULL or none is."""
    return bool(parse_definition(definition).fk_matchtype == "f")


def is_deferrable(definition: str) -> bool:
    """Whether what follows ADD CONSTRAINT name lets a transaction break the rule until it ends."""
    return bool(parse_definition(definition).deferrable)
