"""Types, domains, triggers and materialised views."""

from online_migrate.catalog.model import Catalog
from online_migrate.grammar.statements import (
    AddEnumValue,
    AlterDomain,
    CreateTrigger,
    CreateType,
    RefreshMaterializedView,
    RenameEnumValue,
    RenameFunction,
    RenameSchema,
    RenameSequence,
    RenameType,
)
from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.risk.effect import Effect, sentences, unique
from online_migrate.risk.locks import family, leaves, locked, merge
from online_migrate.risk.tables import view_bases


def create_type(_statement: CreateType, _catalog: Catalog) -> Effect:
    """Nobody can use it yet."""
    return Effect(migration_type="Create Type")


def add_enum_value(_statement: AddEnumValue, _catalog: Catalog) -> Effect:
    """No table is locked; the value can be used once the transaction has committed."""
    return Effect(
        migration_type="Add Enum Value",
        notes=("It cannot be used before this has committed, and code that reads it must know it",),
    )


def rename_enum_value(statement: RenameEnumValue, _catalog: Catalog) -> Effect:
    """No table is locked, but the old word is an error from that moment."""
    return Effect(
        migration_type="Rename Enum Value",
        compatibility=Compatibility.BREAKS_BOTH,
        notes=(f"Old code that writes {statement.value} fails from that moment, new code until then",),
    )


def rename_schema(statement: RenameSchema, _catalog: Catalog) -> Effect:
    """No table is locked, but every name in it is an error from that moment."""
    return Effect(
        migration_type="Rename Schema",
        compatibility=Compatibility.BREAKS_BOTH,
        notes=(f"Old code that names {statement.schema} fails from that moment, new code until then",),
    )


def rename_function(statement: RenameFunction, catalog: Catalog) -> Effect:
    """No table is locked; triggers, defaults and views go on, what calls it by its name fails."""
    called = statement.name not in catalog.trigger_functions
    return Effect(
        migration_type="Rename View, Sequence or Function",
        compatibility=Compatibility.BREAKS_BOTH if called else Compatibility.NONE,
        notes=sentences(
            f"Old code that calls {statement.name} fails from that moment, new code until then" if called else None
        ),
    )


def rename_type(statement: RenameType, catalog: Catalog) -> Effect:
    """No table is locked, but the old name is an error from that moment."""
    found = catalog.types.get(statement.type)
    return Effect(
        migration_type="Rename Enum" if found is not None and found.kind == "enum" else "Rename Type",
        compatibility=Compatibility.BREAKS_BOTH,
        notes=(f"Old code that names {statement.type} fails from that moment, new code until then",),
    )


def rename_sequence(statement: RenameSequence, catalog: Catalog) -> Effect:
    """The sequence is locked, which transactions hold that took a number; defaults go on, its old name is an error."""
    there = (statement.sequence,) if statement.sequence in catalog.sequences else ()
    return Effect(
        migration_type="Rename View, Sequence or Function",
        locks=locked(there, LockMode.ACCESS_EXCLUSIVE),
        compatibility=Compatibility.BREAKS_BOTH,
        notes=(f"Old code that names {statement.sequence} fails from that moment, new code until then",),
    )


def alter_domain(statement: AlterDomain, catalog: Catalog) -> Effect:
    """A new rule is checked in every table that uses the domain, and all of them are locked meanwhile."""
    checks = statement.action in ("add_constraint", "set_not_null", "validate") and not statement.not_valid
    # A partitioned table holds no rows and is passed over; its partitions have the column too.
    tables = leaves(catalog, domain_tables(statement.domain, catalog)) if checks else ()
    refuses_null = statement.action == "set_not_null"
    return Effect(
        migration_type="Alter Domain with check of its tables" if tables else "Alter Domain",
        locks=locked(tables, LockMode.SHARE),
        scanned=tables,
        compatibility=Compatibility.BREAKS_OLD_CODE if refuses_null and tables else Compatibility.NONE,
    )


def domain_tables(domain: RelationName, catalog: Catalog) -> tuple[RelationName, ...]:
    """Return the tables with a column of a domain, or of a domain over it."""
    found = catalog.types.get(domain)
    direct = [name for name, _ in found.used_by] if found is not None else []
    over = [t.name for t in catalog.types.values() if t.kind == "domain" and t.base_type in (domain.name, str(domain))]
    return unique((*direct, *(n for o in over for n in domain_tables(o, catalog))))


def create_trigger(statement: CreateTrigger, catalog: Catalog) -> Effect:
    """Writers wait for a moment; from then on the trigger runs for them."""
    table = catalog.table(statement.table)
    names = family(catalog, statement.table, only=table is None or table.kind != "p")
    return Effect(migration_type="Create Trigger", locks=locked(names, LockMode.SHARE_ROW_EXCLUSIVE))


def refresh_materialized_view(statement: RefreshMaterializedView, catalog: Catalog) -> Effect:
    """Readers of the view wait while its query runs; CONCURRENTLY they do not."""
    read = view_bases(catalog, statement.view)
    mode = LockMode.EXCLUSIVE if statement.concurrently else LockMode.ACCESS_EXCLUSIVE
    return Effect(
        migration_type=f"Refresh Materialized View{' concurrently' if statement.concurrently else ''}",
        locks=merge(locked((statement.view,), mode), locked(read, LockMode.ACCESS_SHARE)),
        rewritten=() if statement.concurrently else (statement.view,),
        scanned=leaves(catalog, read),
    )
