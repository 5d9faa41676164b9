"""What a change of a column does to trigger functions: their text is not read, so that it is said of each on the table.

A plpgsql function that ran in a session keeps its parameters' types for as long as the session lives, whatever becomes
of the column: tests/risk/test_functions.py.
"""

from collections.abc import Iterable

from online_migrate.catalog.model import Catalog
from online_migrate.plan.names import RelationName


def when_type_changes(names: Iterable[RelationName], column: str, catalog: Catalog) -> str | None:
    """Return the warning for a column that gets another type; None where no trigger runs."""
    found = _trigger_functions(names, catalog)
    if not found:
        return None
    return (
        f"If {found} names {column}, it fails in every session that has run it (`type of parameter does not match that "
        "when preparing the plan`) until the session ends or the function is created anew"
    )


def when_name_goes(names: Iterable[RelationName], column: str, catalog: Catalog) -> str | None:
    """Return the warning for a column that is dropped or renamed; None where no trigger runs."""
    found = _trigger_functions(names, catalog)
    if not found:
        return None
    return f"If {found} names {column}, every statement that fires its trigger fails from that moment"


def _trigger_functions(names: Iterable[RelationName], catalog: Catalog) -> str:
    tables = (catalog.table(name) for name in names)
    triggers = (trigger for table in tables if table is not None for trigger in table.triggers)
    return " or ".join(dict.fromkeys(str(t.function) for t in triggers if t.enabled != "D"))
