"""What puts back a COMMENT and a GRANT: the former text, and no right that was not there before."""

from collections.abc import Iterator

from online_migrate.catalog.model import Catalog, ColumnGrant, TableGrant
from online_migrate.grammar import statements as s
from online_migrate.grammar.comment_on import commented, with_comment
from online_migrate.grammar.grants import OF_SEQUENCES, Granted, granted


def undo(statement: s.Other, catalog: Catalog) -> tuple[str, ...] | None:
    """Return the statements that put things back; None where the catalog does not show how they were."""
    if statement.tag == "comment":
        former = _comment(statement.sql, catalog)
        return (with_comment(statement.sql, former[0]),) if former is not None else None
    rights = granted(statement.sql, catalog.server_version_num)
    unknown = (_is_not_in, _is_of_tables_alone, _would_go_along)
    if rights is None or any(found(right, catalog) for right in rights for found in unknown):
        return None
    return tuple(sql for right in rights for sql in _take_back(right, catalog))


def _comment(sql: str, catalog: Catalog) -> tuple[str | None] | None:
    """Return the comment that is there, which may be none; None where the catalog does not know."""
    on = commented(sql)
    if on is None:
        return None
    table = catalog.table(on.relation)
    if on.column is not None:
        column = table.column(on.column) if table is not None else None
        return (column.comment,) if column is not None else None
    if on.constraint is not None:
        constraint = table.constraint(on.constraint) if table is not None else None
        return (constraint.comment,) if constraint is not None else None
    if table is not None:
        return (table.comment,)
    if on.relation in catalog.sequences:
        options = catalog.sequence_options.get(on.relation)
        return (options.comment if options is not None else None,)
    owner = catalog.index_table(on.relation)
    return next(((i.comment,) for i in owner.indexes if i.name == on.relation), None) if owner is not None else None


def _take_back(right: Granted, catalog: Catalog) -> Iterator[str]:
    if right.role == _owner(right, catalog):
        return
    held = next((g for g in _held(right, catalog) if (g.role, g.privilege) == (right.role, right.privilege)), None)
    if held is None:
        yield right.revoke
    elif right.grantable and not held.grantable:
        yield right.revoke_option


def _owner(right: Granted, catalog: Catalog) -> str:
    """Return who owns the relation, whose rights nobody gave; the connected role, where it is new."""
    held = catalog.table(right.relation) or catalog.sequence_options.get(right.relation)
    return (held.owner if held is not None else "") or catalog.user


def _is_not_in(right: Granted, catalog: Catalog) -> bool:
    """Whether nothing tells what rights there were: the relation is the system's, say."""
    return right.relation not in catalog.tables and right.relation not in catalog.sequences


def _is_of_tables_alone(right: Granted, catalog: Catalog) -> bool:
    """Whether ALL of a table's rights were given on a sequence, which has others."""
    return right.relation in catalog.sequences and right.privilege not in OF_SEQUENCES


def _would_go_along(right: Granted, catalog: Catalog) -> bool:
    """Whether the role had the right on columns: REVOKE on the table takes those too."""
    table = catalog.table(right.relation)
    if table is None or right.column is not None:
        return False
    return any((g.role, g.privilege) == (right.role, right.privilege) for c in table.columns for g in c.grants)


def _held(right: Granted, catalog: Catalog) -> tuple[TableGrant | ColumnGrant, ...]:
    table = catalog.table(right.relation)
    if table is None:
        options = catalog.sequence_options.get(right.relation)
        return options.grants if options is not None else ()
    if right.column is None:
        return table.grants
    column = table.column(right.column)
    return column.grants if column is not None else ()
