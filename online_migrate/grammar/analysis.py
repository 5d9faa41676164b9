"""What an expression or a statement mentions, and what can be known of its value."""

from collections.abc import Mapping

from online_migrate.grammar.tree import Message, of_type, pg, type_of, unique, unwrap, walk, words


def column_path(node: pg.ColumnRef) -> tuple[str, ...]:
    """Return the words of a column reference, ("t", "a"); a star ends it as "*"."""
    return tuple("*" if field.HasField("a_star") else field.string.sval for field in node.fields)


def columns_in(node: Message) -> tuple[str, ...]:
    """Return the last word of every column reference in a tree, once each."""
    return unique(column_path(ref)[-1] for ref in of_type(node, "ColumnRef"))


def functions_in(node: Message) -> tuple[tuple[str, ...], ...]:
    """Return the words of every function called in a tree, ("pg_catalog", "now"), once each."""
    return unique(words(call.funcname) for call in of_type(node, "FuncCall"))
