"""Which rows of a table belong to one batch, as predicates; `row` is what the statement calls its target."""

from collections.abc import Collection, Iterable

from online_migrate.catalog.model import Catalog, Index, Table
from online_migrate.grammar.compose import Expression, Identifier, Literal, Part, TypeName, compose_expression
from online_migrate.grammar.statements import Update
from online_migrate.plan.names import RelationName
from online_migrate.strategies.interface import Facts
from online_migrate.strategies.parts import equality

STRIPES = 12
"""A twelfth of each page per transaction: what one pass leaves dead makes room for the page's next pass.

Measured, 8 to 16: each row more is looked at once more for each pass (CPU -10 % from 16 to 10), and each pass less
leaves fewer updates HOT (WAL +1 % of a single UPDATE's from 16 to 12, +2 % to 8).
"""
STRIPES_WITH_ROOM = 4
"""Where pages are kept a tenth empty or more, there is room for the first pass already."""
FULL = 90
PAGE_BYTES = 8192
BRIN_KEEPS_HOT = 160000

SMALL_BYTES = 8 * 1024 * 1024
"""A table of this size is read within the time of a batch."""

_STEADY = frozenset(
    {
        "age", "concat", "concat_ws", "current_schema", "current_setting", "date_part", "date_trunc", "extract",
        "format", "now", "timezone", "to_char", "to_date", "to_json", "to_jsonb", "to_number", "to_timestamp",
    }
)  # fmt: skip
"""Stable functions of pg_catalog that look at no table; any other stable one might."""
_INTEGERS = frozenset({"smallint", "integer", "bigint"})


def stripe_count(table: Table, assigned: set[str], server_version_num: int) -> int:
    """Return in how many passes each page is updated, so that updates stay HOT and indexes do not grow.

    One where no update can be HOT, because an index has one of the columns (in its key, INCLUDE, expressions or
    predicate); never more than there are rows on a page.
    """
    if any(assigned & set(index.columns) and not _keeps_hot(index, server_version_num) for index in table.indexes):
        return 1
    wanted = STRIPES_WITH_ROOM if table.fillfactor < FULL else STRIPES
    if table.rows <= 0 or table.bytes <= 0:
        return wanted
    return max(1, min(wanted, round(table.rows * PAGE_BYTES / table.bytes)))


def _keeps_hot(index: Index, server_version_num: int) -> bool:
    return index.method == "brin" and server_version_num >= BRIN_KEEPS_HOT


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


def walkable_key(table: Table, facts: Facts, assigned: Collection[str] = ()) -> tuple[str, ...]:
    """Return the primary key, or another unique key without NULLs, none of whose columns is assigned; () for none."""
    not_null = {column.name for column in table.columns if column.not_null}
    if (live := facts.live.table(table.name)) is not None:
        # A NOT NULL of the plan's own may have to wait for contract.
        not_null &= {column.name for column in live.columns if column.not_null}
    for index in sorted(table.indexes, key=lambda i: not i.primary):
        key = tuple(column for column in index.key_columns if column is not None)
        complete = len(key) == len(index.key_columns) and index.predicate is None
        usable = index.unique and index.valid and complete and not_null >= set(key)
        if usable and not set(key) & set(assigned):
            return key
    return ()


def is_steady(functions: Iterable[str], catalog: Catalog) -> bool:
    """Whether functions give the same for a row in whichever batch it is, and look at no table."""
    known = {name: catalog.volatility.get(name, "v") for name in functions}
    return all(volatility == "i" or (volatility == "s" and name in _STEADY) for name, volatility in known.items())


def are_small(names: Iterable[RelationName], catalog: Catalog) -> bool:
    """Whether tables can be read again for each batch."""
    return sum(catalog.heap_bytes(name) for name in names) <= SMALL_BYTES


def written_before(row: str) -> str:
    """Return the predicate of the rows that no transaction from $4::xid on has written.

    It needs no column of the row, so that a pass over a page takes apart the rows of its stripe only: a tenth of the
    whole time (measured). A frozen row keeps its xmin for ever; one of two billion transactions ago has an age below 0.
    """
    return compose_expression(
        "pg_catalog.age({row}.xmin) NOT BETWEEN 0 AND pg_catalog.age($4::xid)", row=Identifier(row)
    )


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
