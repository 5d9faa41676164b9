"""What risk needs to know of a text: the key a predicate names, the casts of an expression, options of a statement."""

from online_migrate.grammar.analysis import column_path
from online_migrate.grammar.tree import (
    Message,
    deparse_type,
    expression,
    of_type,
    pg,
    statement,
    type_of,
    unwrap,
    words,
)
from online_migrate.plan.names import LockMode


def equated_columns(predicate: str) -> frozenset[str]:
    """Return the columns that a predicate compares, by = or IN, with values that depend on no row.

    Only what every row must satisfy counts: the parts of an AND. A sub-query is not looked into.
    """
    return frozenset(_equated(expression(predicate)))


def _equated(node: Message) -> list[str]:
    node = unwrap(node)
    match type_of(node):
        case "BoolExpr" if node.boolop == pg.AND_EXPR:
            return [column for arg in node.args for column in _equated(arg)]
        case "A_Expr" if node.kind in (pg.AEXPR_OP, pg.AEXPR_IN) and node.name[-1].string.sval == "=":
            for mine, other in ((node.lexpr, node.rexpr), (node.rexpr, node.lexpr)):
                if type_of(mine) == "ColumnRef" and not _reads_rows(other):
                    return [column_path(unwrap(mine))[-1]]
    return []


def _reads_rows(node: Message) -> bool:
    return any(next(of_type(node, kind), None) is not None for kind in ("ColumnRef", "SubLink"))


def casts_of(sql: str, column: str) -> tuple[str, ...] | None:
    """Return the types that an expression casts a column to, innermost first; None where it does anything else."""
    node = unwrap(expression(sql))
    types: list[str] = []
    while type_of(node) == "TypeCast":
        types.insert(0, deparse_type(node.type_name))
        node = unwrap(node.arg)
    if type_of(node) != "ColumnRef" or column_path(node)[-1] != column:
        return None
    return tuple(types)


def lock_mode(sql: str) -> LockMode:
    """Return the mode that a LOCK TABLE asks for."""
    number: int = statement(sql).mode  # as the server counts them: 1 is ACCESS SHARE
    return list(LockMode)[number - 1]


def moved_to(sql: str) -> str | None:
    """Return the tablespace that an ALTER of an index or materialised view moves it to, or None."""
    commands = (item.alter_table_cmd for item in getattr(statement(sql), "cmds", ()))
    return next((c.name for c in commands if c.subtype == pg.AT_SetTableSpace), None)


def emptied_tablespace(sql: str) -> tuple[str, str]:
    """Return the tablespace that ALTER ... ALL IN TABLESPACE empties, and the kind of relation, "r", "m" or "i"."""
    node = statement(sql)
    return node.orig_tablespacename, {pg.OBJECT_INDEX: "i", pg.OBJECT_MATVIEW: "m"}.get(node.objtype, "r")


def is_filled(sql: str) -> bool:
    """Tell whether CREATE MATERIALIZED VIEW runs its query: it does not WITH NO DATA."""
    return not statement(sql).into.skip_data


def passes_over(sql: str) -> bool:
    """Tell whether a DROP is content where there is nothing to drop."""
    return bool(statement(sql).missing_ok)


def sets_schema(sql: str) -> bool:
    """Whether it is ALTER ... SET SCHEMA."""
    return type_of(statement(sql)) == "AlterObjectSchemaStmt"


def renames(sql: str) -> bool:
    """Tell whether a statement gives something another name."""
    return type_of(statement(sql)) == "RenameStmt"


def is_full_vacuum(sql: str) -> bool:
    """Tell whether a VACUUM writes its tables anew."""
    return any(item.def_elem.defname == "full" for item in statement(sql).options)


def copies_rows_in(sql: str) -> bool:
    """Tell whether a COPY is one FROM, which inserts."""
    return bool(statement(sql).is_from)


def dropped_name(sql: str) -> str:
    """Return the name, without schema or table, of the first object that a DROP names."""
    return words(unwrap(statement(sql).objects[0]).items)[-1]


def is_restrictive(sql: str) -> bool:
    """Whether CREATE POLICY makes one that takes rows away instead of one that gives them."""
    return not statement(sql).permissive


def comments_on_part(sql: str) -> bool:
    """Whether COMMENT is on what hangs on a table: a constraint, trigger, policy or rule."""
    return statement(sql).objtype in (pg.OBJECT_TABCONSTRAINT, pg.OBJECT_TRIGGER, pg.OBJECT_POLICY, pg.OBJECT_RULE)


def grantees(sql: str) -> frozenset[str]:
    """Return the roles that GRANT or REVOKE is about; "" stands for PUBLIC, and a role named by CURRENT_USER too."""
    node = statement(sql)
    roles = node.grantees if type_of(node) == "GrantStmt" else node.grantee_roles
    return frozenset(role.role_spec.rolename for role in roles)
