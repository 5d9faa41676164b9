"""ALTER TYPE or DOMAIN ... RENAME TO, and ... SET SCHEMA.

Naive risk: quick and without a lock on any table, but from that moment old code that names the type (a cast,
ROW(...)::t) fails, and new code until then.

Steps. Migrate: in one transaction the type moves, and a domain over it takes its old name. Contract begins with
dropping that domain. An enum is renamed in contract, as written: PostgreSQL has no operator for a domain over an enum
("operator does not exist: feeling = mood"), and with operators of ours `IN` and `= ANY` would find no index.

Locks: none on tables.

Old and new code: to cast to the old name, to call a function with it, to compare and to assign is what it was; arrays
of it are assigned, but not compared. The names of an enum's values are enough for most drivers; what names the type
(psycopg and asyncpg do so for SQLAlchemy's enums) is right under the old name until contract.

Preconditions: a type that is there now, and nothing else in the plan gets its old name. Any other is run as written.

Undo: until contract, the domain goes and the type gets its name back.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altertype.html, sql-createdomain.html.
"""

from itertools import dropwhile

from online_migrate.grammar.statements import RenameType
from online_migrate.grammar.types import names_type
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import CutOver, Ddl
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import as_written, done, inverse, second_names
from online_migrate.strategies.parts.ids import step_id

KINDS = ("rename_type",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where the plan gives the old name to something else, or flavours have no such domains."""
    statement = change.statement
    assert isinstance(statement, RenameType)
    live = facts.live.types.get(statement.type)
    if live is None:
        note = f"The plan itself gives a type the name {statement.type}: no code knows it."
        return as_written.in_phase(PhaseName.MIGRATE, as_written.step(change, facts), note=note)
    if _is_given_away(change, statement.type, facts) or facts.catalog.flavour not in ("postgresql", "aurora"):
        return None
    if live.kind == "enum":
        note = (
            f"PostgreSQL has no second name for an enum: old code that names {statement.type} is right until it is"
            f" gone, and new code must name {statement.type} until contract has run. Values in quotes need no type."
        )
        return as_written.in_phase(PhaseName.CONTRACT, as_written.step(change, facts), online=False, note=note)
    note = f"Until contract {statement.type} is a domain over it: old code names it as before, but compares no arrays."
    return Rewrite(
        migrate=(_cut_over(change, statement, facts),),
        opening=(_drop_domain(change, statement),),
        settled=PhaseName.MIGRATE,
        notes=(note,),
    )


def _cut_over(change: Change, statement: RenameType, facts: Facts) -> CutOver:
    old, new = statement.type, statement.new
    return CutOver(
        id=step_id(change, "cut_over", old),
        operation=change.operation.id,
        purpose=f"give {old} the name {new}, and its old name to a domain over it",
        sql=(statement.sql, *second_names.domain(old, new)),
        search_path=change.operation.search_path,
        locks=change.assessment.locks,
        done_check=done.type_exists(new),
        undo=(second_names.drop_domain(old), *(inverse.undo(statement, facts.catalog) or ())),
    )


def _drop_domain(change: Change, statement: RenameType) -> Ddl:
    return Ddl(
        id=step_id(change, "drop_domain", statement.type),
        operation=change.operation.id,
        purpose=f"drop the domain {statement.type}: all code says {statement.new}",
        sql=(second_names.drop_domain(statement.type),),
        done_check=done.type_absent(statement.type),
        reversible=False,
    )


def _is_given_away(change: Change, old: RelationName, facts: Facts) -> bool:
    """Whether a later change of the plan means something else by the old name."""
    later = (other for other in dropwhile(lambda other: other is not change, facts.changes) if other is not change)
    return any(other.statement.sql and names_type(other.statement.sql, old.name) for other in later)
