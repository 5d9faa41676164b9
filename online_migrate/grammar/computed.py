"""An UPDATE whose values a Python function computes: "SET a = online_migrate.computed('a1:names', first, last)".

The function of that name exists nowhere. It carries through planning which columns are read and written, and how the
Python function is found again, so that everything that holds for an UPDATE holds for this one.
"""

from dataclasses import dataclass

from online_migrate.grammar.analysis import column_path
from online_migrate.grammar.compose import Identifier, Literal, compose, compose_expression
from online_migrate.grammar.edit import target_alias_of
from online_migrate.grammar.statements import Update
from online_migrate.grammar.tree import deparse, expression, of_type, statement, type_of, unwrap, wrap

_PATH = ["online_migrate", "computed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """Which function computes the values, "<revision>:<name>", and the columns that it is given."""

    function: str
    reads: tuple[str, ...]


def call_of(computed: Computed) -> str:
    """Return the expression that stands for a value computed so."""
    names = [f"read{number}" for number, _ in enumerate(computed.reads)]
    parts = {name: Identifier(column) for name, column in zip(names, computed.reads, strict=True)}
    arguments = "".join(f", {{{name}}}" for name in names)
    return compose_expression(
        f"online_migrate.computed({{function}}{arguments})", function=Literal(computed.function), **parts
    )


def computed_of(update: Update) -> Computed | None:
    """Return how the values of an UPDATE are computed; None where they are SQL."""
    if not update.assignments:
        return None
    call = unwrap(expression(update.assignments[0].expression))
    if type_of(call) != "FuncCall" or [unwrap(part).sval for part in call.funcname] != _PATH:
        return None
    function = unwrap(call.args[0]).sval.sval
    reads = tuple(column_path(reference)[-1] for reference in of_type(call, "ColumnRef"))
    return Computed(function=function, reads=reads)


def rows_of(sql: str, reads: tuple[str, ...]) -> str:
    """Return the SELECT of what an UPDATE would change: each row's ctid, then these columns; the rows are locked."""
    update = statement(sql)
    if type_of(update) != "UpdateStmt":
        raise ValueError(f"{type_of(update)} is not an UPDATE")
    names = [f"read{number}" for number, _ in enumerate(reads)]
    listed = "".join(f", {{row}}.{{{name}}}" for name in names)
    parts = {name: Identifier(column) for name, column in zip(names, reads, strict=True)}
    template = f"SELECT {{row}}.ctid::text{listed} FROM {{row}} FOR UPDATE OF {{row}}"
    select = statement(compose(template, row=Identifier(target_alias_of(sql)), **parts))
    del select.from_clause[:]
    select.from_clause.append(wrap(update.relation))
    if update.HasField("where_clause"):
        select.where_clause.CopyFrom(update.where_clause)
    return deparse(select)
