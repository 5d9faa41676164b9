"""The subcommands of ALTER TABLE that have no class of their own; partitions have a module of theirs."""

from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar.statements import AlterTableOther
from online_migrate.grammar.subcommands import altered_enforcement, identity_given, named
from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.risk import partitions
from online_migrate.risk.effect import Effect, sentences
from online_migrate.risk.locks import family, leaves, locked, merge, referenced_families
from online_migrate.risk.locks import partitions as partitions_of

# Subcommand: migration type, mode, whether partitions and inheriting tables are altered too. From
# AlterTableGetLockLevel and ATPrepCmd in tablecmds.c; those left out take AccessExclusive on the table alone.
_AX, _SRX, _SUX = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_ROW_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE
_PLAIN: dict[str, tuple[str, LockMode, bool]] = {
    "SetStatistics": ("Set Statistics Target", _SUX, True),
    "SetOptions": ("Set Statistics Target", _SUX, False),
    "ResetOptions": ("Set Statistics Target", _SUX, False),
    "SetRelOptions": ("Set Storage Parameter", _SUX, False),
    "ResetRelOptions": ("Set Storage Parameter", _SUX, False),
    "ClusterOn": ("Set Storage Parameter", _SUX, False),
    "DropCluster": ("Set Storage Parameter", _SUX, False),
    "EnableTrig": ("Enable or Disable Trigger", _SRX, True),
    "EnableAlwaysTrig": ("Enable or Disable Trigger", _SRX, True),
    "EnableReplicaTrig": ("Enable or Disable Trigger", _SRX, True),
    "EnableTrigAll": ("Enable or Disable Trigger", _SRX, True),
    "EnableTrigUser": ("Enable or Disable Trigger", _SRX, True),
    "DisableTrig": ("Enable or Disable Trigger", _SRX, True),
    "DisableTrigAll": ("Enable or Disable Trigger", _SRX, True),
    "DisableTrigUser": ("Enable or Disable Trigger", _SRX, True),
    "SetStorage": ("Set Column Storage", _AX, True),
    "SetCompression": ("Set Column Storage", _AX, True),
    "AddIdentity": ("Change Identity", _AX, True),
    "SetIdentity": ("Change Identity", _AX, True),
    "DropIdentity": ("Change Identity", _AX, True),
    "DropExpression": ("Drop Expression", _AX, True),
    "EnableRowSecurity": ("Change Row Security", _AX, False),
    "DisableRowSecurity": ("Change Row Security", _AX, False),
    "ForceRowSecurity": ("Change Row Security", _AX, False),
    "NoForceRowSecurity": ("Change Row Security", _AX, False),
    "ReplicaIdentity": ("Set Replica Identity", _AX, False),
    "ChangeOwner": ("Change Owner", _AX, False),
}
_REWRITES = {
    "SetLogged": "Set Logged or Unlogged",
    "SetUnLogged": "Set Logged or Unlogged",
    "SetTableSpace": "Move Table to Tablespace",
    "SetAccessMethod": "Set Access Method",
    "SetExpression": "Set Expression",
}


def alter_table(statement: AlterTableOther, catalog: Catalog) -> Effect:
    """Return what the subcommand does; AccessExclusive for a moment is what is true of most that have no entry here."""
    subcommand = statement.subcommand
    if subcommand == "Several":
        # Sources split them; one that did not is not guessed at.
        names = family(catalog, statement.table, only=statement.only)
        return Effect(migration_type="Opaque Code", locks=locked(names, _AX), opaque=True)
    table = catalog.table(statement.table)
    if subcommand == "AttachPartition":
        return partitions.attach(statement, catalog)
    if subcommand in ("DetachPartition", "DetachPartitionFinalize"):
        return partitions.detach(statement, catalog)
    if subcommand in ("AddInherit", "DropInherit"):
        return _inherit(statement)
    if subcommand in _REWRITES:
        return _rewrite(statement, table, catalog)
    if subcommand == "AlterConstraint":
        return _alter_constraint(statement, catalog)
    title, mode, recurses = _PLAIN.get(subcommand, ("Alter Table", _AX, False))
    names = family(catalog, statement.table, only=statement.only or not _descends(subcommand, table, recurses, catalog))
    breaks = _what_breaks(statement, table)
    return Effect(
        migration_type=title,
        locks=locked(names, mode),
        compatibility=Compatibility.BREAKS_OLD_CODE if breaks else Compatibility.NONE,
        notes=sentences(breaks),
    )


def _what_breaks(statement: AlterTableOther, table: Table | None) -> str | None:
    """What running code can no longer do, of the subcommands that are over in a moment."""
    match statement.subcommand:
        case "AddIdentity" | "SetIdentity" if identity_given(statement.sql) == "always":
            return f"Code that writes {statement.column} itself fails from that moment"
        case "DropIdentity":
            return f"Code that leaves {statement.column} out can no longer insert"
        case "EnableRowSecurity" if table is not None and not table.policies and not table.row_security:
            return "Without a policy, roles other than the owner find no row and can write none"
        case _:
            return None


def _descends(subcommand: str, table: Table | None, recurses: bool, catalog: Catalog) -> bool:
    """Triggers and identities of partitions belong to the parent; those of inheriting tables are their own."""
    partitioned = table is not None and table.kind == "p"
    if "Identity" in subcommand:
        return recurses and partitioned and catalog.server_version_num >= 170000
    if "Trig" in subcommand:
        recent = catalog.server_version_num >= 150000
        return recurses and partitioned and recent and table is not None and _has_triggers(subcommand, table, catalog)
    return recurses


def _has_triggers(subcommand: str, table: Table, catalog: Catalog) -> bool:
    """Whether there are triggers that partitions have too: PostgreSQL goes down trigger by trigger."""
    own = any(t.per_row for t in table.triggers)
    if subcommand.endswith("TrigAll"):
        keys = any(c.type == "foreign_key" for c in table.constraints)
        return own or keys or bool(catalog.referencing(table.name))
    return own


def _alter_constraint(statement: AlterTableOther, catalog: Catalog) -> Effect:
    """A moment, but to make or drop the triggers of a foreign key the other table is locked, and all rows are looked
    up when it is to be enforced from now on."""
    name, enforced = altered_enforcement(statement.sql)
    table = catalog.table(statement.table)
    constraint = table.constraint(name) if table is not None else None
    own = partitions_of(catalog, statement.table)
    key = constraint is not None and constraint.type == "foreign_key" and enforced not in (None, constraint.enforced)
    other = referenced_families(catalog, [constraint]) if constraint is not None and key else ()
    return Effect(
        migration_type="Enforce Constraint" if key and enforced else "Alter Constraint",
        locks=merge(locked(own, _AX), locked(other, _SRX if enforced else _AX)),
        scanned=leaves(catalog, (*own, *other)) if key and enforced else (),
    )


def _inherit(statement: AlterTableOther) -> Effect:
    parent = (statement.other,) if statement.other is not None else ()
    mode = _SUX if statement.subcommand == "AddInherit" else LockMode.ACCESS_SHARE
    return Effect(migration_type="Change Inheritance", locks=(*locked((statement.table,), _AX), *locked(parent, mode)))


def _rewrite(statement: AlterTableOther, table: Table | None, catalog: Catalog) -> Effect:
    """Write the table anew, unless it is that way already."""
    names = family(catalog, statement.table, only=statement.only or statement.subcommand != "SetExpression")
    return Effect(
        migration_type=_REWRITES[statement.subcommand],
        locks=locked(names, _AX),
        rewritten=() if _is_so_already(statement, table) else leaves(catalog, _stored(names, statement, catalog)),
    )


def _is_so_already(statement: AlterTableOther, table: Table | None) -> bool:
    if table is None:
        return False
    if statement.subcommand == "SetExpression":
        column = table.column(statement.column or "")
        return column is not None and column.generated == "virtual"
    if statement.subcommand in ("SetTableSpace", "SetAccessMethod"):
        target = named(statement.sql)
        return bool(target) and target in (table.tablespace, table.access_method)
    return {"SetLogged": "p", "SetUnLogged": "u"}.get(statement.subcommand) == table.persistence


def _stored(names: tuple[RelationName, ...], statement: AlterTableOther, catalog: Catalog) -> tuple[RelationName, ...]:
    return names if statement.subcommand == "SetExpression" else leaves(catalog, names)
