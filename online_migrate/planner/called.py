"""Which functions and procedures a plan calls, renames or replaces, so that they can be read before it is made."""

from collections.abc import Iterable

from online_migrate.catalog.model import Catalog
from online_migrate.grammar.functions import (
    called_names,
    defines_function,
    definition_of,
    renamed_function,
    replaced_function,
)
from online_migrate.plan.operation import Operation
from online_migrate.risk.rows import suspects


def called_functions(operations: Iterable[Operation], catalog: Catalog) -> frozenset[str]:
    """Return the names of all that SELECT, CALL and DO blocks call and that may change something, also through others.

    And of those that get another name, under which a copy stays until contract, or are replaced, so that abort can
    bring back what they were.

    Args:
        operations: those of the plan; a function that they make is followed as they make it.
        catalog: with the definitions that are known so far.
    """
    captured = [operation for operation in operations if operation.uncaptured is None]
    definitions = {name: list(texts) for name, texts in catalog.functions.items()}
    for operation in captured:
        if defines_function(operation.sql):
            definitions.setdefault(definition_of(operation.sql).name, []).append(operation.sql)
    about = (name for o in captured for name in (renamed_function(o.sql), replaced_function(o.sql)))
    found: set[str] = set()
    waiting = [operation.sql for operation in captured]
    while waiting:
        for name in suspects(called_names(waiting.pop()), catalog):
            if name not in found:
                found.add(name)
                waiting += [sql for text in definitions.get(name, ()) for sql in definition_of(text).body.statements]
    return frozenset((*found, *(name for name in about if name is not None)))
