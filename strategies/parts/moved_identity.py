"""The identity of a column, moved to the column that takes its place: a sequence of the same name, made anew.

PostgreSQL ties an identity sequence to its column for good. So the old one gets a name of ours, which keeps
everybody from it until the transaction ends; the new one has its options, rights, comment and position.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import takewhile

from online_migrate.catalog.model import Catalog, Column, SequenceOptions
from online_migrate.grammar.compose import Identifier, Literal, compose
from online_migrate.grammar.statements import Other
from online_migrate.plan.names import RelationName
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import sequence_marks
from online_migrate.strategies.parts.moves import Move
from online_migrate.strategies.parts.shadow import Shadow, aside

_LEAST = {"smallint": -(2**15), "integer": -(2**31), "bigint": -(2**63)}
_MOST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


def sequences_of(catalog: Catalog, table: RelationName, column: str) -> tuple[RelationName, ...]:
    """Return the sequences that a column owns; an identity column owns one."""
    return tuple(sequence for sequence, owner in catalog.sequence_owners.items() if owner == (table, column))


def obstacle(change: Change, facts: Facts, table: RelationName, column: Column, type_: str) -> str | None:
    """Return why the identity cannot be moved to a column of another type, or None."""
    catalog = facts.catalog
    if type_ not in _MOST:
        return f"{column.name} is an identity column, and {type_} is no integer type"
    (sequence,) = sequences_of(catalog, table, column.name)
    options = catalog.sequence_options.get(sequence)
    if options is None or any(_is_about(other, sequence) for other in takewhile(_before(change), facts.changes)):
        return f"the plan itself makes or changes the identity of {column.name}"
    return f"the identity sequence cannot be made anew: {', '.join(options.marks)}" if options.marks else None


def _before(change: Change) -> Callable[[Change], bool]:
    return lambda other: other.operation.id != change.operation.id


def _is_about(change: Change, sequence: RelationName) -> bool:
    """Whether a change does something to the sequence, which the catalog does not know of."""
    return isinstance(change.statement, Other) and sequence in change.statement.relations


def moves(made: Shadow) -> Iterator[Move]:
    """Yield the move that makes the shadow the identity column in place of the other; it must be NOT NULL by then."""
    (sequence,) = sequences_of(made.facts.catalog, made.table.name, made.column.name)
    options = made.facts.catalog.sequence_options[sequence]
    there = _taken_over(made, made.column.name, made.name, sequence, _of_type(options, made.type))
    back = _taken_over(made, made.name, made.column.name, sequence, options)
    yield Move(do=tuple(there), undo=tuple(back))


def _taken_over(made: Shadow, old: str, new: str, sequence: RelationName, options: SequenceOptions) -> Iterator[str]:
    table, old_sequence = made.table.name, RelationName(sequence.schema, aside(made, "identity"))
    rename = "ALTER SEQUENCE {sequence} RENAME TO {name}"
    yield compose(rename, sequence=sequence, name=Identifier(old_sequence.name))
    kinds = {"always": "ALWAYS", "by default": "BY DEFAULT"}
    assert made.column.identity is not None
    yield compose(
        "ALTER TABLE {table} ALTER COLUMN {column} ADD GENERATED "
        + kinds[made.column.identity]
        + " AS IDENTITY (SEQUENCE NAME {sequence} START WITH {start} INCREMENT BY {increment} MINVALUE {minimum}"
        " MAXVALUE {maximum} CACHE {cache} " + ("CYCLE" if options.cycle else "NO CYCLE") + ")",
        table=table,
        column=Identifier(new),
        sequence=sequence,
        start=Literal(options.start),
        increment=Literal(options.increment),
        minimum=Literal(options.minimum),
        maximum=Literal(options.maximum),
        cache=Literal(options.cache),
    )
    yield compose(
        "SELECT pg_catalog.setval(pg_catalog.format('%I.%I', {schema}, {name})::pg_catalog.regclass,"
        " last_value, is_called) FROM {aside}",
        schema=Literal(sequence.schema),
        name=Literal(sequence.name),
        aside=old_sequence,
    )
    drop = "ALTER TABLE {table} ALTER COLUMN {column} DROP IDENTITY"
    yield compose(drop, table=table, column=Identifier(old))
    yield from sequence_marks.of(sequence, options)


def _of_type(options: SequenceOptions, type_: str) -> SequenceOptions:
    """A bound that was that of the type goes with it, as ALTER TYPE has it."""
    least, most = _LEAST[options.type], _MOST[options.type]
    return replace(
        options,
        type=type_,
        minimum=_LEAST[type_] if options.minimum == least else options.minimum,
        maximum=_MOST[type_] if options.maximum == most else options.maximum,
    )
