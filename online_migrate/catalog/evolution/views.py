"""Views: they are known by name and by what they read, their columns only once they exist."""

from collections.abc import Iterable
from dataclasses import replace

from online_migrate.catalog.evolution.draft import Draft
from online_migrate.catalog.model import Table
from online_migrate.plan.names import RelationName


def create(draft: Draft, name: RelationName, reads: tuple[RelationName, ...], materialized: bool) -> None:
    """CREATE VIEW: a relation without known columns, on which what it reads depends from now on."""
    draft.put(draft.tables.get(name) or Table(name=name, kind="m" if materialized else "v", replica_identity="n"))
    for relation in reads:
        if relation in draft.tables and relation != name:
            dependents = dict.fromkeys((*draft.tables[relation].dependents, name))
            draft.change(relation, dependents=tuple(dependents))

    between = {r for r in reads if r in draft.tables and draft.tables[r].kind in ("v", "m")}

    def reaches(table: Table) -> Table:
        through = name not in table.dependents and not between.isdisjoint(table.dependents)
        return replace(table, dependents=(*table.dependents, name)) if through else table

    if between:
        draft.change_each(reaches)


def drop(draft: Draft, name: RelationName) -> None:
    """DROP VIEW, with the views that read it."""
    view = draft.tables.get(name)
    if view is None:
        return
    gone = {name, *view.dependents}
    for view_name in gone:
        draft.remove(view_name)
    _forget(draft, gone)


def drop_all(draft: Draft, names: Iterable[RelationName]) -> None:
    """DROP VIEW of several."""
    for name in names:
        drop(draft, name)


def _forget(draft: Draft, gone: set[RelationName]) -> None:
    """Take views that are gone out of the records of what they read."""

    def without(table: Table) -> Table:
        if gone.isdisjoint(table.dependents):
            return table
        return replace(
            table,
            dependents=tuple(v for v in table.dependents if v not in gone),
            column_dependents=tuple(pair for pair in table.column_dependents if pair[1] not in gone),
        )

    draft.change_each(without)
