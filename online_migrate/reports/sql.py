"""SQL as people read it. What runs is never what is shown here: the plan's own text runs."""

import textwrap
from collections.abc import Iterator

from sqlparse import tokens as kinds
from sqlparse.lexer import tokenize

_INDENT = "  "
_CHANGES_ROWS = frozenset({"UPDATE", "DELETE", "INSERT", "SELECT", "WITH"})
_CLAUSES = frozenset({"SET", "FROM", "WHERE", "AND", "VALUES", "SELECT", "USING", "RETURNING"})
# Blanks inside one token (a literal, NOT NULL) are no place to break a line, except in the body of a function.
_BIND = str.maketrans(" \n\t", "\0\1\2")
_FREE = str.maketrans("\0\1\2", " \n\t")


def readable(statement: str, *, width: int = 76) -> str:
    """Return one statement as it is where it fits the width, else laid out on several lines.

    No line is longer than the width unless one word of it is. Only blanks change.
    """
    lines = textwrap.dedent(statement).strip().splitlines()
    if all(len(line) <= width for line in lines):
        return "\n".join(lines)
    return "\n".join(line for clause in _clauses(statement) for line in _filled(clause, width))


def _clauses(statement: str) -> Iterator[tuple[str, str]]:
    """Cut a statement into (indent, text): the elements of a CREATE TABLE, the clauses of a change of rows."""
    tokens = list(tokenize(statement.strip()))
    first = tokens[0][1].upper() if tokens else ""
    elements = first == "CREATE" and any(value.upper() == "TABLE" for _, value in tokens[:6])
    depth, indent, text = 0, "", ""
    for kind, value in tokens:
        closes = value == ")" and depth == 1 and elements
        clause = depth == 0 and first in _CHANGES_ROWS and value.upper() in _CLAUSES and _may_end(text)
        if closes or clause:
            yield indent, text
            indent, text = (_INDENT if value.upper() == "AND" else ""), ""
        depth += {"(": 1, ")": -1}.get(value, 0) if kind in kinds.Punctuation else 0
        binds = kind not in kinds.Whitespace and not value.startswith("$")
        text += value.rstrip("\n").translate(_BIND) if binds else value
        opens = elements and depth == 1 and value in ("(", ",") and kind in kinds.Punctuation
        if opens or kind in kinds.Comment.Single:
            yield indent, text
            indent, text = (_INDENT if depth else ""), ""
        elements = elements and not closes
    yield indent, text


def _may_end(text: str) -> bool:
    # IS DISTINCT FROM is no clause; DELETE FROM is one.
    return bool(text.strip()) and not text.rstrip().upper().endswith(("DISTINCT", "DELETE"))


def _filled(clause: tuple[str, str], width: int) -> list[str]:
    indent, text = clause
    wrapper = textwrap.TextWrapper(
        width=width,
        initial_indent=indent,
        subsequent_indent=indent + _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.translate(_FREE) for line in wrapper.wrap(" ".join(text.split()))]
