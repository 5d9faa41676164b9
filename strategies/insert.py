"""INSERT ... SELECT over the rows of a table.

Naive risk: rows it refers to stay locked until it ends, and one snapshot for as long as it takes: nothing that anybody
deletes or updates meanwhile can be vacuumed, in no table.

Steps: the rows of the table that is copied, in the order of a unique key, in batches that commit one by one (migrate);
which are copied commits with the copies, so each is copied once. The walk ends at the greatest key that was there when
it began. INSERT ... VALUES is over in a moment and stays as it is written.

Locks: ROW EXCLUSIVE on the target and the rows of one batch, ACCESS SHARE on what is read.

Old and new code: between two batches both see a part of the rows. A row is copied as it is when the walk comes to it:
one that was changed since the start in its new form, one that was deleted not at all. The notes say so.

Preconditions: each row of the copy comes from one row of the first table of FROM, alone or joined with small ones. No
DISTINCT, GROUP BY, aggregate, window, ORDER BY, LIMIT, WITH, RETURNING or ON CONFLICT DO UPDATE, the target is not read
and its foreign keys do not refer to itself. Any other is run as written.

Undo: the rows go with a table that the plan creates; else what is inserted stays.

PostgreSQL: 14 to 18.
"""

from online_migrate.catalog.model import Table
from online_migrate.grammar.copying import Copy, copy_of, narrow_copy
from online_migrate.grammar.statements import Insert
from online_migrate.plan.model import PhaseName
from online_migrate.plan.steps import Backfill
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import cascades, ranges
from online_migrate.strategies.parts.as_written import as_written, in_phase
from online_migrate.strategies.parts.ids import step_id

KINDS = ("insert",)

_SCALAR = frozenset(
    {
        "abs", "btrim", "ceil", "clock_timestamp", "concat", "concat_ws", "date_part", "date_trunc", "extract",
        "floor", "format", "gen_random_uuid", "initcap", "json_build_array", "json_build_object",
        "jsonb_build_array", "jsonb_build_object", "left", "length", "lower", "lpad", "ltrim", "md5", "nextval",
        "now", "overlay", "position", "random", "regexp_replace", "replace", "right", "round", "rpad", "rtrim",
        "split_part", "strpos", "substr", "substring", "timezone", "to_char", "to_jsonb", "to_timestamp",
        "trim", "upper", "uuid_generate_v4", "uuidv4", "uuidv7",
    }
)  # fmt: skip
"""Functions that give one value for a row and look at no table. Any other may be an aggregate or give several rows."""


def rewrite(change: Change, facts: Facts) -> Rewrite | None:
    """Return the steps; None where few rows are written out."""
    statement = change.statement
    assert isinstance(statement, Insert)
    if not statement.from_query:
        return None
    copy = copy_of(statement.sql)
    if copy is None:
        return _whole(change, facts, "Its rows do not come one by one from those of one table")
    if (reason := _cannot_be_cut(statement, copy, facts)) is not None:
        return _whole(change, facts, reason)
    step = _step(change, statement, copy, facts)
    note = f"Each row of {copy.source} is copied as it is when the walk comes to it."
    return in_phase(PhaseName.MIGRATE, step, note=note)


def _whole(change: Change, facts: Facts, reason: str) -> Rewrite:
    return as_written(change, facts, PhaseName.MIGRATE, note=f"{reason}, so it is run as written.")


def _cannot_be_cut(insert: Insert, copy: Copy, facts: Facts) -> str | None:
    catalog = facts.catalog
    target, source = catalog.table(insert.table), catalog.table(copy.source)
    if target is None or target.kind not in ("r", "p") or target.rules:
        return "Its target is not a plain table"
    if source is None or source.kind not in ("r", "p") or (source.kind == "r" and source.children and not copy.only):
        return "What it reads is not one plain table"
    own = cascades.family(catalog, target.name)
    if any(own & cascades.family(catalog, other) for other in insert.other_relations):
        return "It reads the table that it writes to"
    if any(key.type == "foreign_key" and key.referenced in own for key in target.constraints):
        return "A foreign key makes its rows depend on each other"
    if any(not t.per_row and "insert" in t.events and t.enabled != "D" for t in target.triggers):
        return "A trigger of the table wants to see all that comes at once"
    if not set(copy.functions) <= _SCALAR:
        return "It calls functions that may look at more than one row"
    if source.row_security:
        return "Row security decides which rows are copied"
    others = [name for name in insert.other_relations if name != copy.source]
    if not ranges.are_small(others, catalog):
        return "It reads another large table, which each batch would have to read again"
    if not ranges.walkable_key(source, facts):
        return "The table that is copied has no unique key to walk"
    return None


def _step(change: Change, insert: Insert, copy: Copy, facts: Facts) -> Backfill:
    source: Table = facts.catalog.tables[copy.source]
    key = ranges.walkable_key(source, facts)
    batch = narrow_copy(insert.sql, ranges.between(copy.row, source, key))
    return Backfill(
        id=step_id(change, "copy", copy.source, str(insert.table)),
        operation=change.operation.id,
        purpose=f"copy rows of {copy.source} into {insert.table} in batches",
        sql=(batch,),
        search_path=change.operation.search_path,
        locks=change.assessment.locks,
        table=copy.source,
        change="insert",
        method="keyset",
        key=key,
        update=batch,
        update_from_start=narrow_copy(insert.sql, ranges.up_to(copy.row, source, key)),
        reversible=insert.table in facts.new_tables,
    )
