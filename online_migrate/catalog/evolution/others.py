"""Types, schemas, sequences, views, and the lesser subcommands of ALTER TABLE."""

from dataclasses import replace

from online_migrate.catalog.evolution import columns, constraints, partitions
from online_migrate.catalog.evolution.draft import Draft
from online_migrate.catalog.evolution.views import create_view, drop_view
from online_migrate.catalog.model import Table, Trigger, UserType
from online_migrate.catalog.type_names import canonical, find
from online_migrate.grammar.statements import (
    AddEnumValue,
    AlterDomain,
    AlterTableOther,
    CreateTrigger,
    CreateType,
    Other,
    RenameEnumValue,
)
from online_migrate.grammar.tree import Message, deparse_type, statement, type_of, words
from online_migrate.plan.names import RelationName


def create_type(draft: Draft, created: CreateType) -> None:
    """CREATE TYPE; what is no enum counts as composite or range by its grammar."""
    kinds = {"CompositeTypeStmt": "composite", "CreateRangeStmt": "range", "CreateEnumStmt": "enum"}
    kind = kinds.get(type_of(_tree(created.sql)), "base")
    draft.types[created.name] = UserType(name=created.name, kind=kind, labels=created.labels or ())  # type: ignore[arg-type]


def add_enum_value(draft: Draft, added: AddEnumValue) -> None:
    """ALTER TYPE ... ADD VALUE, before or after another."""
    enum = draft.types.get(added.type)
    if enum is None or added.value in enum.labels:
        return
    tree = _tree(added.sql)
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


def alter_domain(draft: Draft, altered: AlterDomain) -> None:
    """ALTER DOMAIN: one that gets a CHECK or NOT NULL is constrained from then on."""
    domain = draft.types.get(altered.domain)
    if domain is not None and altered.action in ("add_constraint", "set_not_null"):
        draft.types[altered.domain] = replace(domain, constrained=True)


def create_trigger(draft: Draft, created: CreateTrigger) -> None:
    """CREATE TRIGGER; a row trigger goes to partitions too."""
    tree = _tree(created.sql)
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


def alter_table(draft: Draft, altered: AlterTableOther) -> None:
    """The subcommands of ALTER TABLE that have no class of their own."""
    table, column, other = altered.table, altered.column, altered.other
    if table not in draft.tables:
        return
    match altered.subcommand:
        case "AttachPartition" if other is not None:
            partitions.attach(draft, table, other, _bound(altered.sql))
        case "AddInherit" if other is not None:
            partitions.attach(draft, other, table, None)
        case "DetachPartition" if other is not None:
            partitions.detach(draft, table, other)
        case "DropInherit" if other is not None:
            partitions.detach(draft, other, table)
        case "SetLogged":
            draft.change(table, persistence="p")
        case "SetUnLogged":
            draft.change(table, persistence="u")
        case "AddIdentity" | "SetIdentity" if column is not None:
            when = _identity(altered.sql)
            if when is not None:
                columns.set_identity(draft, table, column, "always" if when == "a" else "by default")
        case "DropIdentity" if column is not None:
            columns.drop_identity(draft, table, column)
        case "DropExpression" if column is not None:
            for member in draft.family(table, only=altered.only):
                draft.change_column(member, column, generated=None, default=None)
        case "EnableRowSecurity":
            draft.change(table, row_security=True)
        case "DisableRowSecurity":
            draft.change(table, row_security=False)
        case _:
            return


def other(draft: Draft, statement_: Other) -> None:
    """Statements without a class: views, sequences, schemas, domains, extensions, and dropping them."""
    match statement_.tag:
        case "create_view" | "create_materialized_view":
            tree = _tree(statement_.sql)
            target = tree.view if statement_.tag == "create_view" else tree.into.rel
            name = RelationName(target.schemaname, target.relname)
            reads = tuple(relation for relation in statement_.relations if relation != name)
            create_view(draft, name, reads, materialized=statement_.tag != "create_view")
        case "drop_view" | "drop_materialized_view":
            for relation in statement_.relations:
                drop_view(draft, relation)
        case "create_sequence":
            sequence = _tree(statement_.sql).sequence
            draft.sequences.add(RelationName(sequence.schemaname, sequence.relname))
        case "drop_sequence":
            for relation in statement_.relations:
                draft.sequences.discard(relation)
                draft.sequence_owners.pop(relation, None)
        case "create_schema" if statement_.object_name:
            draft.schemas.add(statement_.object_name)
        case "drop_schema" if statement_.object_name:
            _drop_schema(draft, statement_.object_name)
        case "create_domain":
            _create_domain(draft, _tree(statement_.sql))
        case "drop_type" | "drop_domain" if statement_.object_name:
            name_ = find(tuple(statement_.object_name.split(".")), replace(draft.catalog, types=draft.types))
            if name_ is not None:
                draft.types.pop(name_, None)
        case "drop_trigger" if statement_.object_name and statement_.relations:
            _drop_trigger(draft, statement_.relations[0], words(_tree(statement_.sql).objects[0].list.items)[-1])
        case _:
            return


def _drop_schema(draft: Draft, schema: str) -> None:
    draft.schemas.discard(schema)
    for table in [t for t in draft.tables.values() if t.name.schema == schema]:
        constraints.drop_references(draft, table.name)
        for view in table.dependents:
            drop_view(draft, view)
        draft.remove(table.name)
    draft.sequences = {name for name in draft.sequences if name.schema != schema}
    draft.sequence_owners = {s: o for s, o in draft.sequence_owners.items() if s in draft.sequences}
    draft.types = {name: kind for name, kind in draft.types.items() if name.schema != schema}


def _create_domain(draft: Draft, tree: Message) -> None:
    parts = words(tree.domainname)
    schema = parts[-2] if len(parts) > 1 else next(iter(draft.catalog.search_path), "public")
    base = canonical(deparse_type(tree.type_name), replace(draft.catalog, types=draft.types))
    below = next((kind for kind in draft.types.values() if str(kind.name) == base), None)
    # A DEFAULT is a constraint to the grammar only.
    own = any(type_of(c) == "Constraint" and "DEFAULT" not in _contype(c) for c in tree.constraints)
    name = RelationName(schema, parts[-1])
    constrained = own or (below is not None and below.constrained)
    draft.types[name] = UserType(name=name, kind="domain", base_type=base, constrained=constrained)


def _contype(node: Message) -> str:
    field = node.constraint.DESCRIPTOR.fields_by_name["contype"]
    return str(field.enum_type.values_by_number[node.constraint.contype].name)


def _drop_trigger(draft: Draft, table: RelationName, name: str) -> None:
    def without(t: Table) -> Table:
        return replace(t, triggers=tuple(trigger for trigger in t.triggers if trigger.name != name))

    partitioned = table in draft.tables and draft.tables[table].kind == "p"
    for member in draft.family(table, only=not partitioned):
        draft.put(without(draft.tables[member]))


def _tree(sql: str) -> Message:
    return statement(sql)


def _definition(sql: str) -> Message:
    return getattr(statement(sql).cmds[0].alter_table_cmd, "def")


def _bound(sql: str) -> str | None:
    """Return "DEFAULT" for the default partition, else a text that says there are bounds."""
    return "DEFAULT" if _definition(sql).partition_cmd.bound.is_default else "FOR VALUES"


def _identity(sql: str) -> str | None:
    """Return "a" or "d" of GENERATED ALWAYS or BY DEFAULT, None where a SET changes only the sequence."""
    node = _definition(sql)
    if type_of(node) == "Constraint":
        return str(node.constraint.generated_when)
    options = (item.def_elem for item in node.list.items)
    return next((chr(o.arg.integer.ival) for o in options if o.defname == "generated"), None)
