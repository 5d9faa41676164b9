"""Whether what is known of a table's rows proves a condition, so that PostgreSQL reads none of them.

The same as predicate_implied_by in predtest.c, for comparisons of columns with constants.
"""

from datetime import UTC, datetime

from online_migrate.catalog.model import Table
from online_migrate.grammar.conditions import All, Any, Compare, Condition, Null, Unknown, Value, condition_of

_IMPLIED = {
    (fact, goal): frozenset(orders)
    for fact, goals in {
        "=": {"=": {0}, "<>": {-1, 1}, "<": {-1}, "<=": {-1, 0}, ">": {1}, ">=": {0, 1}},
        "<": {"<": {-1, 0}, "<=": {-1, 0}, "<>": {-1, 0}},
        "<=": {"<": {-1}, "<=": {-1, 0}, "<>": {-1}},
        ">": {">": {0, 1}, ">=": {0, 1}, "<>": {0, 1}},
        ">=": {">": {1}, ">=": {0, 1}, "<>": {1}},
    }.items()
    for goal, orders in goals.items()
}
"""Operators of a fact and of a goal, to how the fact's value may stand to the goal's for the fact to prove it."""


def proves(table: Table, goal: Condition) -> bool:
    """Tell whether valid CHECKs and NOT NULLs of a table say that a condition holds for every row."""
    checks = (c for c in table.constraints if c.type == "check" and c.valid and c.enforced and c.expression)
    said = (part for c in checks for part in _parts(condition_of(c.expression or "")))
    unproved = {c for k in table.constraints if k.type == "not_null" and not k.valid for c in k.columns}
    filled = (Null(c.name, is_null=False) for c in table.columns if c.not_null and c.name not in unproved)
    return _implied((*said, *filled), goal)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    return tuple(p for part in condition.parts for p in _parts(part)) if isinstance(condition, All) else (condition,)


def _implied(facts: tuple[Condition, ...], goal: Condition) -> bool:
    match goal:
        case Unknown():
            return False
        case All(parts):
            return all(_implied(facts, part) for part in parts)
        case Any(parts) if any(_implied(facts, part) for part in parts):
            return True
        case Compare() | Null() if any(_says(fact, goal) for fact in facts):
            return True
    # Of a fact that is an alternative, each side must do.
    return any(isinstance(fact, Any) and all(_implied(_parts(side), goal) for side in fact.parts) for fact in facts)


def _says(fact: Condition, goal: Condition) -> bool:
    if fact == goal:
        return True
    if not isinstance(fact, Compare) or not isinstance(goal, Compare) or fact.column != goal.column:
        return False
    return _order(fact.value, goal.value) <= _IMPLIED.get((fact.operator, goal.operator), frozenset())


def _order(one: Value, other: Value) -> frozenset[int]:
    """Return how the first value may stand to the second: -1 before it, 0 level, 1 after it.

    Texts are only known to be the same or not: their order is that of the column's collation.
    """
    if one == other:
        return frozenset({0})
    if isinstance(one, int) and isinstance(other, int):
        return frozenset({1 if one > other else -1})
    left, right = _moment(one), _moment(other)
    if left is None or right is None:
        return frozenset({-1, 1})
    return frozenset({(left > right) - (left < right)})


def _moment(value: Value) -> datetime | None:
    """A date or time as ISO writes it; one without a zone is taken for UTC, as it is compared with its like."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
