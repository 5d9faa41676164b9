"""Tables that get another name in the middle of a plan: what is still to be done to them is done under the new one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from online_migrate.catalog.evolve import apply
from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.grammar.moved import moved
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Backfill, ConcurrentDdl, Step
from online_migrate.strategies.parts.naming import of_moved

Moves = Mapping[RelationName, RelationName]


def moves(statement: s.Statement, catalog: Catalog, live: Catalog) -> Moves:
    """Return the old name to the new one of each relation that a statement moves; the table itself first.

    Args:
        catalog: as the statement finds it.
        live: as it is now, under the names of then: what contract has still to remove is only there.
    """
    if not isinstance(statement, s.RenameTable | s.SetSchema) or catalog.table(statement.table) is None:
        return {}
    old, new = statement.table, of_moved(statement)
    found = {old: new}
    if isinstance(statement, s.SetSchema):
        for known in (catalog, live):
            table = known.table(old)
            indexes = [index.name for index in table.indexes] if table is not None else []
            sequences = [name for name, (owner, _) in known.sequence_owners.items() if owner == old]
            found |= {name: RelationName(new.schema, name.name) for name in (*indexes, *sequences)}
    return found


def now_named(live: Catalog, statement: s.Statement) -> Catalog:
    """Return what is live under the names that it has after a statement; a name that is given up is free."""
    return apply(live, statement) if isinstance(statement, s.RenameTable | s.SetSchema | s.DropTable) else live


def built_there(steps: Iterable[Step], names: Moves) -> Moves:
    """Return the names with those of the indexes that steps build on a table that moves to another schema."""
    schemas = {old: new.schema for old, new in names.items() if old.schema != new.schema}
    found = dict(names)
    for step in steps:
        if isinstance(step, ConcurrentDdl) and step.index is not None:
            for lock in step.locks:
                if lock.relation in schemas and lock.relation.schema == step.index.schema:
                    found[step.index] = RelationName(schemas[lock.relation], step.index.name)
    return found


def follow(step: Step, names: Moves) -> Step:
    """Return a step that runs once relations have other names. Its id and its words stay."""

    def name(relation: RelationName) -> RelationName:
        return names.get(relation, relation)

    def sql(text: str) -> str:
        return moved(text, names)

    def perhaps(text: str | None) -> str | None:
        return sql(text) if text is not None else None

    step = replace(
        step,
        sql=tuple(map(sql, step.sql)),
        locks=tuple(replace(lock, relation=name(lock.relation)) for lock in step.locks),
        done_check=perhaps(step.done_check),
        undo=tuple(map(sql, step.undo)),
    )
    match step:
        case ConcurrentDdl(index=RelationName() as index):
            shape = step.shape
            return replace(
                step, index=name(index), shape=replace(shape, table=name(shape.table)) if shape is not None else None
            )
        case Backfill():
            return replace(
                step,
                table=name(step.table),
                update=sql(step.update),
                update_from_start=perhaps(step.update_from_start),
                update_again=perhaps(step.update_again),
                remaining=perhaps(step.remaining),
                root=name(step.root) if step.root is not None else None,
                leaves=tuple(map(name, step.leaves)),
                write=perhaps(step.write),
            )
        case _:
            return step
