"""Serial and identity columns for a table with rows: a sequence numbers new rows at once, and old ones in batches.

The column begins plain, empty and with nextval() as its default, so that code which does not know it gets numbers too.
An identity's own sequence can only be made by ADD GENERATED, which wants the column NOT NULL and without a default:
until then a sequence of ours stands in, under another name, usable by whoever may insert; the last step hands its
number on.
"""

from typing import LiteralString

from online_migrate.catalog import type_names
from online_migrate.grammar import edit, identity
from online_migrate.grammar.compose import (
    Expression,
    Identifier,
    Literal,
    TypeName,
    compose,
    compose_expression,
    quote,
)
from online_migrate.grammar.statements import AddColumn
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import Ddl
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import alter_table, done, locks, naming
from online_migrate.strategies.parts.ids import helper_name, step_id

_UNLOGGED_SEQUENCES = 150000
WHICH_NUMBER = (
    "Each row that is there gets a number of its own, in batches; which row gets which may differ from the statement "
    "as written, which follows the order of the rows on disk."
)


def serial(statement: AddColumn, facts: Facts, bare: str) -> tuple[str, tuple[str, ...]]:
    """Return the default of a serial column, and the statements that add it with its sequence."""
    plain = type_names.canonical(statement.column.type, facts.catalog)
    sequence = naming.of_sequence(facts.catalog, statement)
    unlogged: LiteralString = "UNLOGGED " if _is_unlogged(statement, facts) else ""
    create = compose("CREATE " + unlogged + "SEQUENCE {sequence} AS {type}", sequence=sequence, type=TypeName(plain))
    default = _next(sequence)
    add = (
        create,
        edit.with_type(bare, plain),
        alter_table.set_default(statement.table, statement.column.name, default),
        _owned_by(sequence, statement),
    )
    return default, add


def _is_unlogged(statement: AddColumn, facts: Facts) -> bool:
    """Whether the sequence of a serial column is: from 15 on as its table is (release notes of 15)."""
    table = facts.catalog.table(statement.table)
    unlogged = table is not None and table.persistence == "u"
    return unlogged and facts.catalog.server_version_num >= _UNLOGGED_SEQUENCES


def stand_in(statement: AddColumn, facts: Facts, bare: str) -> tuple[str, tuple[str, ...]]:
    """Return the default of a column that is to become an identity, and the statements that add it with a sequence."""
    default = _next(_stand_in(statement))
    made, owned = _make_stand_in(statement, facts)
    return default, (
        *made,
        edit.without_identity(bare),
        alter_table.set_default(statement.table, statement.column.name, default),
        owned,
    )


def make_identity(change: Change, statement: AddColumn, facts: Facts) -> Ddl:
    """Return the step that makes the column, filled and NOT NULL, an identity, and lets it go on from our number."""
    table, column, ours = statement.table, statement.column.name, _stand_in(statement)
    theirs = compose_expression("pg_catalog.pg_get_serial_sequence({table}, {column})::regclass", **_names(statement))
    made, owned = _make_stand_in(statement, facts)
    of_column: dict[str, RelationName | Identifier] = {"table": table, "column": Identifier(column)}
    return Ddl(
        id=step_id(change, "make_identity", table, column),
        operation=change.operation.id,
        purpose=f"make {column} an identity column that goes on from the number reached",
        sql=(
            compose("ALTER SEQUENCE {sequence} OWNED BY NONE", sequence=ours),
            compose("ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT", **of_column),
            identity.add_generated(statement.sql),
            _hand_on(_sequence(ours), theirs),
            compose("DROP SEQUENCE {sequence}", sequence=ours),
        ),
        search_path=change.operation.search_path,
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, table),
        done_check=done.column_is_identity(table, column),
        undo=(
            # Nobody may take a number between reading the last one and going on from it.
            compose("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE", table=table),
            *made,
            _hand_on(theirs, _sequence(ours)),
            compose("ALTER TABLE {table} ALTER COLUMN {column} DROP IDENTITY", **of_column),
            alter_table.set_default(table, column, _next(ours)),
            owned,
        ),
    )


def _stand_in(statement: AddColumn) -> RelationName:
    table = statement.table
    name = helper_name("online_migrate_numbers", table.schema, table.name, statement.column.name)
    return RelationName(table.schema, name)


def _make_stand_in(statement: AddColumn, facts: Facts) -> tuple[tuple[str, str], str]:
    """Return what makes our sequence, and what makes it go with the column.

    An identity's sequence needs no right of whoever inserts, the one behind a default does.
    """
    sequence = _stand_in(statement)
    create = identity.create_sequence(
        statement.sql, sequence, type_names.canonical(statement.column.type, facts.catalog)
    )
    grant = compose("GRANT USAGE ON SEQUENCE {sequence} TO PUBLIC", sequence=sequence)
    return (create, grant), _owned_by(sequence, statement)


def _owned_by(sequence: RelationName, statement: AddColumn) -> str:
    return compose(
        "ALTER SEQUENCE {sequence} OWNED BY {table}.{column}",
        sequence=sequence,
        table=statement.table,
        column=Identifier(statement.column.name),
    )


def _hand_on(one: str, other: str) -> str:
    """Return the query that makes another sequence go on from the last number of one, if that was ever used."""
    return compose(
        "SELECT pg_catalog.setval({other}, numbers.last)"
        " FROM pg_catalog.pg_sequence_last_value({one}) AS numbers (last) WHERE numbers.last IS NOT NULL",
        one=Expression(one),
        other=Expression(other),
    )


def _next(sequence: RelationName) -> str:
    return compose_expression("nextval({sequence})", sequence=Expression(_sequence(sequence)))


def _sequence(sequence: RelationName) -> str:
    return compose_expression("{text}::regclass", text=_text(sequence))


def _names(statement: AddColumn) -> dict[str, Literal]:
    return {"table": _text(statement.table), "column": Literal(statement.column.name)}


def _text(name: RelationName) -> Literal:
    return Literal(f"{quote(name.schema)}.{quote(name.name)}")
