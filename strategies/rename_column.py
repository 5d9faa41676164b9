"""RENAME COLUMN.

Naive risk: quick, but old code fails from that moment and new code until then; ACCESS EXCLUSIVE queues everybody.

Steps. Expand: a shadow column of the new name (same type, collation, default, column grants), and the triggers
that keep the two equal, in one transaction. Migrate: the rows that are there, page by page; a copy of each
index of the column, unique ones as unique (new code's ON CONFLICT rests on them). Contract: in one short
transaction the triggers and the shadow go and the column itself gets the new name; functions of the application's
triggers that the plan replaces later are replaced in it too. So what remains is the old
column to the letter: its place, keys, constraints, indexes, views, comments, statistics; nothing was copied.

Locks: ACCESS EXCLUSIVE twice for a moment, row locks of one batch, SHARE UPDATE EXCLUSIVE while indexes are built.

Old and new code: from expand on both names can be read and written, whichever a statement uses; rows that were
there have their value under the new name when migrate is done. An INSERT that gives one name fills the other. A
statement that assigns both: the new name counts. The application's triggers see and change the old name, which
then counts. Until contract `SELECT *` has one column more and COPY without a column list expects it; an INSERT
without one still works. Two upserts of the same new key at the same instant can meet in the copy of the unique index
and one fail with a duplicate key, as on any table with two unique keys. GROUP BY the new name of a primary key
does not cover the other columns before contract.

Preconditions: a table or partitioned table; refused, and run as written, where the column is generated or part of the
partition key, tables inherit, rules rewrite statements, the plan itself makes a CHECK NOT VALID, which a row that is
filled may break, or the application's triggers would fire for the backfill and the role may not silence them. Rows that
break a CHECK that is NOT VALID cannot be filled: they are looked for first, and stop the deploy before it begins.

Undo: until contract, the shadow goes with its triggers and indexes; the old column was never touched.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altertable.html.
"""

from online_migrate.catalog.model import Catalog, Column, Table
from online_migrate.grammar import analysis
from online_migrate.grammar.compose import Expression, Identifier, TypeName, compose_body, compose_expression
from online_migrate.grammar.functions import definition_of
from online_migrate.grammar.statements import CreateTable, Other, RenameColumn
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import LockMode
from online_migrate.plan.steps import CutOver
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import alter_table, as_written, done, inverse, locks, shadow
from online_migrate.strategies.parts.ids import step_id
from online_migrate.strategies.parts.shadow import Shadow

KINDS = ("rename_column",)

_SETTLE = """
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF ROW(NEW.{new})::record OPERATOR(pg_catalog.*=) ROW({default}::{type})::record THEN
                NEW.{new} := NEW.{old};
            ELSE
                NEW.{old} := NEW.{new};
            END IF;
        ELSIF ROW(NEW.{new})::record OPERATOR(pg_catalog.*<>) ROW(OLD.{new})::record THEN
            NEW.{old} := NEW.{new};
        ELSE
            NEW.{new} := NEW.{old};
        END IF;
        RETURN NEW;
    END
"""
"""What a row leaves at its default was not written. Values are compared byte for byte: 1.0 is not 1.00 here."""


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None for a view or a table that the catalog does not know."""
    statement = change.statement
    assert isinstance(statement, RenameColumn)
    table = facts.catalog.table(statement.table)
    column = table.column(statement.column) if table is not None else None
    if table is None or column is None or table.kind not in ("r", "p") or table.column(statement.new_name) is not None:
        return None
    live = facts.live.table(table.name)
    if live is None or live.column(column.name) is None:
        note = f"The plan itself makes {column.name}: no code knows that name."
        return as_written.in_phase(PhaseName.MIGRATE, as_written.step(change, facts), note=note)
    obstacle = shadow.obstacle(table, column, facts)
    if any(_is_copied(other, table) for other in facts.changes):
        obstacle = "the plan makes a table of all columns of this one, the second one among them: name them"
    if obstacle is not None:
        return as_written.as_written(change, facts, PhaseName.MIGRATE, note=f"No second name can stand in: {obstacle}.")
    return _beside(_shadow(change, facts, table, column, statement.new_name))


def _is_copied(change: Change, table: Table) -> bool:
    """CREATE TABLE AS runs before the gate; whatever else takes every column waits for contract."""
    filled = isinstance(change.statement, CreateTable) and change.statement.query is not None
    return filled and shadow.takes_every_column(change, table)


def _beside(made: Shadow) -> Rewrite:
    notes = [f"Until contract the table has {made.name} beside {made.column.name}, and SELECT * shows both."]
    volatile = made.column.default is not None and made.default is None
    if volatile and not made.column.not_null:
        notes.append(f"Until contract an INSERT that gives {made.name} an explicit NULL gets the default instead.")
    return Rewrite(
        expand=shadow.create(made),
        migrate=(*shadow.fill(made), *shadow.index(made), shadow.analyze(made)),
        contract=(_cut_over(made),),
        notes=tuple(notes),
    )


def _shadow(change: Change, facts: Facts, table: Table, column: Column, name: str) -> Shadow:
    type_ = _stored_type(column.type, facts.catalog)
    default = _repeatable_default(column, facts, table)
    names = {"old": Identifier(column.name), "new": Identifier(name)}
    return Shadow(
        change=change,
        facts=facts,
        table=table,
        column=column,
        name=name,
        type=type_,
        value=compose_expression("{column}", column=names["old"]),
        first=compose_body(_SETTLE, **names, default=Expression(default or "NULL"), type=TypeName(type_)),
        last=compose_body(shadow.FOLLOW, old=names["old"], shadow=names["new"]),
        default=default,
        collation=column.collation,
    )


def _stored_type(type_: str, catalog: Catalog) -> str:
    """The type below a domain: adding a column of a domain that checks its values would write the table anew."""
    domains = {compose_expression("{name}", name=name): found for name, found in catalog.types.items()}
    found = domains.get(type_)
    return found.base_type if found is not None and found.kind == "domain" and found.base_type else type_


def _repeatable_default(column: Column, facts: Facts, table: Table) -> str | None:
    """The column's default, where asking for it again in the same statement gives the same value."""
    live = facts.live.tables[table.name].column(column.name)
    if column.default is None or live is None or live.default != column.default:
        return None
    return None if analysis.contains_volatile(column.default, facts.catalog.volatility) else column.default


def _new_trigger_functions(made: Shadow) -> tuple[str, ...]:
    """Return the later statements of the plan that replace functions of the table's triggers.

    They name the column as it is called from the cut-over on, so both are one moment. They run again in their turn.
    """
    changes = made.facts.changes
    at = next((n for n, other in enumerate(changes) if other.operation.id == made.change.operation.id), len(changes))
    used = {trigger.function.name for trigger in made.table.triggers}
    return tuple(
        other.statement.sql
        for other in changes[at + 1 :]
        if isinstance(other.statement, Other)
        and other.statement.tag == "create_function"
        and other.operation.search_path == made.change.operation.search_path
        and (found := definition_of(other.statement.sql)).replaces
        and found.name in used
    )


def _cut_over(made: Shadow) -> CutOver:
    table = made.table.name
    functions = _new_trigger_functions(made)
    return CutOver(
        id=step_id(made.change, "cut_over", table, made.name),
        operation=made.change.operation.id,
        purpose=f"drop the second column and give {made.column.name} the name {made.name}",
        sql=(
            *shadow.drop(made),
            *inverse.drop_column(table, made.name),
            alter_table.rename_column(table, made.column.name, made.name),
            *functions,
        ),
        search_path=made.change.operation.search_path,
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, made.facts.catalog, table),
        done_check=done.column_absent(table, made.column.name),
        undo=(alter_table.rename_column(table, made.name, made.column.name),),
        reversible=not functions,
    )
