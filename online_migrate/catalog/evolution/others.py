"""Triggers, schemas, sequences, views and functions."""

from collections.abc import Callable, Mapping
from typing import Final

from online_migrate.catalog.evolution import constraints, tables, types, views
from online_migrate.catalog.evolution.draft import Draft
from online_migrate.catalog.model import ExtendedStatistics, Trigger
from online_migrate.grammar.analysis import columns_in
from online_migrate.grammar.functions import definition_of
from online_migrate.grammar.predicates import dropped_name
from online_migrate.grammar.statements import (
    CreateTrigger,
    Other,
    RefreshMaterializedView,
    RenameFunction,
    RenameSchema,
    RenameSequence,
)
from online_migrate.grammar.tree import Message, pg, statement, type_of, unwrap, words
from online_migrate.plan.names import RelationName


def rename_function(draft: Draft, renamed: RenameFunction) -> None:
    """ALTER FUNCTION ... RENAME TO: whether others of its name are left is not known."""
    if renamed.new_name is not None and renamed.name in draft.volatility:
        draft.volatility = {**draft.volatility, renamed.new_name: draft.volatility[renamed.name]}


def rename_schema(draft: Draft, renamed: RenameSchema) -> None:
    """ALTER SCHEMA ... RENAME TO: all in it has another name."""
    old, new = renamed.schema, renamed.new
    draft.schemas = (draft.schemas - {old}) | {new}
    for table in [name for name in draft.tables if name.schema == old]:
        tables.into_schema(draft, table, new)
    for sequence in [name for name in draft.sequences if name.schema == old]:
        draft.rename_sequence(sequence, RelationName(new, sequence.name))
    for type_ in [name for name in draft.types if name.schema == old]:
        types.rename(draft, type_, RelationName(new, type_.name))


def rename_sequence(draft: Draft, renamed: RenameSequence) -> None:
    """ALTER SEQUENCE ... RENAME TO, SET SCHEMA."""
    if renamed.sequence in draft.sequences:
        draft.rename_sequence(renamed.sequence, renamed.new)


def refresh(draft: Draft, refreshed: RefreshMaterializedView) -> None:
    """REFRESH MATERIALIZED VIEW fills a view, or empties it."""
    if refreshed.view in draft.tables:
        draft.change(refreshed.view, populated=refreshed.with_data)


def create_trigger(draft: Draft, created: CreateTrigger) -> None:
    """CREATE TRIGGER; a row trigger goes to partitions too."""
    tree = statement(created.sql)
    function = words(tree.funcname)
    schema = function[-2] if len(function) > 1 else draft.catalog.search_path[0]
    bits = {4: "insert", 8: "delete", 16: "update", 32: "truncate"}
    trigger = Trigger(
        name=created.name,
        function=RelationName(schema, function[-1]),
        definition=created.sql,
        columns=words(tree.columns),
        timing="before" if tree.timing & 2 else "instead of" if tree.timing & 64 else "after",
        per_row=tree.row,
        events=tuple(word for bit, word in bits.items() if tree.events & bit),
    )
    partitioned = created.table in draft.tables and draft.tables[created.table].kind == "p"
    for member in draft.family(created.table, only=not (partitioned and trigger.per_row)):
        others = tuple(t for t in draft.tables[member].triggers if t.name != trigger.name)
        draft.change(member, triggers=(*others, trigger))


def other(draft: Draft, other_: Other) -> None:
    """Statements without a class: views, sequences, schemas, domains, and dropping them."""
    change = _CHANGES.get(other_.tag)
    if change is not None:
        change(draft, other_)


def _create_view(draft: Draft, created: Other) -> None:
    tree = statement(created.sql)
    materialized = created.tag != "create_view"
    target = tree.into.rel if materialized else tree.view
    name = RelationName(target.schemaname, target.relname)
    reads = tuple(relation for relation in created.relations if relation != name)
    views.create(draft, name, reads, materialized=materialized)


def _drop_view(draft: Draft, dropped: Other) -> None:
    for relation in dropped.relations:
        views.drop(draft, relation)


def _create_statistics(draft: Draft, created: Other) -> None:
    tree = statement(created.sql)
    held = tuple(dict.fromkeys(name for element in tree.exprs for name in _columns_of(unwrap(element))))
    for table in [draft.tables[name] for name in created.relations if name in draft.tables]:
        parts = words(tree.defnames)
        # Without a name PostgreSQL makes one up; nobody can mean it by that in the same plan.
        name = RelationName(parts[-2] if len(parts) > 1 else table.name.schema, parts[-1] if parts else "")
        made = ExtendedStatistics(name=name, columns=held, definition=created.sql)
        draft.change(table.name, extended_statistics=(*table.extended_statistics, made))


def _drop_statistics(draft: Draft, dropped: Other) -> None:
    name = (dropped.object_name or "").rpartition(".")[2]
    for table in [t for t in draft.tables.values() if any(s.name.name == name for s in t.extended_statistics)]:
        left = tuple(s for s in table.extended_statistics if s.name.name != name)
        draft.change(table.name, extended_statistics=left)


def _columns_of(element: Message) -> tuple[str, ...]:
    return (element.name,) if element.name else columns_in(element)


def _create_sequence(draft: Draft, created: Other) -> None:
    sequence = statement(created.sql).sequence
    draft.sequences |= {RelationName(sequence.schemaname, sequence.relname)}


def _drop_sequence(draft: Draft, dropped: Other) -> None:
    for relation in dropped.relations:
        draft.sequences -= {relation}
        draft.disown(relation)


def _create_schema(draft: Draft, created: Other) -> None:
    if created.object_name:
        draft.schemas |= {created.object_name}


def _drop_schema(draft: Draft, dropped: Other) -> None:
    schema = dropped.object_name
    draft.schemas -= {schema or ""}
    for table in [t for t in draft.tables.values() if t.name.schema == schema]:
        constraints.drop_references(draft, table.name)
        views.drop_all(draft, table.dependents)
        draft.remove(table.name)
    draft.sequences = frozenset(name for name in draft.sequences if name.schema != schema)
    for sequence in [s for s in draft.sequence_owners if s not in draft.sequences]:
        draft.disown(sequence)
    for name in [name for name in draft.types if name.schema == schema]:
        types.remove(draft, name)


def _create_function(draft: Draft, created: Other) -> None:
    """CREATE FUNCTION, PROCEDURE: what it runs is known from then on."""
    function = definition_of(created.sql)
    others = () if function.replaces else draft.functions.get(function.name, ())
    draft.functions = {**draft.functions, function.name: (*others, created.sql)}
    volatility = (
        function.volatility if not others else max(function.volatility, draft.volatility.get(function.name, "v"))
    )
    draft.volatility = {**draft.volatility, function.name: volatility}


def _create_policy(draft: Draft, created: Other) -> None:
    for table in created.relations[:1]:
        if table in draft.tables and created.object_name is not None:
            draft.change(table, policies=(*draft.tables[table].policies, created.object_name))


def _drop_policy(draft: Draft, dropped: Other) -> None:
    name = dropped_name(dropped.sql)
    for table in dropped.relations[:1]:
        if table in draft.tables:
            draft.change(table, policies=tuple(p for p in draft.tables[table].policies if p != name))


def _publish(draft: Draft, changed: Other) -> None:
    """CREATE PUBLICATION, ALTER PUBLICATION ... ADD."""
    tree = statement(changed.sql)
    specs = [item.publication_obj_spec for item in tree.pubobjects]
    schemas = {spec.name for spec in specs if spec.pubobjtype == pg.PUBLICATIONOBJ_TABLES_IN_SCHEMA}
    every = type_of(tree) == "CreatePublicationStmt" and tree.for_all_tables
    if type_of(tree) == "AlterPublicationStmt" and tree.action != pg.AP_AddObjects:
        return
    for table in [t for t in draft.tables.values() if t.kind in ("r", "p")]:
        if every or table.name.schema in schemas or table.name in changed.relations:
            draft.change(table.name, publications=(*table.publications, tree.pubname))


def _drop_publication(draft: Draft, dropped: Other) -> None:
    name = dropped_name(dropped.sql)
    for table in [t for t in draft.tables.values() if name in t.publications]:
        draft.change(table.name, publications=tuple(p for p in table.publications if p != name))


def _drop_trigger(draft: Draft, dropped: Other) -> None:
    table = dropped.relations[0]
    name = dropped_name(dropped.sql)
    partitioned = table in draft.tables and draft.tables[table].kind == "p"
    for member in draft.family(table, only=not partitioned):
        draft.change(member, triggers=tuple(t for t in draft.tables[member].triggers if t.name != name))


_CHANGES: Final[Mapping[str, Callable[[Draft, Other], None]]] = {
    "create_view": _create_view,
    "create_materialized_view": _create_view,
    "drop_view": _drop_view,
    "drop_materialized_view": _drop_view,
    "create_statistics": _create_statistics,
    "drop_statistics": _drop_statistics,
    "create_sequence": _create_sequence,
    "drop_sequence": _drop_sequence,
    "create_schema": _create_schema,
    "drop_schema": _drop_schema,
    "create_domain": types.create_domain,
    "drop_type": types.drop_type,
    "drop_domain": types.drop_type,
    "drop_trigger": _drop_trigger,
    "create_publication": _publish,
    "alter_publication": _publish,
    "drop_publication": _drop_publication,
    "create_policy": _create_policy,
    "drop_policy": _drop_policy,
    "create_function": _create_function,
    "create_procedure": _create_function,
}
