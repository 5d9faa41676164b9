"""What the application's triggers write when an UPDATE of the plan fires them, as far as it can be told."""

import re

from online_migrate.catalog.model import Table, Trigger
from online_migrate.grammar.statements import Update
from online_migrate.strategies.interface import Facts

_ENABLED = ("O", "A")
_WHOLE_ROW = re.compile(r"\bnew\s*:?=", re.IGNORECASE)


def written_beside(update: Update, facts: Facts, table: Table, key: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of rows that are there which triggers may change with those that the UPDATE says.

    Every column that the source of their functions or their arguments name; all where nothing tells. None where the
    role may not put them back without firing the triggers again (session_replication_role).
    """
    live = facts.live.table(table.name)
    if live is None or not facts.live.silences_triggers:
        return ()
    others = [
        c.name
        for c in live.columns
        if not c.generated and c.name not in (*update.changed_columns, *key) and table.column(c.name) is not None
    ]
    firing = [trigger for trigger in table.triggers if _fires(trigger, update)]
    return tuple(column for column in others if any(_may_write(trigger, column) for trigger in firing))


def _fires(trigger: Trigger, update: Update) -> bool:
    if trigger.timing != "before" or not trigger.per_row or trigger.enabled not in _ENABLED:
        return False
    return "update" in trigger.events and (
        not trigger.columns or not {*trigger.columns}.isdisjoint(update.assigned_columns)
    )


def _may_write(trigger: Trigger, column: str) -> bool:
    if trigger.body is None or _WHOLE_ROW.search(trigger.body):
        return True
    return column.lower() in f"{trigger.body} {trigger.definition}".lower()
