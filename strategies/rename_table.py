"""ALTER TABLE ... RENAME TO, also of a view, and ALTER TABLE ... SET SCHEMA.

Naive risk: quick, but old code fails from that moment and new code until then; ACCESS EXCLUSIVE queues everybody.

Steps. Migrate: in one short transaction the table moves, and a view under its old name shows every column that it then
has, with the rights of the table, those of whoever asks (security_invoker, from 15). Contract begins with dropping the
view, before any column under it goes. Sequences, indexes and constraints keep their names, as they do naively.

Locks: ACCESS EXCLUSIVE for a moment on the table, later on the view, and SHARE UPDATE EXCLUSIVE on the table with it.

Old and new code: the view is simple, so PostgreSQL carries out what is done to it on the table itself: SELECT also
FOR UPDATE, INSERT with the table's defaults, ON CONFLICT (column) and RETURNING, UPDATE, DELETE; triggers, policies and
constraints act as ever. What a view cannot: COPY, TRUNCATE, ALTER, be referenced by a foreign key, ON CONFLICT ON
CONSTRAINT, the system columns (ctid, xmin), be found by pg_get_serial_sequence; and MERGE before 17.

Preconditions: a table, partitioned table or view that is there now. Run as written, and said, where the plan gives the
old name to another relation, the table has rules, columns have rights of their own that the plan moves, or where on 14
the table has policies, which a view of its owner's would pass by.

Undo: until contract, the view goes and the table gets its name back.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS.
"""

from collections.abc import Iterator
from itertools import dropwhile
from typing import LiteralString

from online_migrate.catalog.model import Table
from online_migrate.grammar.compose import compose
from online_migrate.grammar.statements import CreateTable, Other, RenameTable, SetSchema, Statement
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import CutOver, Ddl
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import as_written, done, inverse, locks, naming, second_names
from online_migrate.strategies.parts.ids import step_id

KINDS = ("rename_table", "set_schema")

_LOCK: LiteralString = "LOCK TABLE ONLY {table} IN SHARE UPDATE EXCLUSIVE MODE"
# MERGE came with 15, and into views with 17.
_MERGE = 170000


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None for what no view can stand for, a table not in the catalog, or a name that is taken."""
    statement = change.statement
    assert isinstance(statement, RenameTable | SetSchema)
    table, new = facts.catalog.table(statement.table), naming.of_moved(statement)
    if table is None or table.kind not in ("r", "p", "v") or facts.catalog.table(new) is not None:
        return None
    live = facts.live.table(table.name)
    if live is None:
        note = f"The plan itself makes {table.name}: no code knows that name."
        return as_written.in_phase(PhaseName.MIGRATE, as_written.step(change, facts), note=note)
    obstacle = next(_obstacles(change, table, live, facts), None)
    if obstacle is not None:
        note = f"No view can stand under the old name: {obstacle}."
        return as_written.as_written(change, facts, PhaseName.MIGRATE, note=note)
    return Rewrite(
        migrate=(_cut_over(change, statement, live, facts),),
        opening=(_drop_view(change, live, new),),
        settled=PhaseName.MIGRATE,
        notes=tuple(_notes(statement, table, facts)),
    )


def _cut_over(change: Change, statement: RenameTable | SetSchema, table: Table, facts: Facts) -> CutOver:
    new = naming.of_moved(statement)
    return CutOver(
        id=step_id(change, "cut_over", table.name),
        operation=change.operation.id,
        purpose=f"give {table.name} the name {new}, and its old name to a view of it",
        sql=(statement.sql, *second_names.view(table, new, facts)),
        search_path=change.operation.search_path,
        locks=change.assessment.locks,
        done_check=done.relation_exists(new),
        undo=(second_names.drop_view(table.name), *(inverse.undo(statement, facts.catalog) or ())),
    )


def _drop_view(change: Change, table: Table, new: RelationName) -> Ddl:
    view = table.name
    # What the next plan does to the table waits for this one: it may be what the view shows. To lock a view would lock
    # all that it reads.
    shown = () if table.kind == "v" else (new,)
    return Ddl(
        id=step_id(change, "drop_view", view),
        operation=change.operation.id,
        purpose=f"drop the view {view}: all code says {new}",
        sql=(*(compose(_LOCK, table=name) for name in shown), second_names.drop_view(view)),
        locks=(
            *locks.on(LockMode.SHARE_UPDATE_EXCLUSIVE, *shown),
            *locks.on(LockMode.ACCESS_EXCLUSIVE, view),
        ),
        done_check=done.relation_absent(view),
        reversible=False,
    )


def _obstacles(change: Change, table: Table, live: Table, facts: Facts) -> Iterator[str]:
    """Yield why the online form is not possible, the weightiest reason first."""
    later = dropwhile(lambda other: other is not change, facts.changes)
    if any(_makes(other.statement, table.name) for other in later):
        yield f"the plan gives the name {table.name} to another relation"
    yield from second_names.obstacles_to_view(table, facts)
    kept = {column.name for column in table.columns}
    moved = [column.name for column in live.columns if column.grants and column.name not in kept]
    if moved:
        yield f"there are rights on {', '.join(moved)} alone, which the plan drops or renames"


def _makes(statement: Statement, name: RelationName) -> bool:
    match statement:
        case CreateTable(table=made):
            return made == name
        case RenameTable() | SetSchema():
            return naming.of_moved(statement) == name
        case Other(tag="create_view" | "create_materialized_view" | "create_sequence", relations=(made, *_)):
            return made == name
        case _:
            return False


def _notes(statement: RenameTable | SetSchema, table: Table, facts: Facts) -> Iterator[str]:
    if table.kind == "v":
        yield f"Until contract {table.name} is a view of it: old code reads and writes it as before."
        return
    merge = "MERGE, " if second_names.SECURITY_INVOKER <= facts.catalog.server_version_num < _MERGE else ""
    yield (
        f"Until contract {table.name} is a view of the table: old code reads and writes it as before, but not with"
        f" COPY, {merge}TRUNCATE, ON CONFLICT ON CONSTRAINT, ctid or xmin."
    )
    owned = sorted(s for s, (owner, _) in facts.catalog.sequence_owners.items() if owner == table.name)
    if isinstance(statement, SetSchema) and owned:
        yield f"{', '.join(map(str, owned))} moves along: code that names it by its schema fails from then on."
