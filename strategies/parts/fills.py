"""Fill triggers: what keeps a column filled while code that does not know it still writes.

The trigger is a BEFORE row trigger on the same row, so it cannot call itself, and its name makes it
fire last, after the application's own. On INSERT, and on UPDATE, it gives the column its value where
that is NULL; on UPDATE it also follows: where the statement left the column alone and the column still
held what the expression made of the old row, it gets what the expression makes of the new one. A value
of its own that new code wrote stays. The decision rests on values only: no search_path, no setting, so
it works through poolers. CREATE TRIGGER waits for every open writer (SHARE ROW EXCLUSIVE), so no row
written after it escapes (docs/current/explicit-locking.html).

A column that is added with a default which the plan drops again is left at that default, not NULL, by code that
does not name it: plain Alembic has such a row never, since UPDATE and DROP DEFAULT commit at once; here the drop
waits for contract. So an INSERT that leaves the default is filled as well.
"""

from dataclasses import dataclass

from online_migrate.grammar import analysis, edit
from online_migrate.grammar.compose import (
    Columns,
    Expression,
    Identifier,
    Literal,
    Part,
    compose,
    compose_body,
    compose_expression,
)
from online_migrate.grammar.definitions import Assignment
from online_migrate.grammar.statements import DropDefault, Update
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import OWN_WRITES, Ddl
from online_migrate.strategies.interface import Change, ColumnKey, Facts
from online_migrate.strategies.parts import done, equality, locks
from online_migrate.strategies.parts.ids import helper_name, step_id

SCHEMA = "online_migrate"
"""Holds the trigger functions; the journal makes it before any step runs."""

_MOST_CHANGES = 99_999

_BUILT_IN = frozenset(
    {
        "abs", "btrim", "ceil", "concat", "concat_ws", "date_part", "date_trunc", "extract", "floor", "format",
        "initcap", "jsonb_build_object", "left", "length", "lower", "lpad", "ltrim", "md5", "now", "overlay",
        "position", "regexp_replace", "replace", "right", "round", "rpad", "rtrim", "split_part", "strpos",
        "substr", "substring", "timezone", "to_char", "to_jsonb", "to_timestamp", "upper",
    }
)  # fmt: skip
"""Functions of pg_catalog that fills are made of; any other is looked up under the UPDATE's own search_path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillTrigger:
    """The steps around a fill trigger: made before the first batch, dropped in contract. `note` is for new code."""

    note: str | None
    create: Ddl
    drop: Ddl


def covers_not_null(facts: Facts, key: ColumnKey) -> bool:
    """Whether a fill trigger of the plan gives the column a value in every row that code leaves it NULL in."""
    filling = [fill.change for fill in facts.fills.get(key, ()) if fill.complete]
    return any(
        isinstance(change.statement, Update) and key[1] in kept_columns(change, change.statement, facts)
        for change in filling
    )


def fill_trigger(change: Change, update: Update, facts: Facts) -> FillTrigger | None:
    """Return the trigger that does for later rows what the UPDATE does for those that are there.

    None where it could not: no assigned column qualifies (`Fill.row_local` and `Fill.only_nulls`).
    """
    columns = kept_columns(change, update, facts)
    if not columns:
        return None
    table = update.table
    subject = (change.operation.id, table.schema, table.name, *columns)
    name = helper_name(f"zz_online_migrate_{_firing_order(change, facts)}", *subject)
    function = RelationName(SCHEMA, helper_name("fill", *subject))
    assignments = tuple(a for a in update.assignments if a.column in columns)
    create = (
        _create_function(change, update, facts, function, assignments),
        compose(
            # What the plan itself writes is to hold what it says, and before-images are put back as they were. Asked
            # here and not in the function, it costs our own batches next to nothing (a call is 1 to 2 us a row).
            "CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW "
            "WHEN (pg_catalog.current_setting({setting}, true) IS DISTINCT FROM 'on') EXECUTE FUNCTION {function}()",
            name=Identifier(name),
            table=table,
            setting=Literal(OWN_WRITES),
            function=function,
        ),
    )
    drop = (
        compose("DROP TRIGGER IF EXISTS {name} ON {table}", name=Identifier(name), table=table),
        compose("DROP FUNCTION IF EXISTS {function}()", function=function),
    )
    passing = [c for c in columns if _passing_default(facts, (table, c)) is not None]
    return FillTrigger(
        note=f"Until contract an INSERT that leaves {', '.join(passing)} at the default is filled, by new code too."
        if passing
        else None,
        create=Ddl(
            id=step_id(change, "create_fill_trigger", table, ",".join(columns)),
            operation=change.operation.id,
            purpose=f"keep {', '.join(columns)} filled in rows that are written from now on",
            sql=create,
            search_path=change.operation.search_path,
            locks=locks.on_tree(LockMode.SHARE_ROW_EXCLUSIVE, facts.catalog, table),
            done_check=done.trigger_exists(table, name),
            undo=drop,
        ),
        drop=Ddl(
            id=step_id(change, "drop_fill_trigger", table, ",".join(columns)),
            operation=change.operation.id,
            purpose=f"drop the trigger that kept {', '.join(columns)} filled",
            sql=drop,
            locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, table),
            done_check=done.trigger_absent(table, name),
            undo=create,
        ),
    )


def _firing_order(change: Change, facts: Facts) -> str:
    """Later UPDATEs first: what they give stays, since the triggers of earlier ones only fill what is NULL."""
    place = next((n for n, other in enumerate(facts.changes) if other.operation.id == change.operation.id), 0)
    return f"{_MOST_CHANGES - place:05d}"


def kept_columns(change: Change, update: Update, facts: Facts) -> tuple[str, ...]:
    """Return the assigned columns that a trigger can keep filled for code that does not know them.

    A column that is neither new nor made NOT NULL may be left NULL afterwards as before: nobody's NULL is filled.
    Nor is the default of a new one that keeps it: a walk that waits for none to be left would not end beside writers.
    """
    if any(facts.catalog.volatility.get(function, "v") == "v" for function in update.functions):
        return ()
    return tuple(
        assignment.column
        for assignment in update.assignments
        if any(
            fill.change.operation.id == change.operation.id and fill.row_local and fill.only_nulls
            for fill in facts.fills.get((update.table, assignment.column), ())
        )
        and assignment.column not in update.reads_columns
        and _must_be_filled(facts, (update.table, assignment.column))
        and not _stays_at_default(facts, (update.table, assignment.column))
        and assignment.expression != "DEFAULT"
    )


def _passing_default(facts: Facts, key: ColumnKey) -> str | None:
    """Return the default that a new column has only until contract: what code that does not name it leaves there."""
    default = _new_default(facts, key)
    return default if default is not None and _drops_default(facts, key) and analysis.is_constant(default) else None


def _stays_at_default(facts: Facts, key: ColumnKey) -> bool:
    """Whether code that does not name a new column leaves it at its default with plain Alembic, too."""
    column = facts.catalog.tables[key[0]].column(key[1])
    never_null = column is not None and column.not_null
    return never_null and _new_default(facts, key) is not None and not _drops_default(facts, key)


def _new_default(facts: Facts, key: ColumnKey) -> str | None:
    column = facts.catalog.tables[key[0]].column(key[1])
    return column.default if column is not None and key in facts.new_columns else None


def _drops_default(facts: Facts, key: ColumnKey) -> bool:
    return any(
        isinstance(other.statement, DropDefault) and (other.statement.table, other.statement.column) == key
        for other in facts.changes
    )


def _must_be_filled(facts: Facts, key: ColumnKey) -> bool:
    return key in facts.new_columns or key in facts.required


def _create_function(
    change: Change, update: Update, facts: Facts, function: RelationName, assignments: tuple[Assignment, ...]
) -> str:
    body = "BEGIN "
    values: dict[str, Part] = {}
    for number, assignment in enumerate(assignments):
        body += f"IF {{when{number}}} THEN NEW.{{column{number}}} := {{value{number}}}; END IF; "
        rules = _Rules(update, facts, assignment)
        values[f"when{number}"] = Expression(rules.when())
        values[f"column{number}"] = Identifier(assignment.column)
        values[f"value{number}"] = Expression(rules.on_row(assignment.expression, "NEW"))
    text = compose_body(body + "RETURN NEW; END", **values)
    template = "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {body}"
    if not _names_only_builtins(update, facts):
        # Whoever writes the row has a search_path of his own; ours is the one the UPDATE was written for.
        template = "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path = {path} AS {body}"
    path = Columns(change.operation.search_path or facts.catalog.search_path)
    return compose(template, function=function, body=Literal(text), path=path)


def _names_only_builtins(update: Update, facts: Facts) -> bool:
    """Whether search_path cannot matter: it names no function, type or operator that is not PostgreSQL's own.

    Setting it doubles the cost of the trigger (measured on 14: 7 to 14 microseconds a row).
    """
    defaults = (_passing_default(facts, (update.table, assigned.column)) for assigned in update.assignments)
    written = (update.sql, *(default for default in defaults if default is not None))
    own_types = any(name.name in text for name in facts.catalog.types for text in written)
    own_operators = bool(facts.catalog.extensions - {"plpgsql"})
    return not own_types and not own_operators and set(update.functions) <= _BUILT_IN


class _Rules:
    """When a column is filled, and from what, on the rows that a trigger sees."""

    def __init__(self, update: Update, facts: Facts, assignment: Assignment) -> None:
        table = facts.catalog.tables[update.table]
        column = table.column(assignment.column)
        self._columns = tuple(c.name for c in table.columns)
        self._names = (update.alias or update.table.name,)
        self._type = column.type if column is not None else "text"
        self._update = update
        self._assignment = assignment
        self._default = _passing_default(facts, (update.table, assignment.column))

    def on_row(self, expression: str, record: str) -> str:
        """Return an expression of the UPDATE with its columns read from NEW or OLD."""
        return edit.row_reference(expression, record, columns=self._columns, names=self._names)

    def when(self) -> str:
        """Return the condition under which the trigger assigns the column."""
        new, old = (self._stored(record) for record in ("NEW", "OLD"))
        empty = compose_expression("{new} IS NULL", new=Expression(new))
        if self._default is not None:
            empty = compose_expression(
                "{empty} OR TG_OP = 'INSERT' AND {left}",
                empty=Expression(empty),
                left=Expression(equality.same(new, self._default, self._type)),
            )
        due = compose_expression(
            "{empty} OR {follows}", empty=Expression(empty), follows=Expression(self._follows(new, old))
        )
        if not self._update.reads_columns:
            due = empty
        for condition in self._conditions():
            due = compose_expression(
                "{due} AND {where}", due=Expression(due), where=Expression(self.on_row(condition, "NEW"))
            )
        return due

    def _follows(self, new: str, old: str) -> str:
        """The row was updated, the column was not, and what it holds came from this expression."""
        return compose_expression(
            "TG_OP = 'UPDATE' AND {untouched} AND {derived}",
            untouched=Expression(equality.same(new, old, self._type)),
            derived=Expression(equality.same(old, self.on_row(self._assignment.expression, "OLD"), self._type)),
        )

    def _conditions(self) -> tuple[str, ...]:
        """The UPDATE's WHERE without its "column IS NULL", which `when` asks in its own way."""
        where = analysis.conjuncts(self._update.where) if self._update.where is not None else ()
        return tuple(part for part in where if analysis.null_tested_column(part) != self._assignment.column)

    def _stored(self, record: str) -> str:
        column = compose_expression("{column}", column=Identifier(self._assignment.column))
        return self.on_row(column, record)
