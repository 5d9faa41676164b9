"""Foreign keys that stand in the way of dropping a column or a table, each dropped in a step of its own."""

from collections.abc import Iterator

from online_migrate.catalog.model import Catalog, TableConstraint
from online_migrate.grammar.compose import Identifier, compose
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import Ddl
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import done, inverse, locks
from online_migrate.strategies.parts.ids import step_id


def foreign_keys_on(
    catalog: Catalog, table: RelationName, column: str | None = None, *, cascade: bool, detached: bool = False
) -> Iterator[tuple[RelationName, TableConstraint]]:
    """Yield the foreign keys of a table (of one column of it), and with `cascade` those that refer to it.

    Those that a partition has from its parent are left out, unless it is `detached` by then: they go with the parent's.
    """
    names = sorted({table, *(owner.name for owner, _ in catalog.referencing(table))})
    for owner in filter(None, map(catalog.table, names)):
        for constraint in owner.constraints:
            own = owner.name == table
            if constraint.type != "foreign_key" or (constraint.inherited and not (own and detached)):
                continue
            own = own and (column is None or column in constraint.columns)
            refers = constraint.referenced == table and (column is None or column in constraint.referenced_columns)
            if own or (cascade and refers):
                yield owner.name, constraint


def drop_foreign_key(change: Change, facts: Facts, table: RelationName, constraint: TableConstraint) -> Ddl:
    """Return the step that drops one foreign key: ACCESS EXCLUSIVE on both its tables for a moment."""
    tables = [table] if constraint.referenced is None else [table, constraint.referenced]
    undo = inverse.add_constraint(table, constraint.name, facts.catalog)
    return Ddl(
        id=step_id(change, "drop_foreign_key", table, constraint.name),
        operation=change.operation.id,
        purpose=f"drop the foreign key {constraint.name} on its own, so that few tables are locked at once",
        sql=(compose("ALTER TABLE {table} DROP CONSTRAINT {name}", table=table, name=Identifier(constraint.name)),),
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, *tables),
        done_check=done.constraint_absent(table, constraint.name),
        undo=undo or (),
        reversible=undo is not None,
    )
