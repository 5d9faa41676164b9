"""What a cut-over is made of: statements, each with those that take it back."""

from dataclasses import dataclass

from online_migrate.catalog.model import Index, TableConstraint
from online_migrate.grammar.compose import Identifier, Literal, Part, compose
from online_migrate.plan.names import RelationName
from online_migrate.strategies.parts import alter_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Statements, and those that take them back."""

    do: tuple[str, ...]
    undo: tuple[str, ...]


def rename_column(table: RelationName, old: str, new: str) -> Move:
    """Give a column another name."""
    return Move(do=(alter_table.rename_column(table, old, new),), undo=(alter_table.rename_column(table, new, old),))


def rename_constraint(table: RelationName, old: str, new: str) -> Move:
    """Give a constraint another name, and its index with it."""
    template = "ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}"
    return Move(
        do=(compose(template, table=table, old=Identifier(old), new=Identifier(new)),),
        undo=(compose(template, table=table, old=Identifier(new), new=Identifier(old)),),
    )


def rename_index(index: RelationName, new: str) -> Move:
    """Give an index another name."""
    template = "ALTER INDEX {index} RENAME TO {name}"
    return Move(
        do=(compose(template, index=index, name=Identifier(new)),),
        undo=(compose(template, index=RelationName(index.schema, new), name=Identifier(index.name)),),
    )


def comment_on_constraint(table: RelationName, constraint: TableConstraint) -> tuple[str, ...]:
    """Return the statement that says of a constraint what the catalog shows, if anything."""
    if constraint.comment is None:
        return ()
    template = "COMMENT ON CONSTRAINT {name} ON {table} IS {comment}"
    parts: dict[str, Part] = {"name": Identifier(constraint.name), "comment": Literal(constraint.comment)}
    return (compose(template, table=table, **parts),)


def marks_of_index(table: RelationName, index: Index) -> tuple[str, ...]:
    """Return the statements that say of an index what its definition does not: comment, CLUSTER, replica identity."""
    sql = []
    if index.comment is not None:
        sql.append(compose("COMMENT ON INDEX {index} IS {comment}", index=index.name, comment=Literal(index.comment)))
    name = Identifier(index.name.name)
    if index.clustered:
        sql.append(compose("ALTER TABLE {table} CLUSTER ON {name}", table=table, name=name))
    if index.replica_identity:
        sql.append(compose("ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}", table=table, name=name))
    return tuple(sql)


def statistics_of_index(index: Index) -> tuple[str, ...]:
    """Return the statements that give an index the statistics targets of its columns."""
    template = "ALTER INDEX {index} ALTER COLUMN {place} SET STATISTICS {target}"
    return tuple(
        compose(template, index=index.name, place=Literal(place), target=Literal(target))
        for place, target in index.statistics
    )
