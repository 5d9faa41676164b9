"""Which functions a SELECT calls only to learn something, and which may change rows. Only for the isolated process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from online_migrate.grammar.effects import Effects

Query = Callable[[str, list[Any]], list[Any]]

# Volatile by their answer, not by what they do.
_ONLY_ANSWER = frozenset(
    {
        "clock_timestamp",
        "currval",
        "gen_random_uuid",
        "lastval",
        "pg_backend_pid",
        "pg_database_size",
        "pg_indexes_size",
        "pg_relation_size",
        "pg_table_size",
        "pg_total_relation_size",
        "random",
        "set_config",
        "timeofday",
        "txid_current",
        "uuidv7",
    }
)
_FACTS = """
SELECT p.proname, bool_or(p.provolatile = 'v'), bool_or(n.nspname <> 'pg_catalog')
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.proname = ANY(%s) GROUP BY p.proname
"""


@dataclass(slots=True)
class Functions:
    """What the database says about functions, asked once for each."""

    _known: dict[str, tuple[bool, bool]] = field(default_factory=dict)

    def may_act(self, effects: Effects, query: Query) -> bool:
        """Whether a function may change rows or sequences: volatile, or not there yet."""
        return any(volatile for name, (volatile, _) in self._facts(effects, query).items() if name not in _ONLY_ANSWER)

    def of_users(self, effects: Effects, query: Query) -> bool:
        """Whether a function is not PostgreSQL's own, so that it may read any table."""
        return any(users for _, users in self._facts(effects, query).values())

    def _facts(self, effects: Effects, query: Query) -> dict[str, tuple[bool, bool]]:
        names = {name for _, name in effects.functions}
        unknown = [name for name in names if name not in self._known]
        if unknown:
            found = {row[0]: (bool(row[1]), bool(row[2])) for row in query(_FACTS, [unknown])}
            # What is not found is not remembered: a pending revision may create it.
            self._known |= found
        return {name: self._known.get(name, (True, True)) for name in names}


_OF_SERVER = frozenset(
    {"clock_timestamp", "current_database", "current_setting", "now", "pg_backend_pid", "set_config", "version"}
)


def asks_server_only(effects: Effects) -> bool:
    """Whether a read asks nothing that a migration could change: the version, a setting, the time."""
    called = {name for _, name in effects.functions}
    looks_up = any(name.startswith("reg") for name in effects.names)  # 'users'::regclass
    return not effects.relations and called <= _OF_SERVER and not looks_up


def locks_only(effects: Effects) -> bool:
    """Whether a SELECT only takes an advisory lock, which recording must not wait for."""
    return bool(effects.functions) and all(
        n.startswith(("pg_advisory", "pg_try_advisory")) for _, n in effects.functions
    )
