"""What rare subcommands of ALTER TABLE say beyond their name: bounds of a partition, what becomes of a constraint."""

from typing import Any, Literal

from online_migrate.grammar.tree import deparse, statement, type_of

_PARTITION = "CREATE TABLE t PARTITION OF p "
_SOME_BOUND = "DEFAULT"


def _definition(sql: str) -> Any:
    return getattr(statement(sql).cmds[0].alter_table_cmd, "def")


def attached_bounds(sql: str) -> str:
    """Return the bounds that ATTACH PARTITION gives, "FOR VALUES FROM (1) TO (5)" or "DEFAULT"."""
    shell = statement(_PARTITION + _SOME_BOUND)
    shell.partbound.CopyFrom(_definition(sql).partition_cmd.bound)
    return deparse(shell).removeprefix(_PARTITION)


def identity_given(sql: str) -> Literal["always", "by default"] | None:
    """Return what ADD GENERATED or SET GENERATED makes of a column; None where a SET changes only the sequence."""
    node = _definition(sql)
    if type_of(node) == "Constraint":
        letter = str(node.constraint.generated_when)
    else:
        options = (item.def_elem for item in node.list.items)
        letter = next((chr(o.arg.integer.ival) for o in options if o.defname == "generated"), "")
    return {"a": "always", "d": "by default"}.get(letter)  # type: ignore[return-value]


def named(sql: str) -> str:
    """Return the name that a subcommand gives: the tablespace or the access method; "" for the default one."""
    name: str = statement(sql).cmds[0].alter_table_cmd.name
    return name


def altered_enforcement(sql: str) -> tuple[str, bool | None]:
    """Return the constraint that ALTER CONSTRAINT names, and whether it is to be enforced; None where that stays."""
    node = _definition(sql).atalter_constraint
    return node.conname, bool(node.is_enforced) if node.alter_enforceability else None
