"""Foreign keys that refer to a column that is swapped: made anew against its shadow, beside the writers.

They rest on the shadow's unique index. In the cut-over the ones there are go, and the new ones get their names.
"""

from collections.abc import Iterator

from online_migrate.catalog.model import Table, TableConstraint
from online_migrate.grammar import copies
from online_migrate.plan.steps import Step
from online_migrate.strategies.parts import alter_table, inverse, sequences, shadow
from online_migrate.strategies.parts.moves import Move, comment_on_constraint, rename_constraint
from online_migrate.strategies.parts.shadow import Shadow, copy_name


def of(made: Shadow) -> tuple[tuple[Table, TableConstraint], ...]:
    """Return the foreign keys that refer to the column, each with the table that has it."""
    found = made.facts.catalog.referencing(made.table.name)
    return tuple((table, key) for table, key in found if made.column.name in key.referenced_columns)


def prepare(made: Shadow) -> tuple[Step, ...]:
    """Return the steps that make each foreign key anew, NOT VALID and then VALIDATE."""
    facts, steps = shadow.with_shadow(made), list[Step]()
    for table, key in of(made):
        name = copy_name(made, key.name)
        definition = copies.referring_copy(key.definition, made.column.name, made.name)
        add = alter_table.add_constraint(table.name, name, definition, not_valid=True)
        steps += sequences.not_valid_then_validate(
            made.change, facts, table.name, name, add, referenced=made.table.name
        )
    return tuple(steps)


def moves_before(made: Shadow) -> Iterator[Move]:
    """Yield the moves that drop the foreign keys that rest on the old key, which can go then."""
    for table, key in of(made):
        undo = inverse.add_constraint(table.name, key.name, made.facts.catalog) or ()
        yield Move(do=(alter_table.drop_constraint(table.name, key.name),), undo=undo)


def moves_after(made: Shadow) -> Iterator[Move]:
    """Yield the moves that give the new ones their names; they are taken back before the new key is."""
    for table, key in of(made):
        rename = rename_constraint(table.name, copy_name(made, key.name), key.name)
        drop = (alter_table.drop_constraint(table.name, key.name),)
        yield Move(do=(*rename.do, *comment_on_constraint(table.name, key)), undo=drop)


def obstacles(table: Table, column: str, referring: tuple[tuple[Table, TableConstraint], ...]) -> Iterator[str]:
    """Yield why foreign keys that refer to a column cannot be made anew."""
    for other, key in referring:
        if column not in key.referenced_columns:
            continue
        if other.kind != "r" or other.parent is not None or other.children:
            yield f"{key.name} refers to {column} from {other.name}, which is partitioned or inherits"
        if not key.valid or not key.enforced:
            yield f"{key.name} of {other.name} is not valid"
        if not other.owned:
            yield f"{key.name} refers to {column} from {other.name}, which belongs to another role"
        if other.name == table.name and column in key.columns:
            yield f"{key.name} refers from {column} to itself"
