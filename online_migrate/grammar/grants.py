"""What a GRANT gives, one right at a time, and what takes it back."""

from collections.abc import Iterator
from dataclasses import dataclass

from online_migrate.grammar.tree import deparse, pg, statement
from online_migrate.plan.names import RelationName

_OF_TABLES = ("select", "insert", "update", "delete", "truncate", "references", "trigger")
_OF_COLUMNS = ("select", "insert", "update", "references")
OF_SEQUENCES = ("usage", "select", "update")
_VERSION_17 = 170000


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """One right that a GRANT gives on one relation, or on one column of it.

    Attributes:
        role: None for PUBLIC.
        grantable: given WITH GRANT OPTION.
        revoke: the REVOKE of it.
        revoke_option: the REVOKE of the option alone.
    """

    relation: RelationName
    column: str | None
    role: str | None
    privilege: str
    grantable: bool
    revoke: str
    revoke_option: str


def granted(sql: str, server_version_num: int) -> tuple[Granted, ...] | None:
    """Return the rights that a GRANT gives; None where it is not on tables or sequences that it names."""
    node = statement(sql)
    named = isinstance(node, pg.GrantStmt) and node.is_grant and node.targtype == pg.ACL_TARGET_OBJECT
    if not named or node.objtype not in (pg.OBJECT_TABLE, pg.OBJECT_SEQUENCE):
        return None
    if any(role.role_spec.roletype not in (pg.ROLESPEC_CSTRING, pg.ROLESPEC_PUBLIC) for role in node.grantees):
        return None
    return tuple(_each(node, server_version_num))


def _each(node: pg.GrantStmt, server_version_num: int) -> Iterator[Granted]:
    for target in node.objects:
        for grantee in node.grantees:
            for privilege, columns in _privileges(node, server_version_num):
                for column in columns or (None,):
                    yield Granted(
                        relation=RelationName(target.range_var.schemaname, target.range_var.relname),
                        column=column,
                        role=grantee.role_spec.rolename or None,
                        privilege=privilege,
                        grantable=node.grant_option,
                        revoke=_revoke(node, target, grantee, privilege, column, option=False),
                        revoke_option=_revoke(node, target, grantee, privilege, column, option=True),
                    )


def _privileges(node: pg.GrantStmt, server_version_num: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each privilege with its columns; ALL is each that there is."""
    of_tables = (*_OF_TABLES, "maintain") if server_version_num >= _VERSION_17 else _OF_TABLES
    all_of_them = OF_SEQUENCES if node.objtype == pg.OBJECT_SEQUENCE else of_tables
    if not node.privileges:
        yield from ((name, ()) for name in all_of_them)
    for item in node.privileges:
        columns = tuple(column.string.sval for column in item.access_priv.cols)
        every = _OF_COLUMNS if columns else all_of_them
        names = (item.access_priv.priv_name.lower(),) if item.access_priv.priv_name else every
        yield from ((name, columns) for name in names)


def _revoke(
    node: pg.GrantStmt, target: pg.Node, grantee: pg.Node, privilege: str, column: str | None, *, option: bool
) -> str:
    right = pg.Node(access_priv=pg.AccessPriv(priv_name=privilege))
    if column is not None:
        right.access_priv.cols.append(pg.Node(string=pg.String(sval=column)))
    # What the role has given on meanwhile rests on it.
    revoke = pg.GrantStmt(
        is_grant=False, targtype=node.targtype, objtype=node.objtype, behavior=pg.DROP_CASCADE, grant_option=option
    )
    revoke.objects.append(target)
    revoke.privileges.append(right)
    revoke.grantees.append(grantee)
    return deparse(revoke)
