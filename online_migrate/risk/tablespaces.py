"""Moving indexes, materialised views, and all there is to another tablespace: copied while locked. One table:
subcommands.py."""

from online_migrate.catalog.model import Catalog
from online_migrate.grammar.predicates import emptied_tablespace, moved_to
from online_migrate.grammar.statements import Other
from online_migrate.plan.names import LockMode
from online_migrate.risk.effect import Effect
from online_migrate.risk.locks import locked

MOVE = "Move Table to Tablespace"
_AX = LockMode.ACCESS_EXCLUSIVE


def move_index(statement: Other, catalog: Catalog) -> Effect | None:
    """ALTER INDEX ... SET TABLESPACE: queries of the table wait where they look at the index; None for any other."""
    if moved_to(statement.sql) is None:
        return None
    index = statement.relations[0]
    table = catalog.index_table(index)
    return Effect(
        migration_type=MOVE,
        locks=locked((index,), _AX),
        indexed=(table.name,) if table is not None else (),
        notes=("Queries of the table wait as well: planning one looks at its indexes",),
    )


def move_view(statement: Other) -> Effect | None:
    """ALTER MATERIALIZED VIEW ... SET TABLESPACE; None for any other."""
    if moved_to(statement.sql) is None:
        return None
    return Effect(migration_type=MOVE, locks=locked(statement.relations, _AX), rewritten=statement.relations)


def move_all(statement: Other, catalog: Catalog) -> Effect:
    """ALTER TABLE ALL IN TABLESPACE: each of them is locked before the first is copied."""
    tablespace, kind = emptied_tablespace(statement.sql)
    held = [t for t in catalog.tables.values() if t.tablespace == tablespace]
    moved = tuple(t.name for t in held if t.kind == kind)
    if kind == "i":
        return Effect(migration_type=MOVE, indexed=tuple(t.name for t in held for _ in t.indexes), opaque=True)
    return Effect(migration_type=MOVE, locks=locked(moved, _AX), rewritten=moved)
