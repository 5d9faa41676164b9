"""Enums, domains, composite and range types."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from online_migrate.catalog.evolution import columns
from online_migrate.catalog.evolution.draft import Draft
from online_migrate.catalog.model import Column, UserType
from online_migrate.catalog.type_names import canonical, find, written
from online_migrate.grammar import compose
from online_migrate.grammar.statements import (
    AddEnumValue,
    AlterComposite,
    AlterDomain,
    CreateType,
    Other,
    RenameEnumValue,
    RenameType,
)
from online_migrate.grammar.tree import deparse_type, pg, statement, type_of, words
from online_migrate.plan.names import RelationName

Kind = Literal["enum", "domain", "composite", "range", "base"]

_KINDS: Final[Mapping[str, Kind]] = {
    "CreateEnumStmt": "enum",
    "CompositeTypeStmt": "composite",
    "CreateRangeStmt": "range",
}


def create_type(draft: Draft, created: CreateType) -> None:
    """CREATE TYPE."""
    kind: Kind = _KINDS.get(type_of(statement(created.sql)), "base")
    draft.types[created.name] = UserType(name=created.name, kind=kind, labels=created.labels or ())


def create_domain(draft: Draft, created: Other) -> None:
    """CREATE DOMAIN."""
    tree = statement(created.sql)
    known = replace(draft.catalog, types=draft.types)
    parts = words(tree.domainname)
    schema = parts[-2] if len(parts) > 1 else next(iter(draft.catalog.search_path), "public")
    base = canonical(deparse_type(tree.type_name), known)
    below = next((kind for kind in draft.types.values() if str(kind.name) == base), None)
    own = any(item.constraint.contype in (pg.CONSTR_CHECK, pg.CONSTR_NOTNULL) for item in tree.constraints)
    name = RelationName(schema, parts[-1])
    constrained = own or (below is not None and below.constrained)
    draft.types[name] = UserType(name=name, kind="domain", base_type=base, constrained=constrained)


def add_enum_value(draft: Draft, added: AddEnumValue) -> None:
    """ALTER TYPE ... ADD VALUE, before or after another."""
    enum = draft.types.get(added.type)
    if enum is None or added.value in enum.labels:
        return
    tree = statement(added.sql)
    labels = list(enum.labels)
    place = len(labels)
    if tree.new_val_neighbor in labels:
        place = labels.index(tree.new_val_neighbor) + (1 if tree.new_val_is_after else 0)
    labels.insert(place, added.value)
    draft.types[added.type] = replace(enum, labels=tuple(labels))


def rename_enum_value(draft: Draft, renamed: RenameEnumValue) -> None:
    """ALTER TYPE ... RENAME VALUE."""
    enum = draft.types.get(renamed.type)
    if enum is not None:
        labels = tuple(renamed.new_value if label == renamed.value else label for label in enum.labels)
        draft.types[renamed.type] = replace(enum, labels=labels)
        for table, name in enum.used_by:
            column = draft.tables[table].column(name) if table in draft.tables else None
            if column is not None and column.default is not None and _is_value(column, renamed.value):
                draft.change_column(table, name, default=_value(column, renamed.new_value))


def _is_value(column: Column, value: str) -> bool:
    default = compose.Expression(column.default or "")
    return compose.compose_expression("{default}", default=default) == _value(column, value)


def _value(column: Column, value: str) -> str:
    template = "{value}::{type}"
    return compose.compose_expression(template, value=compose.Literal(value), type=compose.TypeName(column.type))


def rename_type(draft: Draft, renamed: RenameType) -> None:
    """ALTER TYPE or DOMAIN ... RENAME TO, SET SCHEMA."""
    rename(draft, renamed.type, renamed.new)


def rename(draft: Draft, type_: RelationName, name: RelationName) -> None:
    """Give a type another name, also in the columns and domains that are of it; expressions keep the old one."""
    kind = draft.types.get(type_)
    if kind is None:
        return
    draft.types.pop(type_)
    # Whose it is follows from the columns.
    draft.types[name] = replace(kind, name=name, used_by=())
    old, new = written(type_), written(name)
    words_of = {old: new, f"{old}[]": f"{new}[]"}
    for table, column in kind.used_by:
        found = draft.tables[table].column(column) if table in draft.tables else None
        if found is not None and found.type in words_of:
            draft.change_column(table, column, type=words_of[found.type])
    for domain in draft.types.values():
        if domain.base_type in words_of:
            draft.types[domain.name] = replace(domain, base_type=words_of[domain.base_type])


def alter_domain(draft: Draft, altered: AlterDomain) -> None:
    """ALTER DOMAIN: one that gets a CHECK or NOT NULL is constrained from then on."""
    domain = draft.types.get(altered.domain)
    if domain is not None and altered.action in ("add_constraint", "set_not_null"):
        draft.types[altered.domain] = replace(domain, constrained=True)


def alter_composite(draft: Draft, altered: AlterComposite) -> None:
    """ALTER TYPE of a composite type: the tables of the type follow."""
    kind = draft.types.get(altered.type)
    for table in kind.tables if kind is not None and altered.cascade else ():
        if table in draft.tables:
            _follow(draft, table, altered)


def _follow(draft: Draft, table: RelationName, altered: AlterComposite) -> None:
    type_ = canonical(altered.new_type, draft.catalog) if altered.new_type is not None else ""
    match altered.action:
        case "add":
            columns.append(draft, table, Column(name=altered.attribute, type=type_))
        case "drop":
            columns.remove(draft, table, altered.attribute)
        case "alter":
            draft.change_column(table, altered.attribute, type=type_)
        case "rename" if altered.new_name is not None:
            columns.rename_in(draft, (table,), altered.attribute, altered.new_name)


def drop_type(draft: Draft, dropped: Other) -> None:
    """DROP TYPE, DROP DOMAIN."""
    parts = tuple((dropped.object_name or "").split("."))
    name = find(parts, replace(draft.catalog, types=draft.types))
    if name is not None:
        remove(draft, name)


def remove(draft: Draft, name: RelationName) -> None:
    """Take a type away, with the columns of it, as CASCADE would."""
    kind = draft.types.get(name)
    for table, column in kind.used_by if kind else ():
        columns.remove(draft, table, column)
    draft.types.pop(name, None)
