"""Types, domains, triggers, views, and everything else the grammar knows."""

from online_migrate.catalog.model import Catalog
from online_migrate.grammar.statements import (
    AddEnumValue,
    AlterDomain,
    CreateTrigger,
    CreateType,
    Other,
    RefreshMaterializedView,
    RenameEnumValue,
)
from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.risk.effect import Effect, sentences, unique
from online_migrate.risk.expressions import below
from online_migrate.risk.locks import family, leaves, locked, merge
from online_migrate.risk.tables import view_bases

_AX, _SUX, _AS = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.ACCESS_SHARE

# Tag: migration type, and the mode on the tables that the statement names.
_BRIEF: dict[str, tuple[str, LockMode]] = {
    "comment": ("Comment", _SUX),
    "create_statistics": ("Create Statistics", _SUX),
    "create_publication": ("Change Publication", _SUX),
    "alter_publication": ("Change Publication", _SUX),
    "create_policy": ("Change Row Security", _AX),
    "alter_policy": ("Change Row Security", _AX),
    "drop_policy": ("Change Row Security", _AX),
    "create_rule": ("Create Rule", _AX),
    "drop_rule": ("Create Rule", _AX),
    "drop_trigger": ("Drop Trigger", _AX),
    "alter_owner": ("Change Owner", _AX),
    "alter_sequence": ("Alter Sequence", LockMode.SHARE_ROW_EXCLUSIVE),
    "drop_sequence": ("Drop Sequence", _AX),
    "alter_view": ("Change View", _AX),
    "alter_materialized_view": ("Change View", _AX),
    "rename_view": ("Change View", _AX),
    "rename_materialized_view": ("Change View", _AX),
    "rename_trigger": ("Drop Trigger", _AX),
    "rename_rule": ("Create Rule", _AX),
    "rename_policy": ("Change Row Security", _AX),
    "lock": ("Lock Table", _AX),
}
_REWRITES = {"cluster": "Cluster", "vacuum": "Vacuum"}
_DROPPED = {"drop_schema", "drop_database", "drop_materialized_view", "drop_foreign_table", "drop_owned"}


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


def alter_domain(statement: AlterDomain, catalog: Catalog) -> Effect:
    """A new rule is checked in every table that uses the domain, and all of them are locked meanwhile."""
    checks = statement.action in ("add_constraint", "set_not_null", "validate") and not statement.not_valid
    tables = domain_tables(statement.domain, catalog) if checks else ()
    return Effect(
        migration_type="Alter Domain with check of its tables" if tables else "Alter Domain",
        locks=locked(tables, LockMode.SHARE),
        scanned=leaves(catalog, tables),
        compatibility=Compatibility.BREAKS_OLD_CODE if statement.action == "set_not_null" else Compatibility.NONE,
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
    mode = LockMode.EXCLUSIVE if statement.concurrently else _AX
    return Effect(
        migration_type=f"Refresh Materialized View{' concurrently' if statement.concurrently else ''}",
        locks=merge(locked((statement.view,), mode), locked(read, _AS)),
        rewritten=() if statement.concurrently else (statement.view,),
        scanned=leaves(catalog, read),
    )


def other(statement: Other, catalog: Catalog) -> Effect:
    """Return what is known of a statement without a class of its own."""
    tag = statement.tag
    known = tuple(n for n in statement.relations if catalog.table(n) is not None)
    if statement.opaque:
        return Effect(
            migration_type="Opaque Code", opaque=True, notes=("It runs code that cannot be looked into before it runs",)
        )
    if tag == "create_view":
        return _create_view(statement, known)
    if tag == "create_materialized_view":
        read = below(known, catalog)
        return Effect(migration_type="Create View", locks=locked(read, _AS), scanned=leaves(catalog, read))
    if tag in ("drop_view", *_DROPPED):
        return _drop(statement, known, catalog)
    if tag in _REWRITES:
        return _rewrite(statement, known, catalog)
    if tag in ("grant", "revoke"):
        # PostgreSQL 18 began to lock what is granted on.
        return Effect(migration_type="Grant", locks=locked(known, _AS) if catalog.server_version_num >= 180000 else ())
    if tag == "copy":
        return _copy(known, catalog)
    if tag == "alter_index":
        return _alter_index(statement, catalog)
    if tag == "analyze":
        names = unique(n for k in known for n in family(catalog, k))
        # It reads a sample, 30,000 rows at the default target, whatever the size.
        return Effect(migration_type="Analyze", locks=locked(names, _SUX))
    title, mode = _BRIEF.get(tag, ("Other", _AX))
    relations = statement.relations if tag in ("alter_sequence", "drop_sequence") else known
    return Effect(migration_type=title, locks=locked(unique(relations), mode))


def _create_view(statement: Other, known: tuple[RelationName, ...]) -> Effect:
    """Replacing locks the view itself; what it reads is only looked at."""
    view = statement.relations[0] if statement.relations else None
    replaced = (view,) if view in known and view is not None else ()
    read = tuple(n for n in known if n not in replaced)
    return Effect(
        migration_type="Change View" if replaced else "Create View",
        locks=merge(locked(replaced, _AX), locked(read, _AS)),
    )


def _drop(statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    # Without CASCADE it fails where a view depends on it, so that if it succeeds they are all gone.
    dependents = (d for n in known if (t := catalog.table(n)) is not None for d in t.dependents)
    names = (*known, *dependents)
    if statement.tag == "drop_schema":
        names = tuple(n for n in catalog.tables if n.schema == statement.object_name)
    stored = statement.tag in ("drop_schema", "drop_database", "drop_owned")
    return Effect(
        migration_type="Drop Schema or Database" if stored else "Drop View",
        locks=locked(unique(names), _AX),
        compatibility=Compatibility.BREAKS_OLD_CODE,
        data_loss=stored,
        notes=sentences("Running code that still names it fails"),
    )


def _rewrite(statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    """CLUSTER and VACUUM FULL write the table anew; plain VACUUM reads it beside everybody else."""
    names = unique(n for k in known for n in family(catalog, k))
    anew = statement.tag == "cluster" or "full" in statement.sql.lower().split("(", 1)[-1].split(")", 1)[0]
    return Effect(
        migration_type=_REWRITES[statement.tag] if statement.tag == "cluster" or not anew else "Vacuum Full",
        locks=locked(names, _AX if anew else _SUX),
        rewritten=leaves(catalog, names) if anew else (),
        scanned=leaves(catalog, names),
    )


def _copy(known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    names = unique(n for k in known for n in family(catalog, k))
    return Effect(
        migration_type="Data Migration",
        locks=locked(names, LockMode.ROW_EXCLUSIVE),
        changed=leaves(catalog, names),
    )


def _alter_index(statement: Other, catalog: Catalog) -> Effect:
    """ATTACH PARTITION looks at both tables; settings lock the index alone."""
    tables = [t for n in statement.relations if (t := catalog.index_table(n)) is not None]
    if len(tables) > 1:
        return Effect(migration_type="Attach Index", locks=locked(unique(t.name for t in tables), _AS))
    return Effect(migration_type="Alter Index", locks=locked(statement.relations[:1], _SUX))
