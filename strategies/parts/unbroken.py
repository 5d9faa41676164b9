"""Rows held against the CHECKs that are NOT VALID, before anything else is done.

PostgreSQL checks each row that changes: a row that breaks such a rule can be read and deleted, but not filled, and no
form of UPDATE passes over the rule.
"""

from collections.abc import Iterator

from online_migrate.catalog.model import Catalog, Table, TableConstraint
from online_migrate.grammar.compose import (
    Expression,
    Literal,
    compose,
    compose_body,
)
from online_migrate.grammar.statements import Delete, Update
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import Ddl, Step
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import locks
from online_migrate.strategies.parts.ids import step_id
from online_migrate.strategies.parts.nulls import not_null

_LOOK = """
    BEGIN
        IF EXISTS (SELECT FROM {table} WHERE NOT {expression}) THEN
            RAISE check_violation USING MESSAGE = {message}, HINT = {hint};
        END IF;
    END
"""
_HINT = "Correct or delete these rows, or drop the constraint; then the same command goes on."


def steps(change: Change, facts: Facts, table: RelationName) -> tuple[Step, ...]:
    """Return the steps that look for rows which cannot be filled, and stop the deploy where there is one.

    ACCESS SHARE, as any query, for as long as it takes to read the table. None where the plan itself deletes rows of
    the table or changes what the rule is about, which may be what puts them right: the fill names the row that it then
    meets.
    """
    family = {member.name for member in _family(table, facts.catalog)}
    changes = [c.statement for c in facts.changes if isinstance(c.statement, Update | Delete)]
    about = [statement for statement in changes if statement.table in family]
    return tuple(
        _look(change, facts, name, rule)
        for name, rule in _unchecked(table, facts.live)
        if not any(_may_put_right(statement, rule) for statement in about)
    )


def _may_put_right(statement: Update | Delete, rule: TableConstraint) -> bool:
    return isinstance(statement, Delete) or not set(rule.columns).isdisjoint(statement.assigned_columns)


def made_by_plan(table: RelationName, facts: Facts) -> tuple[str, ...]:
    """Return the names of the rules that the plan itself makes NOT VALID: before it no row can be held against them."""
    there = {(name, rule.name) for name, rule in _unchecked(table, facts.live)}
    return tuple(sorted({r.name for name, r in _unchecked(table, facts.catalog) if (name, r.name) not in there}))


def _family(table: RelationName, catalog: Catalog) -> tuple[Table, ...]:
    found = catalog.table(table)
    return () if found is None else (found, *catalog.descendants(table))


def _unchecked(table: RelationName, catalog: Catalog) -> Iterator[tuple[RelationName, TableConstraint]]:
    for member in _family(table, catalog):
        for rule in member.constraints:
            if rule.type in ("check", "not_null") and rule.enforced and not rule.valid and not rule.inherited:
                yield member.name, rule


def _look(change: Change, facts: Facts, table: RelationName, rule: TableConstraint) -> Ddl:
    expression = rule.expression or not_null(facts.live, table, rule.columns[0])
    body = compose_body(
        _LOOK,
        table=table,
        expression=Expression(expression),
        message=Literal(f"rows of {table} break {rule.name}, which is NOT VALID, and cannot be filled"),
        hint=Literal(_HINT),
    )
    return Ddl(
        id=step_id(change, "look_for_broken", table, rule.name),
        operation=change.operation.id,
        purpose=f"make sure that no row breaks {rule.name}, which is NOT VALID: such a row cannot be filled",
        sql=(compose("DO {body}", body=Literal(body)),),
        locks=locks.on(LockMode.ACCESS_SHARE, table),
        brief=False,
    )
