"""The engine's own steps: alembic_version moves last before the gate, and the gate opens contract."""

from online_migrate.grammar.compose import Identifier, Literal, compose
from online_migrate.plan.names import Lock, LockMode, RelationName
from online_migrate.plan.steps import Ddl, Gate

ID = "alembic_version:move"

GATE = Gate(
    id="gate",
    operation=None,
    purpose="the new code is deployed everywhere, and the old code is gone",
    sql=(),
)


def stamp(version_table: RelationName, current: tuple[str, ...], target: tuple[str, ...], *, exists: bool) -> Ddl:
    """Return the step that makes the version table say `target` instead of `current`.

    The table is created as Alembic creates it where it does not exist yet. The rows of other heads stay.
    """
    gone = tuple(h for h in current if h not in target)
    come = tuple(h for h in target if h not in current)
    return Ddl(
        id=ID,
        operation=None,
        purpose=f"move {version_table.name} to {', '.join(target) or 'base'}",
        sql=(*(() if exists else (_create(version_table),)), *_move(version_table, gone, come)),
        locks=(Lock(version_table, LockMode.ROW_EXCLUSIVE),) if exists else (),
        done_check=_is_at(version_table, target) if exists else None,
        undo=_move(version_table, come, gone),
    )


def _create(table: RelationName) -> str:
    return compose(
        "CREATE TABLE {table} (version_num varchar(32) NOT NULL, CONSTRAINT {key} PRIMARY KEY (version_num))",
        table=table,
        key=Identifier(f"{table.name}_pkc"),
    )


def _move(table: RelationName, gone: tuple[str, ...], come: tuple[str, ...]) -> tuple[str, ...]:
    return (
        *(compose("DELETE FROM {table} WHERE version_num = {head}", table=table, head=Literal(h)) for h in gone),
        *(compose("INSERT INTO {table} (version_num) VALUES ({head})", table=table, head=Literal(h)) for h in come),
    )


def _is_at(table: RelationName, heads: tuple[str, ...]) -> str:
    """True when the table holds exactly these heads: as many rows, and each of them among them."""
    return compose(
        "SELECT count(*) = {count} AND count(*) = count(*) FILTER (WHERE version_num = ANY ({heads}::text[]))"
        " FROM {table}",
        count=Literal(len(heads)),
        heads=Literal(list(heads)),
        table=table,
    )
