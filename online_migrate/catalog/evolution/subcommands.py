"""The subcommands of ALTER TABLE that have no class of their own."""

from collections.abc import Callable, Mapping
from typing import Final

from online_migrate.catalog.evolution import columns, partitions
from online_migrate.catalog.evolution.draft import Draft
from online_migrate.grammar.statements import AlterTableOther
from online_migrate.grammar.subcommands import attached_bounds, identity_given


def alter_table(draft: Draft, altered: AlterTableOther) -> None:
    """Any subcommand that is no more than a change of what the catalog knows; the others change nothing."""
    change = _CHANGES.get(altered.subcommand)
    if change is not None and altered.table in draft.tables:
        change(draft, altered)


def _attach(draft: Draft, altered: AlterTableOther) -> None:
    if altered.other is not None:
        partitions.attach(draft, altered.table, altered.other, attached_bounds(altered.sql))


def _inherit(draft: Draft, altered: AlterTableOther) -> None:
    if altered.other is not None:
        partitions.attach(draft, altered.other, altered.table, None)


def _detach(draft: Draft, altered: AlterTableOther) -> None:
    if altered.other is not None:
        partitions.detach(draft, altered.table, altered.other)


def _no_inherit(draft: Draft, altered: AlterTableOther) -> None:
    if altered.other is not None:
        partitions.detach(draft, altered.other, altered.table)


def _set_identity(draft: Draft, altered: AlterTableOther) -> None:
    when = identity_given(altered.sql)
    if when is not None and altered.column is not None:
        columns.set_identity(draft, altered.table, altered.column, when)


def _drop_identity(draft: Draft, altered: AlterTableOther) -> None:
    if altered.column is not None:
        columns.drop_identity(draft, altered.table, altered.column)


def _drop_expression(draft: Draft, altered: AlterTableOther) -> None:
    for member in draft.family(altered.table, only=altered.only):
        draft.change_column(member, altered.column or "", generated=None, default=None)


_CHANGES: Final[Mapping[str, Callable[[Draft, AlterTableOther], None]]] = {
    "AttachPartition": _attach,
    "AddInherit": _inherit,
    "DetachPartition": _detach,
    "DropInherit": _no_inherit,
    "AddIdentity": _set_identity,
    "SetIdentity": _set_identity,
    "DropIdentity": _drop_identity,
    "DropExpression": _drop_expression,
    "SetLogged": lambda draft, altered: draft.change(altered.table, persistence="p"),
    "SetUnLogged": lambda draft, altered: draft.change(altered.table, persistence="u"),
    "EnableRowSecurity": lambda draft, altered: draft.change(altered.table, row_security=True),
    "DisableRowSecurity": lambda draft, altered: draft.change(altered.table, row_security=False),
}
