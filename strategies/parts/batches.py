"""How an UPDATE is cut into batches that commit one by one and still end in what the statement says.

An UPDATE that alone fills its columns, and that a trigger keeps up for later writes, runs in stripes:
windows of pages by ctid, each page in several committed passes, so that updates stay HOT, again until no
row is left. Any other is walked by a unique key, each row visited exactly once: writers move rows between
pages and may write again what the UPDATE replaces, so pages alone could miss a row or never come to an
end. Without a key it runs in stripes where a trigger keeps it up or it only touches NULLs. One that
cannot be cut is run whole.
"""

from dataclasses import dataclass, replace
from typing import Any

from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar import analysis, edit, parts
from online_migrate.grammar.compose import Expression, Identifier, compose, compose_expression
from online_migrate.grammar.computed import Computed, computed_of, rows_of
from online_migrate.grammar.statements import TableStatement, Update
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import Backfill
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import locks, ranges, triggered
from online_migrate.strategies.parts.fills import kept_columns
from online_migrate.strategies.parts.ids import step_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """The steps of one UPDATE, one per table that holds rows. `note` says why it was not cut up."""

    steps: tuple[Backfill, ...]
    note: str | None = None


def batches(change: Change, update: Update, facts: Facts, *, verb: str = "backfill") -> Batches:
    """Return the steps that together do what the UPDATE does."""
    if (computed := computed_of(update)) is not None:
        tables = _targets(update, facts.catalog)
        return Batches(
            steps=tuple(_computed(change, update, facts, table, verb, computed=computed) for table in tables)
        )
    reason = _cannot_be_cut(update, facts.catalog)
    if reason is not None:
        return Batches(steps=(whole(change, update, facts),), note=reason)
    tables = _targets(update, facts.catalog)
    kept = set(kept_columns(change, update, facts)) == set(update.assigned_columns)
    alone, guarded = _fills_alone(update, facts), set(update.assigned_columns) <= set(update.null_columns)
    keyed = [_keyed(change, update, facts, table, key) for table in tables if (key := _key(table, update, facts))]
    if kept and alone:
        steps = [_striped(change, update, facts, table, verb, kept=True) for table in tables]
        return Batches(steps=_with_later_leaves(update, facts, steps))
    if len(keyed) < len(tables) and (kept or guarded):
        once = guarded and not _is_steady(update, facts.catalog)
        steps = [_striped(change, update, facts, table, verb, once=once) for table in tables]
        steps = steps if alone else [replace(step, remaining=None) for step in steps]
        return Batches(steps=_with_later_leaves(update, facts, steps))
    if len(keyed) < len(tables):
        note = "The table has no unique key to walk, so that each row is changed exactly once; it is run as written."
        return Batches(steps=(whole(change, update, facts),), note=note)
    return Batches(steps=_with_later_leaves(update, facts, keyed))


def _with_later_leaves(update: Update, facts: Facts, steps: list[Backfill]) -> tuple[Backfill, ...]:
    """Let the last step see to leaves that are attached to a partitioned table while it runs."""
    if facts.catalog.tables[update.table].kind != "p" or not steps:
        return tuple(steps)
    leaves = tuple(step.table for step in steps)
    return (*steps[:-1], replace(steps[-1], root=update.table, leaves=leaves))


def kept_up(
    change: Change, update: Update, facts: Facts, *, silent: bool, verb: str = "backfill"
) -> tuple[Backfill, ...]:
    """Return the walk over pages of an UPDATE that a trigger does for every row that is written from now on.

    It fills a column of ours, and sets off no trigger of the application that would write others.
    """
    steps = [_striped(change, update, facts, table, verb) for table in _targets(update, facts.catalog)]
    alone = [replace(step, silent=silent, beside=(), keeps_before_image=False) for step in steps]
    return _with_later_leaves(update, facts, alone)


def catch_up(change: Change, facts: Facts, column: str) -> tuple[Backfill, ...]:
    """Return a second pass, over NULLs only, of the UPDATEs of the plan that fill a column of the change's table.

    What new code wrote to the column since the gate stays. Later UPDATEs come first: what they would have put
    over the values of earlier ones must not find these there. One that reads what the plan has dropped or renamed
    by then cannot be run again.
    """
    if not isinstance(change.statement, TableStatement):
        return ()
    table = change.statement.table
    statements = [fill.change.statement for fill in facts.fills.get((table, column), ())]
    updates = [statement for statement in statements if isinstance(statement, Update)]
    return tuple(
        step
        for number, update in enumerate(reversed(updates), 1)
        if not _reads_what_is_gone(update, facts)
        for step in _again(change, _where_null(update, column), facts, f"catch_up_{number}")
    )


def _again(change: Change, update: Update, facts: Facts, verb: str) -> tuple[Backfill, ...]:
    if computed_of(update) is not None:
        return batches(change, update, facts, verb=verb).steps
    if not _is_idempotent(update, facts.catalog) or _cannot_be_cut(update, facts.catalog) is not None:
        return ()
    return tuple(_striped(change, update, facts, target, verb) for target in _targets(update, facts.catalog))


def _reads_what_is_gone(update: Update, facts: Facts) -> bool:
    mentioned = set(analysis.columns(update.sql))
    return any(
        mentioned & (_columns(facts.live, name) - _columns(facts.catalog, name))
        for name in (update.table, *update.other_relations)
    )


def _columns(catalog: Catalog, name: RelationName) -> set[str]:
    table = catalog.table(name)
    return {column.name for column in table.columns} if table is not None else set()


def _where_null(update: Update, column: str) -> Update:
    """Return an UPDATE that assigns this column alone, where it is NULL."""
    row = edit.target_alias_of(update.sql)
    empty = compose_expression("{row}.{column} IS NULL", row=Identifier(row), column=Identifier(column))
    return replace(
        update,
        sql=edit.narrow(edit.only_assigning(update.sql, column), empty),
        assignments=tuple(a for a in update.assignments if a.column == column),
        assigned_columns=(column,),
    )


def _cannot_be_cut(update: Update, catalog: Catalog) -> str | None:
    table = catalog.table(update.table)
    if table is None or table.kind not in ("r", "p"):
        return "Its target is not a plain table, so it is run as written."
    if update.table in update.other_relations:
        return "Its new value depends on other rows of the same table, so it is run as written."
    if update.has_with or update.has_returning:
        return "WITH or RETURNING needs the whole statement at once, so it is run as written."
    if not update.assignments:
        return "Its assignments cannot be taken apart, so it is run as written."
    if any(table.column(column) is None for column in update.assigned_columns):
        return "A query makes its table, and says of what types its columns are only then, so it is run as written."
    if set(update.changed_columns) & set(table.partition_columns):
        return "It may move rows between partitions, so it is run as written."
    return None


def _targets(update: Update, catalog: Catalog) -> tuple[Table, ...]:
    below = () if update.only else catalog.descendants(update.table)
    return tuple(table for table in (catalog.tables[update.table], *below) if table.kind == "r")


def _is_idempotent(update: Update, catalog: Catalog) -> bool:
    return not set(update.assigned_columns) & set(update.reads_columns) and _is_steady(update, catalog)


def _is_steady(update: Update, catalog: Catalog) -> bool:
    """Whether the same row gives the same new values whenever it is asked, and can be compared with them."""
    if any(assignment.expression == "DEFAULT" for assignment in update.assignments):
        return False
    return not any(catalog.volatility.get(function, "v") == "v" for function in update.functions)


def _fills_alone(update: Update, facts: Facts) -> bool:
    """Whether no other UPDATE of the plan gives these columns values, which a count would take for unfinished rows."""
    return all(len(facts.fills.get((update.table, column), ())) == 1 for column in update.assigned_columns)


def _key(table: Table, update: Update, facts: Facts) -> tuple[str, ...]:
    return ranges.walkable_key(table, facts, update.changed_columns)


def _striped(
    change: Change,
    update: Update,
    facts: Facts,
    table: Table,
    verb: str,
    *,
    once: bool = False,
    kept: bool = False,
) -> Backfill:
    """Return the walk over pages.

    Args:
        once: its own WHERE leaves out what is changed already, and to compare with a new value would call nextval()
            once more for each row.
        kept: a trigger fills all that is written from now on.
    """
    assigned = set(update.assigned_columns)
    stripes = ranges.stripe_count(table, assigned, facts.catalog.server_version_num)
    target = parts.on_table(update.sql, table.name)
    row = edit.target_alias_of(target)
    window = ranges.stripe(row, table, _key(table, update, facts), stripes)
    changes = compose_expression("true") if once else ranges.changes(row, table, update)
    due = compose_expression("{window} AND {changes}", window=Expression(window), changes=Expression(changes))
    careful = edit.narrow(target, due)
    # In the first pass over new columns every row is due but those that the trigger or we have written since.
    all_due = kept and all((update.table, column) in facts.new_columns for column in assigned)
    unwritten = compose_expression(
        "{window} AND {before}", window=Expression(window), before=Expression(ranges.written_before(row))
    )
    batch = edit.narrow(target, unwritten) if all_due else careful
    return Backfill(
        **_common(change, update, facts, table, verb),
        sql=(batch,),
        update=batch,
        update_again=careful if all_due else None,
        method="stripes",
        stripes=stripes,
        remaining=parts.count_of(target, changes),
    )


def _keyed(change: Change, update: Update, facts: Facts, table: Table, key: tuple[str, ...]) -> Backfill:
    target = parts.on_table(update.sql, table.name)
    row = edit.target_alias_of(target)
    batch = edit.narrow(target, ranges.between(row, table, key))
    return Backfill(
        **_common(change, update, facts, table, "backfill") | {"key": key},
        sql=(batch,),
        update=batch,
        update_from_start=edit.narrow(target, ranges.up_to(row, table, key)),
        method="keyset",
    )


def _computed(change: Change, update: Update, facts: Facts, table: Table, verb: str, *, computed: Computed) -> Backfill:
    """Return the walk whose values Python computes; without a key to walk by, over all rows at once."""
    target = parts.on_table(update.sql, table.name)
    row, key = edit.target_alias_of(target), _key(table, update, facts)
    columns = {f"column{number}": Identifier(column) for number, column in enumerate(update.assigned_columns)}
    assigned = ", ".join(f"{{{name}}} = ${number}" for number, name in enumerate(columns, 1))
    template = f"UPDATE ONLY {{table}} SET {assigned} WHERE ctid = ${len(columns) + 1}::tid"
    write = compose(template, table=table.name, **columns)
    common = _common(change, update, facts, table, verb)
    purpose = f"change {', '.join(update.assigned_columns)} in batches, as Python's {computed.function} computes them"
    given = common | {"purpose": purpose, "function": computed.function, "reads": computed.reads, "write": write}
    if not key:
        read = rows_of(target, computed.reads)
        return Backfill(**given, sql=(read, write), update=read, method="whole")
    read = rows_of(edit.narrow(target, ranges.between(row, table, key)), computed.reads)
    return Backfill(
        **given | {"key": key},
        sql=(read, write),
        update=read,
        update_from_start=rows_of(edit.narrow(target, ranges.up_to(row, table, key)), computed.reads),
        method="keyset",
    )


def whole(change: Change, update: Update, facts: Facts) -> Backfill:
    """Return the UPDATE as it is, as one batch."""
    table = facts.catalog.table(update.table)
    return Backfill(
        id=step_id(change, "update", update.table, ",".join(update.assigned_columns)),
        operation=change.operation.id,
        purpose=f"{_what_is_done(update)} in one statement, as written",
        sql=(update.sql,),
        search_path=change.operation.search_path,
        locks=change.assessment.locks,
        table=update.table,
        method="whole",
        update=update.sql,
        columns=update.changed_columns,
        **_undoing(update, facts, table),
    )


def _common(change: Change, update: Update, facts: Facts, table: Table, verb: str) -> dict[str, Any]:
    """Fields of every batched step."""
    return {
        "id": step_id(change, verb, table.name, ",".join(update.assigned_columns)),
        "operation": change.operation.id,
        "purpose": f"{_what_is_done(update)} in batches",
        "search_path": change.operation.search_path,
        "locks": locks.strongest(
            (
                *locks.on(LockMode.ROW_EXCLUSIVE, table.name),
                *locks.on(LockMode.ACCESS_SHARE, *update.other_relations),
            )
        ),
        "table": table.name,
        "columns": update.changed_columns,
        **_undoing(update, facts, table),
    }


def _what_is_done(update: Update) -> str:
    changed = ", ".join(update.changed_columns)
    return f"change {changed}" if changed else "write the rows again as they are"


def _undoing(update: Update, facts: Facts, table: Table | None) -> dict[str, Any]:
    """How abort puts values back: those of columns that are there before the plan are kept by primary key.

    So is what triggers may write beside them; not where rows are only written again for what triggers make of them.
    """
    live = facts.live.table(table.name) if table is not None else None
    known = {column.name for column in live.columns} if live is not None else set()
    changed = set(update.changed_columns)
    overwrites = bool(known & changed)
    key = table.primary_key.columns if table is not None and table.kind == "r" and table.primary_key else ()
    key = () if changed & set(key) else key
    reversible = bool(changed) and (bool(key) or not overwrites)
    beside = triggered.written_beside(update, facts, table, key) if table is not None and key and changed else ()
    keeps = bool(key) and (overwrites or bool(beside))
    return {"key": key, "keeps_before_image": keeps, "beside": beside, "reversible": reversible}
