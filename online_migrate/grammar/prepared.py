"""Which statements change what statements prepared before return."""

from online_migrate.grammar.parse import operations
from online_migrate.grammar.read import read
from online_migrate.grammar.statements import AddColumn, AlterType, DropColumn, RenameColumn, RenameTable, SetSchema
from online_migrate.plan.names import RelationName

_CHANGING = (AddColumn, DropColumn, AlterType, RenameColumn, RenameTable, SetSchema)


def breaks_prepared(sql: str) -> bool:
    """Return whether prepared statements over its relations may fail after it, until they are prepared anew.

    The server says "cached plan must not change result type" where the columns of a result, their names or types are
    others than at PREPARE: at once for SELECT *, for a named column where its type changes.

    Args:
        sql: statements that parse.
    """
    return any(isinstance(read(one, _any_schema), _CHANGING) for one in operations(sql))


def _any_schema(schema: str | None, name: str) -> RelationName:
    return RelationName(schema or "public", name)
