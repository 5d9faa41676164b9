"""SQL as people read it. What runs is never what is shown here: the plan's own text runs."""

import sqlparse


def readable(statement: str, *, width: int = 76) -> str:
    """Return one statement as it is where it fits the width, else laid out on several lines."""
    if len(statement) <= width and "\n" not in statement:
        return statement
    laid_out: str = sqlparse.format(statement, reindent=True, wrap_after=width)
    return laid_out
