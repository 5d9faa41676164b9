"""ALTER TYPE ... RENAME TO, CREATE TYPE ... AS ENUM and DROP TYPE, where a type takes the place of another.

Naive risk: each is quick and locks no table, but on the way code that names the type in its statements (as psycopg and
asyncpg do with enums) fails, until the column and the name have both changed.

Steps. Migrate: the new type, under a name of ours where the revision has given it the name that is still in use. All
that gives names is part of the swap of the column, or of all columns in one (see ALTER COLUMN TYPE): from one moment to
the next the same words mean the new type. Contract: the type that was is dropped.

Locks: none on tables.

Old and new code: until the swap the type is as it was; from then on the new one, with its values alone.

Preconditions: an enum, and every column that is of it gets the new type; from the first of the statements to the last
nothing else in the plan names either type, and between changes of columns there are only those of their defaults. Any
other is run as written.

Undo: until contract; the new type goes.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altertype.html.
"""

from online_migrate.grammar.compose import compose
from online_migrate.grammar.types import created_as
from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import Ddl
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import done, exchange
from online_migrate.strategies.parts.exchange import Exchange
from online_migrate.strategies.parts.ids import step_id

KINDS = ("rename_type", "create_type", "drop_type")


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where no other type takes the place of this one."""
    found = exchange.of(change, facts)
    if found is None:
        return None
    match found.parts[change.operation.id]:
        case "creates":
            return Rewrite(migrate=(_create(change, found),), settled=PhaseName.MIGRATE)
        case "drops":
            note = f"Done in contract, once no column is of the type that {found.type} was."
        case _:
            note = f"Done in the moment in which the column of type {found.type} gets the new one: see there."
    return Rewrite(settled=PhaseName.MIGRATE, notes=(note,))


def _create(change: Change, found: Exchange) -> Ddl:
    return Ddl(
        id=step_id(change, "create_type", found.type),
        operation=change.operation.id,
        purpose=f"make the new {found.type} as {found.new.name}, until the column is of it",
        sql=(created_as(change.statement.sql, found.new),),
        search_path=change.operation.search_path,
        done_check=done.type_exists(found.new),
        undo=(compose("DROP TYPE IF EXISTS {name}", name=found.new),),
    )
