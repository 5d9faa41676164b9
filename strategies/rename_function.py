"""ALTER FUNCTION, PROCEDURE or ROUTINE ... RENAME TO, and ... SET SCHEMA.

Naive risk: quick and without a lock on any table, but from that moment old code that calls it fails, and new code until
then. Triggers, defaults, views and indexes go on, for they know it by what it is and not by its name.

Steps. Migrate: in one transaction the function gets its name, and a copy of it is made under the old one. Contract
begins with dropping that.

Locks: none on tables.

Old and new code: each calls the function by the name that it knows.

Preconditions: SQL or PL/pgSQL, the only one that the statement can mean, without rights of its own and of the role that
deploys; nothing else in the plan says the old name. One that only triggers run needs no copy. Any other is run as
written.

Undo: until contract, the copy goes, and the function gets its name back.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-alterfunction.html.
"""

from collections.abc import Iterator
from itertools import dropwhile

from online_migrate.catalog import type_names
from online_migrate.catalog.model import Catalog
from online_migrate.grammar.analysis import objects
from online_migrate.grammar.functions import definition_of, drop_function, signature_of
from online_migrate.grammar.statements import RenameFunction
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import CutOver, Ddl
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import as_written, done, inverse
from online_migrate.strategies.parts.ids import step_id

KINDS = ("rename_function",)


def rewrite(change: Change, facts: Facts) -> Rewrite:
    """Return the steps."""
    statement = change.statement
    assert isinstance(statement, RenameFunction)
    if statement.name in facts.live.trigger_functions:
        return as_written.in_phase(PhaseName.MIGRATE, as_written.step(change, facts))
    obstacle = next(_obstacles(change, statement, facts), None)
    if obstacle is not None:
        note = f"No copy can stand under the old name: {obstacle}."
        return as_written.as_written(change, facts, PhaseName.MIGRATE, note=note)
    (copy,) = _meant(statement, facts.live)
    old, types = signature_of(copy)
    new = RelationName(statement.new_schema or old.schema, statement.new_name or old.name)
    cut_over = CutOver(
        id=step_id(change, "cut_over", old),
        operation=change.operation.id,
        purpose=f"give {old} the name {new}, and its old name to a copy of it",
        sql=(statement.sql, copy),
        search_path=change.operation.search_path,
        locks=change.assessment.locks,
        done_check=done.function_exists(new, types),
        undo=(drop_function(copy), *(inverse.undo(statement, facts.catalog) or ())),
    )
    drop = Ddl(
        id=step_id(change, "drop_function", old),
        operation=change.operation.id,
        purpose=f"drop the copy {old}: all code calls {new}",
        sql=(drop_function(copy),),
        done_check=done.function_absent(old, types),
        reversible=False,
    )
    note = f"Until contract {old} is a copy of it, which old code calls as before."
    return Rewrite(migrate=(cut_over,), opening=(drop,), settled=PhaseName.MIGRATE, notes=(note,))


def _meant(statement: RenameFunction, catalog: Catalog) -> tuple[str, ...]:
    """Return the CREATE FUNCTION of all that the statement may be about."""
    return tuple(sql for sql in catalog.functions.get(statement.name, ()) if _may_be(statement, sql, catalog))


def _may_be(statement: RenameFunction, sql: str, catalog: Catalog) -> bool:
    name, types = signature_of(sql)
    if statement.schema not in (None, name.schema):
        return False
    if statement.arguments is None:
        return True
    wanted, given = ([type_names.canonical(t, catalog) for t in ts] for ts in (statement.arguments, types))
    return wanted == given


def _obstacles(change: Change, statement: RenameFunction, facts: Facts) -> Iterator[str]:
    """Yield why the online form is not possible, the weightiest reason first."""
    found = _meant(statement, facts.live)
    if len(found) != 1:
        yield "it is not in SQL or PL/pgSQL, or another of its name may be meant"
    if any(definition_of(sql).replaces is False for sql in found):
        yield "the plan itself makes it"
    if statement.new_schema is not None and statement.schema is None:
        yield "its schema is left to the search_path"
    if statement.name in facts.live.guarded_functions:
        yield "it, or another of its name, has rights of its own or another owner"
    others = [c.statement for c in dropwhile(lambda other: other is not change, facts.changes) if c is not change]
    if any(other.sql and statement.name in objects(other.sql) for other in others):
        yield "the plan says the old name again"
