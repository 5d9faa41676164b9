"""Types, domains, triggers, views and everything else the grammar knows."""

from dataclasses import replace
from typing import Final

from online_migrate.grammar.relations import Mention, Resolve, name_of, names, node_has
from online_migrate.grammar.statements import (
    AddEnumValue,
    AlterComposite,
    AlterDomain,
    CreateTrigger,
    CreateType,
    Other,
    RefreshMaterializedView,
    RenameEnumValue,
    RenameFunction,
    RenameType,
    Statement,
)
from online_migrate.grammar.tables import is_on
from online_migrate.grammar.tree import Message, deparse, deparse_type, field_of, pg, string, type_of, unwrap, words
from online_migrate.plan.names import RelationName

# Tags that are not simply the grammar's word without its ending.
_TAGS: Final = {
    "AlterObjectDependsStmt": "alter_depends",
    "AlterSeqStmt": "alter_sequence",
    "AlterTSConfigurationStmt": "alter_text_search_configuration",
    "AlterTSDictionaryStmt": "alter_text_search_dictionary",
    "AlterStatsStmt": "alter_statistics",
    "AlterTypeStmt": "alter_base_type",
    "CheckPointStmt": "checkpoint",
    "ConstraintsSetStmt": "set_constraints",
    "CreateAmStmt": "create_access_method",
    "CreateEventTrigStmt": "create_event_trigger",
    "CreatePLangStmt": "create_language",
    "CreateSeqStmt": "create_sequence",
    "CreateStatsStmt": "create_statistics",
    "CreatedbStmt": "create_database",
    "DropdbStmt": "drop_database",
    "RuleStmt": "create_rule",
    "SecLabelStmt": "security_label",
    "TransactionStmt": "transaction",
    "VariableSetStmt": "set",
    "VariableShowStmt": "show",
    "ViewStmt": "create_view",
}
_OBJECTS: Final = {
    "matview": "materialized_view",
    "tabconstraint": "constraint",
    "domconstraint": "domain_constraint",
    "statistic_ext": "statistics",
    "foreign_server": "server",
    "tsconfiguration": "text_search_configuration",
    "tsdictionary": "text_search_dictionary",
}
_OPAQUE: Final = ("DoStmt", "CallStmt", "ExecuteStmt", "UpdateStmt", "DeleteStmt")
_DOMAIN_ACTIONS: Final = {"C": "add_constraint", "O": "set_not_null", "V": "validate", "X": "drop_constraint"}
_ATTRIBUTE_ACTIONS: Final = {pg.AT_AddColumn: "add", pg.AT_DropColumn: "drop", pg.AT_AlterColumnType: "alter"}
_FUNCTIONS: Final = (pg.OBJECT_FUNCTION, pg.OBJECT_PROCEDURE, pg.OBJECT_ROUTINE)
_TYPES: Final = (pg.OBJECT_TYPE, pg.OBJECT_DOMAIN)
_BY_OBJECT: Final = {
    "DropStmt": ("drop", "remove_type"),
    "AlterTableStmt": ("alter", "objtype"),
    "AlterObjectSchemaStmt": ("set_schema_of", "object_type"),
    "CreateTableAsStmt": ("create", "objtype"),
    "DefineStmt": ("create", "kind"),
}
_NAME_FIELDS: Final = (
    "name",
    "extname",
    "schemaname",
    "policy_name",
    "pubname",
    "rulename",
    "subname",
    "trigname",
    "role",
    "dbname",
)
_NAME_LISTS: Final = ("funcname", "domainname", "defnames")


def read_other(node: Message, mentions: tuple[Mention, ...]) -> Other:
    """Return the facts of a statement that has no class of its own; any statement at all."""
    kind = type_of(node)
    return Other(
        sql=deparse(node),
        tag=_tag(node, kind),
        relations=names(mentions),
        object_name=_object_name(node, mentions),
        opaque=kind in _OPAQUE,
    )


def analyzes(node: pg.ExplainStmt) -> bool:
    """Whether EXPLAIN runs its statement."""
    return any(is_on(option.def_elem) for option in node.options if option.def_elem.defname == "analyze")


def _tag(node: Message, kind: str) -> str:
    if kind in _BY_OBJECT:
        verb, field = _BY_OBJECT[kind]
        return f"{verb}_{_object_word(getattr(node, field), verb)}"
    match kind:
        case "RenameStmt" if node.rename_type in (pg.OBJECT_COLUMN, pg.OBJECT_ATTRIBUTE):
            # Columns of tables have a class; these are told apart by what has them.
            return f"alter_{_object_word(node.relation_type, 'alter')}"
        case "RenameStmt":
            return f"rename_{_object_word(node.rename_type)}"
        case "VacuumStmt":
            return "vacuum" if node.is_vacuumcmd else "analyze"
        case "CreateFunctionStmt":
            return "create_procedure" if node.is_procedure else "create_function"
        case "GrantStmt" | "GrantRoleStmt":
            return "grant" if node.is_grant else "revoke"
        case "UpdateStmt" | "DeleteStmt":
            return "update_current_of" if kind == "UpdateStmt" else "delete_current_of"
        case _:
            return _TAGS.get(kind, field_of(kind).removesuffix("_stmt"))


def _object_word(object_type: int, verb: str = "") -> str:
    if object_type == pg.OBJECT_TYPE and verb == "alter":
        # "alter_type" is the word for a column that gets another type.
        return "composite_type"
    word = str(pg.ObjectType.Name(object_type)).removeprefix("OBJECT_").lower()
    return _OBJECTS.get(word, word)


def _object_name(node: Message, mentions: tuple[Mention, ...]) -> str | None:
    fields = node.DESCRIPTOR.fields_by_name
    for name in _NAME_FIELDS:
        value = getattr(node, name) if name in fields else None
        if value and isinstance(value, str):
            return value
    for name in _NAME_LISTS:
        if name in fields and getattr(node, name):
            return ".".join(words(getattr(node, name)))
    if node_has(node, "funccall"):
        return ".".join(words(node.funccall.funcname))
    if mentions:
        return str(mentions[0].name)
    if "objects" in fields and node.objects:
        return _written_name(node.objects[0])
    if node_has(node, "object"):
        return _written_name(node.object)
    if node_has(node, "func"):
        return _written_name(node.func)
    return None


def _written_name(node: Message) -> str | None:
    inner = unwrap(node)
    match type_of(inner):
        case "List":
            parts = words(inner.items)
        case "TypeName":
            parts = words(inner.names)
        case "ObjectWithArgs":
            parts = words(inner.objname)
        case "String":
            parts = (inner.sval,)
        case _:
            return None
    return ".".join(parts)


def read_type(node: Message, resolve: Resolve) -> Statement | None:
    """Return the facts of CREATE TYPE, ALTER TYPE of an enum and ALTER DOMAIN; None for anything else.

    A type that is created gets its schema; the name of one that exists stays in the SQL as written, for
    it is looked up among types by the search_path of the step.
    """
    match type_of(node):
        case "CreateEnumStmt":
            name = _created(node.type_name, resolve)
            return CreateType(sql=deparse(node), name=name, labels=words(node.vals))
        case "CompositeTypeStmt":
            return CreateType(sql=deparse(node), name=name_of(node.typevar))
        case "CreateRangeStmt":
            name = _created(node.type_name, resolve)
            return CreateType(sql=deparse(node), name=name)
        case "DefineStmt" if node.kind == pg.OBJECT_TYPE:
            name = _created(node.defnames, resolve)
            return CreateType(sql=deparse(node), name=name)
        case "CreateDomainStmt":
            name = _created(node.domainname, resolve)
            return Other(sql=deparse(node), tag="create_domain", object_name=str(name))
        case "AlterEnumStmt" | "AlterDomainStmt":
            return _read_alter_type(node, resolve)
        case "AlterTableStmt" if node.objtype == pg.OBJECT_TYPE and len(node.cmds) == 1:
            return _read_composite(node, resolve)
        case "RenameStmt" | "AlterObjectSchemaStmt":
            return _read_moved_type(node, resolve)
        case _:
            return None


def _created(name: Message, resolve: Resolve) -> RelationName:
    """Write the schema into the name of a type that is created."""
    found = _type(name, resolve)
    del name[:]
    name.extend([string(found.schema), string(found.name)])
    return found


def _read_alter_type(node: Message, resolve: Resolve) -> Statement:
    match type_of(node):
        case "AlterEnumStmt" if node.old_val:
            return RenameEnumValue(
                sql=deparse(node),
                type=_type(node.type_name, resolve),
                value=node.old_val,
                new_value=node.new_val,
            )
        case "AlterEnumStmt":
            return AddEnumValue(
                sql=deparse(node),
                type=_type(node.type_name, resolve),
                value=node.new_val,
                if_not_exists=node.skip_if_new_val_exists,
            )
        case _:
            definition = getattr(node, "def")
            return AlterDomain(
                sql=deparse(node),
                domain=_type(node.type_name, resolve),
                action=_DOMAIN_ACTIONS.get(node.subtype, "other"),
                not_valid=definition.constraint.skip_validation,
            )


def _read_composite(node: pg.AlterTableStmt, resolve: Resolve) -> AlterComposite:
    command = node.cmds[0].alter_table_cmd
    definition = getattr(command, "def").column_def
    return AlterComposite(
        sql=deparse(node),
        type=resolve(node.relation.schemaname or None, node.relation.relname),
        action=_ATTRIBUTE_ACTIONS.get(command.subtype, "other"),
        attribute=command.name or definition.colname,
        new_type=deparse_type(definition.type_name) if definition.HasField("type_name") else None,
        cascade=command.behavior == pg.DROP_CASCADE,
    )


def _read_moved_type(node: Message, resolve: Resolve) -> Statement | None:
    """A type or domain under another name or in another schema, or an attribute under another name."""
    match type_of(node):
        case "RenameStmt" if node.rename_type == pg.OBJECT_ATTRIBUTE:
            return AlterComposite(
                sql=deparse(node),
                type=resolve(node.relation.schemaname or None, node.relation.relname),
                action="rename",
                attribute=node.subname,
                new_name=node.newname,
                cascade=node.behavior == pg.DROP_CASCADE,
            )
        case "RenameStmt" if node.rename_type in _TYPES:
            name = _type(node.object.list.items, resolve)
            return RenameType(sql=deparse(node), type=name, new=RelationName(name.schema, node.newname))
        case "AlterObjectSchemaStmt" if node.object_type in _TYPES:
            name = _type(node.object.list.items, resolve)
            return RenameType(sql=deparse(node), type=name, new=RelationName(node.newschema, name.name))
        case "RenameStmt" if node.rename_type in _FUNCTIONS:
            return replace(_read_function(node, node.object.object_with_args), new_name=node.newname)
        case "AlterObjectSchemaStmt" if node.object_type in _FUNCTIONS:
            return replace(_read_function(node, node.object.object_with_args), new_schema=node.newschema)
        case _:
            return None


def _read_function(node: Message, function: pg.ObjectWithArgs) -> RenameFunction:
    path = words(function.objname)
    types = tuple(deparse_type(argument.type_name) for argument in function.objargs)
    return RenameFunction(
        sql=deparse(node),
        schema=path[-2] if len(path) > 1 else None,
        name=path[-1],
        arguments=None if function.args_unspecified else types,
    )


def _type(name: Message, resolve: Resolve) -> RelationName:
    parts = words(name)
    return resolve(parts[-2] if len(parts) > 1 else None, parts[-1])


def read_trigger(node: pg.CreateTrigStmt) -> CreateTrigger:
    """Return the facts of CREATE TRIGGER."""
    return CreateTrigger(sql=deparse(node), table=name_of(node.relation), name=node.trigname)


def read_refresh(node: pg.RefreshMatViewStmt) -> RefreshMaterializedView:
    """Return the facts of REFRESH MATERIALIZED VIEW."""
    return RefreshMaterializedView(
        sql=deparse(node),
        view=name_of(node.relation),
        concurrently=node.concurrent,
        with_data=not node.skip_data,
    )
