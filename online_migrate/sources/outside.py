"""What env.py and the application may do on a connection, outside of revisions. Only for the isolated process."""

from collections.abc import Iterable

from online_migrate.grammar.effects import Effect, Effects
from online_migrate.sources.functions import locks_only
from online_migrate.sources.settings import makes_writable

NOTHING = "UNLISTEN online_migrate_nothing"
"""A statement that does nothing and returns nothing, whatever state a session is in."""

_ACTING = (
    *("dblink", "lo_", "nextval", "pg_cancel", "pg_create_", "pg_drop_", "pg_logical_", "pg_notify", "pg_promote"),
    *("pg_reload", "pg_replication_", "pg_rotate", "pg_stat_reset", "pg_switch", "pg_terminate", "setval"),
)
_HARMLESS = frozenset({"current_schema", "current_schemas", "current_setting", "set_config", "version"})


def instead_of(parts: Iterable[Effects], *, autocommit: bool) -> str | None:
    """Return what to run in the place of a text of statements; None to run it as it is.

    Settings and reads are run. A read-only transaction holds back what a user's function would change; without one,
    no function but a few is called.
    """
    instead = None
    for part in parts:
        if part.effect in (Effect.ROWS, Effect.SCHEMA, Effect.OPAQUE, Effect.LOCK) or makes_writable(part):
            return NOTHING
        called = [name for _, name in part.functions]
        if locks_only(part):
            instead = "SELECT true"
        elif any(n.startswith(_ACTING) for n in called) or (autocommit and not _HARMLESS.issuperset(called)):
            instead = "SELECT NULL"
        elif part.unlocked is not None:
            instead = part.unlocked
    return instead
