"""What rare subcommands of ALTER TABLE say beyond their name: bounds of a partition, what becomes of a constraint."""

from typing import Any

from online_migrate.grammar.tree import deparse, statement

_PARTITION = "CREATE TABLE t PARTITION OF p "
_SOME_BOUND = "DEFAULT"


def _definition(sql: str) -> Any:
    return getattr(statement(sql).cmds[0].alter_table_cmd, "def")


def attached_bounds(sql: str) -> str:
    """Return the bounds that ATTACH PARTITION gives, "FOR VALUES FROM (1) TO (5)" or "DEFAULT"."""
    shell = statement(_PARTITION + _SOME_BOUND)
    shell.partbound.CopyFrom(_definition(sql).partition_cmd.bound)
    return deparse(shell).removeprefix(_PARTITION)


def named(sql: str) -> str:
    """Return the name that a subcommand gives: the tablespace or the access method; "" for the default one."""
    name: str = statement(sql).cmds[0].alter_table_cmd.name
    return name


def altered_enforcement(sql: str) -> tuple[str, bool | None]:
    """Return the constraint that ALTER CONSTRAINT names, and whether it is to be enforced; None where that stays."""
    node = _definition(sql).atalter_constraint
    return node.conname, bool(node.is_enforced) if node.alter_enforceability else None
