"""Partitions and inheritance: what a table takes over from the one above it."""

from dataclasses import replace

from online_migrate.catalog.evolution import constraints, indexes
from online_migrate.catalog.evolution.draft import Draft
from online_migrate.plan.names import RelationName


def inherit_constraints(draft: Draft, parent: RelationName, child: RelationName, bound: str | None) -> None:
    """Put a table below another, as a partition (with a bound) or as one that inherits (without)."""
    above, table = draft.tables[parent], draft.tables[child]
    is_partition = above.kind == "p"
    draft.change(
        child,
        parent=table.parent or parent,
        is_partition=is_partition,
        partition_bound=bound,
        is_default_partition=bound is not None and bound.upper() == "DEFAULT",
    )
    draft.change(parent, children=tuple(sorted((*above.children, child), key=lambda name: name.name)))
    for constraint in above.constraints:
        if constraint.type == "not_null" and not constraint.no_inherit:
            for column in constraint.columns:
                _inherit_not_null(draft, child, column, constraint.name)
        elif constraint.type == "check" and not constraint.no_inherit:
            constraints.inherit(draft, child, constraint)
        elif constraint.type == "foreign_key" and is_partition:
            _inherit_foreign_key(draft, child, constraint.name, parent)
    for column_ in above.columns:
        if column_.not_null:
            draft.change_column(child, column_.name, not_null=True)
    if is_partition:
        _inherit_indexes_and_triggers(draft, parent, child)


def _inherit_indexes_and_triggers(draft: Draft, parent: RelationName, child: RelationName) -> None:
    above = draft.tables[parent]
    for index in above.indexes:
        owner = above.constraint(index.constraint or "")
        if owner is not None:
            constraints.add_indexed_to_partition(draft, child, index, owner)
        else:
            indexes.add_to_partition(draft, child, index)
    below = draft.tables[child]
    cloned = tuple(t for t in above.triggers if t.per_row and all(t.name != own.name for own in below.triggers))
    draft.change(child, triggers=(*below.triggers, *cloned))


def _inherit_not_null(draft: Draft, child: RelationName, column: str, name: str) -> None:
    constraints.set_not_null(draft, child, column, name)
    table = draft.tables[child]
    own = next((c for c in table.constraints if c.type == "not_null" and c.columns == (column,)), None)
    if own is not None and (own.name == name or table.is_partition):
        constraints.replace_constraint(draft, child, own, replace(own, inherited=True))


def _inherit_foreign_key(draft: Draft, child: RelationName, name: str, parent: RelationName) -> None:
    """A partition's own foreign key that says the same becomes the parent's part; else it gets a new one."""
    constraint = draft.tables[parent].constraint(name)
    if constraint is None:
        return
    for member in draft.family(child):
        fitting = next(
            (
                own
                for own in draft.tables[member].constraints
                if own.type == "foreign_key"
                and not own.inherited
                and (own.columns, own.referenced, own.referenced_columns)
                == (constraint.columns, constraint.referenced, constraint.referenced_columns)
            ),
            None,
        )
        if fitting is not None:
            constraints.replace_constraint(draft, member, fitting, replace(fitting, inherited=True))
        else:
            constraints.inherit(draft, member, constraint)


def attach(draft: Draft, parent: RelationName, child: RelationName, bound: str | None) -> None:
    """ATTACH PARTITION, INHERIT."""
    if parent in draft.tables and child in draft.tables:
        inherit_constraints(draft, parent, child, bound)


def detach(draft: Draft, parent: RelationName, child: RelationName) -> None:
    """DETACH PARTITION, NO INHERIT: the table stays, with what it had taken over as its own."""
    if parent not in draft.tables or child not in draft.tables:
        return
    draft.change(parent, children=tuple(name for name in draft.tables[parent].children if name != child))
    table = draft.tables[child]
    above = draft.tables[parent]
    cloned = {t.name for t in above.triggers if t.per_row} if table.is_partition else set()
    draft.change(
        child,
        parent=None,
        is_partition=False,
        is_default_partition=False,
        partition_bound=None,
        constraints=tuple(replace(c, inherited=False) for c in table.constraints),
        indexes=tuple(replace(i, parent=None) for i in table.indexes),
        triggers=tuple(t for t in table.triggers if t.name not in cloned),
    )


def rebuild_indexes(draft: Draft, table: RelationName, column: str) -> None:
    """Make the partitions' indexes of a column anew from those of their parents, under new names, as ALTER TYPE does.

    What else they had of their own goes as well: options, tablespace, comment, CLUSTER (measured on 14 and 18).
    """
    found = [
        (member, index)
        for member in draft.family(table)
        if draft.tables[member].kind == "p"
        for index in draft.tables[member].indexes
        if column in index.columns and index.parent is None
    ]
    for member, index in found:
        constraints.drop_of_partitions(draft, member, index.name)
    for member, index in sorted(found, key=lambda pair: pair[1].constraint is None):
        bare = replace(index, comment=None, clustered=False, replica_identity=False, statistics=())
        constraint = draft.tables[member].constraint(index.constraint or "")
        for child in draft.tables[member].children:
            if constraint is None:
                indexes.add_to_partition(draft, child, bare)
            else:
                constraints.add_indexed_to_partition(draft, child, bare, replace(constraint, comment=None))
