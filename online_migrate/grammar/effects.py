"""What running a statement would do to a database, as far as its text says: for sources that must not run it."""

from dataclasses import dataclass
from enum import Enum, auto

from online_migrate.grammar.relations import TEMPORARY_SCHEMA
from online_migrate.grammar.tree import Message, deparse, of_type, parse, pg, statement, type_of, unwrap, walk, words


class Effect(Enum):
    """The nature of a statement."""

    READ = auto()
    ROWS = auto()
    SCHEMA = auto()
    SETTING = auto()
    LOCK = auto()
    TRANSACTION = auto()
    OPAQUE = auto()


_ROWS = {"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "TruncateStmt", "CopyStmt"}
_CREATES = {"CreateStmt": "relation", "CreateSeqStmt": "relation", "CreateEnumStmt": "type", "CreateDomainStmt": "type"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """The effects of one statement.

    Attributes:
        sql: the statement, deparsed.
        relations: tables it names, schema (or None) and name; names of its WITH queries are left out.
        functions: functions it calls, schema (or None) and name.
        names: every identifier and every string in it.
        returning: an INSERT, UPDATE, DELETE or MERGE that returns rows.
        setting: the parameter that SET or RESET changes, "all" for RESET ALL.
        lasting: the SET without LOCAL, so that it outlives the transaction.
        creates: ("relation" or "type", schema or None, name) of what a CREATE makes.
        removes: it drops or renames something, so that names mean something else afterwards.
        unlocked: a SELECT ... FOR UPDATE without its locks.
        temporary: it makes or names something that only its own session has.
        counts: a query of exactly one row that holds nothing but counts and answers of EXISTS.
    """

    sql: str
    effect: Effect
    relations: tuple[tuple[str | None, str], ...] = ()
    functions: tuple[tuple[str | None, str], ...] = ()
    names: frozenset[str] = frozenset()
    returning: bool = False
    setting: str | None = None
    lasting: str | None = None
    creates: tuple[str, str | None, str] | None = None
    removes: bool = False
    unlocked: str | None = None
    temporary: bool = False
    counts: bool = False


def effects_of(sql: str) -> tuple[Effects, ...]:
    """Return the effects of each statement of a text.

    Raises:
        SqlSyntaxError: with line and column in the text.
    """
    return tuple(_effects(unwrap(raw.stmt)) for raw in parse(sql).stmts)


def _effects(node: Message) -> Effects:
    kind = type_of(node)
    nodes = list(walk(node))
    queries = {n.ctename for n in nodes if type_of(n) == "CommonTableExpr"}
    tables = [n for n in nodes if type_of(n) == "RangeVar" and (n.schemaname or n.relname not in queries)]
    calls = [words(n.funcname) for n in nodes if type_of(n) == "FuncCall"]
    name, lasting = _setting(node, kind)
    return Effects(
        sql=deparse(node),
        effect=_effect(kind, nodes),
        relations=tuple(dict.fromkeys((n.schemaname or None, n.relname) for n in tables)),
        functions=tuple(dict.fromkeys((call[-2] if len(call) > 1 else None, call[-1]) for call in calls)),
        names=frozenset(_strings(nodes)),
        returning=any(_returns(n) for n in nodes),
        setting=name,
        lasting=lasting,
        creates=_creates(node, kind),
        unlocked=_unlocked(node, kind, nodes),
        temporary=any(_is_temporary(n) for n in nodes),
        counts=_counts(node, kind),
        removes=kind.startswith(("Drop", "Rename", "AlterObjectSchema"))
        or any(type_of(n) == "AlterTableCmd" and n.subtype and "Drop" in _subtype(n) for n in nodes),
    )


def _effect(kind: str, nodes: list[Message]) -> Effect:
    inner = {type_of(n) for n in nodes}
    match kind:
        case "SelectStmt" if "IntoClause" in inner:
            return Effect.SCHEMA
        case "SelectStmt" if inner & _ROWS:
            return Effect.ROWS
        case "SelectStmt" | "VariableShowStmt":
            return Effect.READ
        case "ExplainStmt":
            return Effect.ROWS if inner & _ROWS else Effect.READ
        case "VariableSetStmt" | "ConstraintsSetStmt":
            return Effect.SETTING
        case "TransactionStmt":
            return Effect.TRANSACTION
        case "LockStmt":
            return Effect.LOCK
        case "DoStmt" | "CallStmt":
            return Effect.OPAQUE
        case _ if kind in _ROWS:
            return Effect.ROWS
        case _:
            return Effect.SCHEMA


def _is_temporary(node: Message) -> bool:
    match type_of(node):
        case "RangeVar":
            return bool(node.relpersistence == "t" or node.schemaname == TEMPORARY_SCHEMA)
        case "FuncCall" | "CreateFunctionStmt":
            return words(node.funcname)[0] == TEMPORARY_SCHEMA
        case _:
            return False


def _strings(nodes: list[Message]) -> list[str]:
    """Every text in a tree; a superset of its identifiers."""
    return [
        value
        for n in nodes
        for field, value in n.ListFields()
        if isinstance(value, str) and field.name != "relpersistence"
    ]


def _returns(node: Message) -> bool:
    clause = getattr(node, "returning_clause", None)
    return bool(getattr(node, "returning_list", None)) or (
        clause is not None and bool(list(of_type(clause, "ResTarget")))
    )


def _subtype(command: Message) -> str:
    field = command.DESCRIPTOR.fields_by_name["subtype"]
    return str(field.enum_type.values_by_number[command.subtype].name)


def _unlocked(node: Message, kind: str, nodes: list[Message]) -> str | None:
    if kind != "SelectStmt" or not any(type_of(n) == "LockingClause" for n in nodes):
        return None
    copy = type(node)()
    copy.CopyFrom(node)
    for select in of_type(copy, "SelectStmt"):
        select.ClearField("locking_clause")
    return deparse(copy)


def _counts(node: Message, kind: str) -> bool:
    if kind != "SelectStmt" or node.op != pg.SETOP_NONE or not node.target_list:
        return False
    if any(node.HasField(f) for f in ("having_clause", "limit_count", "limit_offset")) or node.group_clause:
        return False
    values = [unwrap(target.res_target.val) for target in node.target_list]
    counted = [
        v for v in values if type_of(v) == "FuncCall" and words(v.funcname)[-1] == "count" and not v.HasField("over")
    ]
    asked = [v for v in values if type_of(v) == "SubLink" and v.sub_link_type == pg.EXISTS_SUBLINK]
    if asked and not counted and (node.from_clause or node.HasField("where_clause")):
        return False
    return len(counted) + len(asked) == len(values)


def _setting(node: Message, kind: str) -> tuple[str | None, str | None]:
    """Return the parameter a SET changes, and the same SET made to last for the session."""
    if kind == "ConstraintsSetStmt":
        return "constraints", None
    if kind != "VariableSetStmt":
        return None, None
    copy = type(node)()
    copy.CopyFrom(node)
    copy.is_local = False
    return node.name.lower() or "all", deparse(copy)


def _creates(node: Message, kind: str) -> tuple[str, str | None, str] | None:
    if kind not in _CREATES:
        return None
    if kind == "CreateSeqStmt":
        return "relation", node.sequence.schemaname or None, node.sequence.relname
    if kind == "CreateStmt":
        return "relation", node.relation.schemaname or None, node.relation.relname
    path = words(node.type_name if kind == "CreateEnumStmt" else node.domainname)
    return _CREATES[kind], path[-2] if len(path) > 1 else None, path[-1]


def shape_of(sql: str) -> str:
    """Return a query that gives the columns of another one and none of its rows; other statements as they are."""
    node = statement(sql)
    if type_of(node) != "SelectStmt":
        return sql
    for select in of_type(node, "SelectStmt"):
        select.ClearField("locking_clause")
    node.limit_count.a_const.ival.SetInParent()
    node.limit_option = pg.LIMIT_OPTION_COUNT
    return deparse(node)


def settings_called(sql: str) -> tuple[str, ...]:
    """Return the names of settings that a SELECT changes through set_config with a constant name."""
    calls = (call for call in of_type(statement(sql), "FuncCall") if words(call.funcname)[-1] == "set_config")
    return tuple(str(c.args[0].a_const.sval.sval).lower() for c in calls if type_of(c.args[0]) == "A_Const")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemasSet:
    """A change of search_path; no names for the default. `local` lasts until the transaction ends."""

    names: tuple[str, ...]
    local: bool


def schemas_set(sql: str) -> SchemasSet | None:
    """Return what a SET search_path, a RESET of it or a set_config with constants sets; None for other statements."""
    node = statement(sql)
    if type_of(node) == "VariableSetStmt" and node.name.lower() in ("search_path", ""):
        names = tuple(value.a_const.sval.sval for value in node.args)
        return SchemasSet(names=_without_user(names), local=node.is_local)
    for call in of_type(node, "FuncCall"):
        values = [value.a_const for value in call.args if type_of(value) == "A_Const"]
        if words(call.funcname)[-1] == "set_config" and len(values) >= 2 and values[0].sval.sval == "search_path":
            # The value is written as SET takes it, so SET's own grammar reads it.
            given = values[1].sval.sval
            names = tuple(v.a_const.sval.sval for v in statement("SET search_path TO " + given).args) if given else ()
            return SchemasSet(names=_without_user(names), local=len(values) > 2 and values[2].boolval.boolval)
    return None


def _without_user(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name != "$user")
