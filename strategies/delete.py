"""DELETE.

Naive risk: every row it takes stays locked until it ends, with the rows of other tables that go along; nothing of
what it wrote before can be vacuumed meanwhile.

Steps: the rows in batches that commit one by one, in the order of a unique key (migrate). Of a partitioned table one
walk per leaf. The walk ends at the greatest key that was there when it began.

Locks: ROW EXCLUSIVE and the rows of one batch, with what foreign keys make go along.

Old and new code: between two batches both see a part of the rows gone. A row that is written meanwhile goes or stays by
what it holds when the walk comes to its key.

Preconditions: which rows go rests on each row alone, and on tables that the DELETE itself leaves alone. Any other is
run as written, and the notes say why: one that reads its own table, rows that must go together because foreign keys
among them say so, triggers for the whole statement, RETURNING, no key.

Undo: the rows are kept in the journal and inserted again, where the table has a primary key and nothing else happens
when a row goes or comes (no trigger, no foreign key that deletes or changes other rows); else it is for good.

PostgreSQL: 14 to 18.
"""

from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar import analysis, edit, parts
from online_migrate.grammar.statements import Delete, DropColumn
from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import Backfill
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import cascades, ranges
from online_migrate.strategies.parts.as_written import as_written, in_phase
from online_migrate.strategies.parts.ids import step_id

KINDS = ("delete",)


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps."""
    statement = change.statement
    assert isinstance(statement, Delete)
    reason = _cannot_be_cut(statement, facts)
    if reason is not None:
        return as_written(change, facts, PhaseName.MIGRATE, note=f"{reason}, so it is run as written.")
    walked = [table for table in _family(statement, facts.catalog) if table.kind == "r"]
    return in_phase(PhaseName.MIGRATE, *(_step(change, statement, facts, table) for table in walked))


def _family(delete: Delete, catalog: Catalog) -> tuple[Table, ...]:
    return (catalog.tables[delete.table], *(() if delete.only else catalog.descendants(delete.table)))


def _cannot_be_cut(delete: Delete, facts: Facts) -> str | None:
    catalog = facts.catalog
    table = catalog.table(delete.table)
    if table is None or table.kind not in ("r", "p"):
        return "Its target is not a plain table"
    family = _family(delete, catalog)
    going = cascades.going(catalog, frozenset(t.name for t in family))
    if delete.has_with or delete.has_returning or delete.writes:
        return "WITH or RETURNING needs the whole statement at once"
    if any(t.rules or t.row_security for t in family):
        return "Rules or row security decide which rows go"
    if any(not t.per_row and "delete" in t.events and t.enabled != "D" for f in family for t in f.triggers):
        return "A trigger of the table wants to see all that goes at once"
    if going.together:
        return "Foreign keys make its rows depend on each other"
    if going.tables & {name for other in delete.other_relations for name in cascades.family(catalog, other)}:
        return "Which rows go depends on other rows that go with them"
    if not ranges.is_steady(delete.functions, catalog):
        return "Which rows go rests on functions that may look at other rows or change their mind"
    if not (ranges.are_small(delete.other_relations, catalog) or analysis.asks_only_existence(delete.sql)):
        return "It reads another large table, which each batch would have to read again"
    if not all(ranges.walkable_key(t, facts) for t in family if t.kind == "r"):
        return "The table has no unique key to walk"
    return None


def _step(change: Change, delete: Delete, facts: Facts, table: Table) -> Backfill:
    key = ranges.walkable_key(table, facts)
    target = parts.on_table(delete.sql, table.name)
    row = edit.target_alias_of(target)
    batch = edit.narrow(target, ranges.between(row, table, key))
    new = facts.live.table(table.name) is None
    kept = not new and _comes_back(facts, table)
    return Backfill(
        id=step_id(change, "delete", table.name),
        operation=change.operation.id,
        purpose=f"delete rows of {table.name} in batches",
        sql=(batch,),
        search_path=change.operation.search_path,
        locks=change.assessment.locks,
        table=table.name,
        change="delete",
        method="keyset",
        key=key,
        update=batch,
        update_from_start=edit.narrow(target, ranges.up_to(row, table, key)),
        columns=tuple(name for name in _held(facts, table) if name not in key) if kept else (),
        keeps_before_image=kept,
        reversible=new or kept,
    )


def _held(facts: Facts, table: Table) -> tuple[str, ...]:
    """Return the columns that rows have by then: what the plan drops is there until contract."""
    live = facts.live.table(table.name)
    dropped = {
        change.statement.column
        for change in facts.changes
        if isinstance(change.statement, DropColumn) and change.statement.table in (table.name, table.parent)
    }
    there = (*table.columns, *(c for c in (live.columns if live is not None else ()) if c.name in dropped))
    return tuple(dict.fromkeys(c.name for c in there if c.generated is None))


def _comes_back(facts: Facts, table: Table) -> bool:
    """Whether a row that is deleted and inserted again is all that happened."""
    fires = any({"insert", "delete"} & set(t.events) and t.enabled != "D" for t in table.triggers)
    return table.primary_key is not None and not fires and not cascades.acts(facts.catalog, table.name)
