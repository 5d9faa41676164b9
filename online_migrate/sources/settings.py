"""Which settings matter to a statement that is run later, in a transaction of its own."""

from online_migrate.grammar.effects import Effect, Effects

_HARMLESS = frozenset(
    {
        "application_name",
        "client_min_messages",
        "constraints",
        "deadlock_timeout",
        "default_transaction_isolation",
        "idle_in_transaction_session_timeout",
        "idle_session_timeout",
        "jit",
        "lock_timeout",
        "maintenance_work_mem",
        "session characteristics",
        "statement_timeout",
        "synchronous_commit",
        "temp_buffers",
        "transaction",
        "transaction_timeout",
        "work_mem",
    }
)
_WRITABLE = frozenset(
    {"transaction", "session characteristics", "default_transaction_read_only", "transaction_read_only", "all"}
)
_HARMLESS_PREFIXES = ("enable_", "log_", "max_parallel_", "parallel_")


def changes_meaning(effects: Effects) -> bool:
    """Whether a SET changes what later statements do (role, time zone), not only how long they may take."""
    name = effects.setting or ""
    return name not in _HARMLESS | _WRITABLE - {"all"} and not name.startswith(_HARMLESS_PREFIXES)


def makes_writable(effects: Effects) -> bool:
    """Whether a statement could end the read-only state of a session."""
    return effects.effect is Effect.SETTING and effects.setting in _WRITABLE
