"""Predicates that say which rows of a table belong to one batch; `row` is what the statement calls its target."""

from online_migrate.catalog.model import Table
from online_migrate.grammar.compose import Expression, Identifier, Literal, Part, TypeName, compose_expression
from online_migrate.grammar.statements import Update
from online_migrate.strategies import equality

_INTEGERS = frozenset({"smallint", "integer", "bigint"})


def stripe(row: str, table: Table, key: tuple[str, ...], stripes: int) -> str:
    """Return the predicate of one stripe ($3) of the pages from $1 to before $2.

    The stripe is a pure function of an integer key where there is one (30 % cheaper), else of the
    row's place on its page.
    """
    parts: dict[str, Part] = {"row": Identifier(row), "stripes": Literal(stripes)}
    types = {column.name: column.type for column in table.columns}
    window = "{row}.ctid >= $1::tid AND {row}.ctid < $2::tid AND "
    if stripes == 1:
        return compose_expression(window + "$3::integer = 0", **parts)
    if len(key) == 1 and types.get(key[0]) in _INTEGERS:
        return compose_expression(
            window + "abs({row}.{key} % {stripes}) = $3::integer", **parts, key=Identifier(key[0])
        )
    return compose_expression(window + "(({row}.ctid::text::point)[1])::integer % {stripes} = $3::integer", **parts)


def changes(row: str, table: Table, update: Update) -> str:
    """Return the predicate of the rows whose assigned columns do not hold their new values yet."""
    parts: dict[str, Part] = {}
    template = ""
    for number, assignment in enumerate(update.assignments):
        column = table.column(assignment.column)
        stored = compose_expression("{row}.{column}", row=Identifier(row), column=Identifier(assignment.column))
        parts[f"differs{number}"] = Expression(
            equality.differs(stored, assignment.expression, column.type if column is not None else "text")
        )
        template += f" OR {{differs{number}}}" if template else f"{{differs{number}}}"
    return compose_expression(template, **parts)


def between(row: str, table: Table, key: tuple[str, ...]) -> str:
    """Return the predicate key > ($1..$n) AND key <= ($n+1..$2n)."""
    count = len(key)
    template = f"{_row(count)} > {_values(count, 1)} AND {_row(count)} <= {_values(count, count + 1)}"
    return compose_expression(template, **_parts(row, table, key))


def up_to(row: str, table: Table, key: tuple[str, ...]) -> str:
    """Return the predicate key <= ($1..$n)."""
    return compose_expression(f"{_row(len(key))} <= {_values(len(key), 1)}", **_parts(row, table, key))


def _row(count: int) -> str:
    return "(" + ", ".join(f"{{row}}.{{key{i}}}" for i in range(count)) + ")"


def _values(count: int, first: int) -> str:
    return "(" + ", ".join(f"${first + i}::{{type{i}}}" for i in range(count)) + ")"


def _parts(row: str, table: Table, key: tuple[str, ...]) -> dict[str, Part]:
    types = {column.name: column.type for column in table.columns}
    return {
        "row": Identifier(row),
        **{f"key{i}": Identifier(column) for i, column in enumerate(key)},
        **{f"type{i}": TypeName(types[column]) for i, column in enumerate(key)},
    }
