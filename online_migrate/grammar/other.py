"""Types, domains, triggers, views and everything else the grammar knows."""

from typing import Final

from online_migrate.grammar.relations import Mention, Resolve, name_of, names
from online_migrate.grammar.statements import (
    AddEnumValue,
    AlterDomain,
    CreateTrigger,
    CreateType,
    Other,
    RefreshMaterializedView,
    RenameEnumValue,
    Statement,
)
from online_migrate.grammar.tree import Message, deparse, pg, type_of, words, wrap
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
}
_OPAQUE: Final = ("DoStmt", "CallStmt", "ExecuteStmt")
_DOMAIN_ACTIONS: Final = {"C": "add_constraint", "O": "set_not_null", "V": "validate", "X": "drop_constraint"}
_NAME_FIELDS: Final = ("name", "extname", "schemaname", "policy_name", "pubname", "rulename", "subname", "newname")
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


def _tag(node: Message, kind: str) -> str:
    match kind:
        case "DropStmt":
            return f"drop_{_object_word(node.remove_type)}"
        case "RenameStmt":
            # Of the columns only those of tables have a class; the rest is told apart by what has them.
            if node.rename_type in (pg.OBJECT_COLUMN, pg.OBJECT_ATTRIBUTE):
                return f"alter_{_object_word(node.relation_type)}"
            return f"rename_{_object_word(node.rename_type)}"
        case "AlterTableStmt":
            return "alter_composite_type" if node.objtype == pg.OBJECT_TYPE else f"alter_{_object_word(node.objtype)}"
        case "AlterObjectSchemaStmt":
            return f"set_schema_of_{_object_word(node.object_type)}"
        case "CreateTableAsStmt":
            return f"create_{_object_word(node.objtype)}"
        case "DefineStmt":
            return f"create_{_object_word(node.kind)}"
        case "VacuumStmt":
            return "vacuum" if node.is_vacuumcmd else "analyze"
        case "CreateFunctionStmt":
            return "create_procedure" if node.is_procedure else "create_function"
        case "GrantStmt" | "GrantRoleStmt":
            return "grant" if node.is_grant else "revoke"
        case _:
            field = next(f.name for f in pg.Node.DESCRIPTOR.fields if f.message_type and f.message_type.name == kind)
            return _TAGS.get(kind, field.removesuffix("_stmt"))


def _object_word(object_type: int) -> str:
    word = pg.ObjectType.Name(object_type).removeprefix("OBJECT_").lower()
    return _OBJECTS.get(word, word)


def _object_name(node: Message, mentions: tuple[Mention, ...]) -> str | None:
    fields = node.DESCRIPTOR.fields_by_name
    for name in _NAME_LISTS:
        if name in fields:
            return ".".join(words(getattr(node, name)))
    for name in _NAME_FIELDS:
        if name in fields and getattr(node, name):
            return str(getattr(node, name))
    if type_of(node) == "DropStmt" and node.objects:
        return _dropped_name(node.objects[0])
    return str(mentions[0].name) if mentions else None


def _dropped_name(node: Message) -> str:
    match type_of(node):
        case "List":
            return ".".join(words(node.list.items))
        case "TypeName":
            return ".".join(words(node.type_name.names))
        case "ObjectWithArgs":
            return ".".join(words(node.object_with_args.objname))
        case _:
            return str(node.string.sval)


def read_type(node: Message, resolve: Resolve) -> Statement | None:
    """Return the facts of CREATE TYPE, ALTER TYPE of an enum and ALTER DOMAIN; None for anything else.

    The names of types stay in the SQL as written: they are looked up by the search_path of the step.
    """
    match type_of(node):
        case "CreateEnumStmt":
            return CreateType(sql=deparse(node), name=_type(node.type_name, resolve), labels=words(node.vals))
        case "CompositeTypeStmt":
            name = resolve(node.typevar.schemaname or None, node.typevar.relname)
            return CreateType(sql=deparse(node), name=name)
        case "CreateRangeStmt":
            return CreateType(sql=deparse(node), name=_type(node.type_name, resolve))
        case "DefineStmt" if node.kind == pg.OBJECT_TYPE:
            return CreateType(sql=deparse(node), name=_type(node.defnames, resolve))
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
        case "AlterDomainStmt":
            definition = getattr(node, "def")
            return AlterDomain(
                sql=deparse(node),
                domain=_type(node.type_name, resolve),
                action=_DOMAIN_ACTIONS.get(node.subtype, "other"),
                not_valid=definition.HasField("constraint") and definition.constraint.skip_validation,
            )
        case _:
            return None


def _type(name: Message, resolve: Resolve) -> RelationName:
    parts = words(name)
    return resolve(parts[-2] if len(parts) > 1 else None, parts[-1])


def read_trigger(node: pg.CreateTrigStmt) -> CreateTrigger:
    """Return the facts of CREATE TRIGGER."""
    return CreateTrigger(sql=deparse(node), table=name_of(node.relation), name=node.trigname)


def read_refresh(node: pg.RefreshMatViewStmt) -> RefreshMaterializedView:
    """Return the facts of REFRESH MATERIALIZED VIEW."""
    return RefreshMaterializedView(sql=deparse(wrap(node)), view=name_of(node.relation), concurrently=node.concurrent)
