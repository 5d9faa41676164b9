"""Comments of an SQL text, told apart from strings by PostgreSQL's own scanner."""

from dataclasses import dataclass

from online_migrate.grammar.tree import pg, tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment, its marks included, and the line (from 1) on which it begins."""

    text: str
    line: int


def comments(sql: str) -> tuple[Comment, ...]:
    """Return the `--` comments of a text that parses, in order."""
    raw = sql.encode()
    return tuple(
        Comment(text=raw[token.start : token.end].decode().rstrip(), line=raw.count(b"\n", 0, token.start) + 1)
        for token in tokens(sql)
        if token.token == pg.SQL_COMMENT
    )
