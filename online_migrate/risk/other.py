"""Statements that have no class of their own, told apart by their tag."""

from collections.abc import Callable

from online_migrate.catalog.model import Catalog
from online_migrate.grammar.functions import definition_of
from online_migrate.grammar.predicates import (
    comments_on_part,
    copies_rows_in,
    dropped_name,
    is_filled,
    is_full_vacuum,
    lock_mode,
    passes_over,
    renames,
)
from online_migrate.grammar.statements import Other
from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.risk import tablespaces
from online_migrate.risk.effect import Effect, sentences, unique
from online_migrate.risk.expressions import below
from online_migrate.risk.locks import family, leaves, locked, merge

_AX, _SUX, _AS = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.ACCESS_SHARE

# Tag: migration type, and the mode on the tables that the statement names.
_BRIEF: dict[str, tuple[str, LockMode]] = {
    "create_domain": ("Create Type", _AS),
    "create_sequence": ("Create Sequence", _AS),
    "create_schema": ("Create Schema", _AS),
    "create_extension": ("Change Extension", _AS),
    "alter_extension": ("Change Extension", _AS),
    "drop_extension": ("Change Extension", _AX),
    "set": ("Session Setting", _AS),
    "show": ("Session Setting", _AS),
    "explain": ("Query", _AS),
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
    "rename_trigger": ("Drop Trigger", _AX),
    "rename_rule": ("Create Rule", _AX),
    "rename_policy": ("Change Row Security", _AX),
}


_DROPS_OF_FUNCTIONS = ("drop_function", "drop_procedure", "drop_routine", "drop_aggregate")
_DROPS_OF_VIEWS = ("drop_view", "drop_materialized_view")


def other(statement: Other, catalog: Catalog) -> Effect:
    """Return what is known of a statement without a class of its own."""
    if statement.opaque:
        note = "It runs code that cannot be looked into before it runs: what it locks and for how long is not known"
        return Effect(migration_type="Opaque Code", opaque=True, notes=(note,))
    known = tuple(n for n in statement.relations if catalog.table(n) is not None)
    special = _SPECIAL.get(statement.tag)
    if special is not None:
        return special(statement, known, catalog)
    title, mode = _BRIEF.get(statement.tag, ("Other", _AX))
    # An index or a sequence is locked alone, its table is not.
    return Effect(migration_type=title, locks=locked(unique(known or _indexes_and_sequences(statement, catalog)), mode))


def _comment(statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    """The table is locked where the comment is on it or its column, and only looked at for what hangs on it."""
    mode = _AS if comments_on_part(statement.sql) else _SUX
    names = unique(known or _indexes_and_sequences(statement, catalog))
    return Effect(migration_type="Comment", locks=locked(names, mode))


def _drop_statistics(statement: Other, _known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    name = dropped_name(statement.sql)
    tables = (t.name for t in catalog.tables.values() if name in {s.name.name for s in t.extended_statistics})
    return Effect(migration_type="Create Statistics", locks=locked(unique(tables), _SUX))


def _create_materialized_view(statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    read = below(known, catalog)
    scanned = leaves(catalog, read) if is_filled(statement.sql) else ()
    return Effect(migration_type="Create Materialized View", locks=locked(read, _AS), scanned=scanned)


def _create_function(statement: Other, _known: tuple[RelationName, ...], _catalog: Catalog) -> Effect:
    """Nothing runs yet; what it holds in store for whoever calls it is told."""
    function = definition_of(statement.sql)
    note = "What it does when it is called cannot be told from its body"
    told = not function.trigger and not function.body.whole
    return Effect(migration_type="Create Function", notes=sentences(note if told else None))


def _merge(statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    """As UPDATE and INSERT ... SELECT: rows that are found stay locked until the end."""
    target, *others = statement.relations
    names = family(catalog, target)
    read = below(tuple(n for n in others if n in known), catalog)
    return Effect(
        migration_type="Data Migration",
        locks=merge(locked(names, LockMode.ROW_EXCLUSIVE), locked(read, _AS)),
        scanned=leaves(catalog, read),
        changed=leaves(catalog, names),
        data_loss=catalog.heap_bytes(target) > 0,
        notes=("The rows stay locked until all are done, and their old versions stay in the table",),
    )


def _rename_object(statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    """A moment, but no moment suits: before it new code fails, after it old code fails."""
    return Effect(
        migration_type="Rename View, Sequence or Function",
        locks=locked(unique(known or _indexes_and_sequences(statement, catalog)), _AX),
        compatibility=Compatibility.BREAKS_BOTH,
        notes=(f"Old code that names {statement.object_name} fails from that moment, new code until then",),
    )


def _alter_view(statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    """ALTER VIEW ... RENAME COLUMN breaks code; the rest is about defaults and options."""
    if renames(statement.sql):
        return _rename_object(statement, known, catalog)
    if (moved := tablespaces.move_view(statement)) is not None:
        return moved
    return Effect(migration_type="Change View", locks=locked(unique(known), _AX))


def _grant(_statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    """PostgreSQL 18 began to lock what is granted on."""
    return Effect(migration_type="Grant", locks=locked(known, _AS) if catalog.server_version_num >= 180000 else ())


def _analyze(_statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    """It reads a sample, 30,000 rows at the default target, whatever the size: no scan."""
    return Effect(migration_type="Analyze", locks=locked(_families(known, catalog), _SUX))


def _alter_sequence(statement: Other, known: tuple[RelationName, ...], _catalog: Catalog) -> Effect:
    """OWNED BY looks at the table; anything else is about the sequence alone."""
    if known:
        return Effect(migration_type="Alter Sequence", locks=locked(unique(known), _AS))
    return Effect(
        migration_type="Alter Sequence", locks=locked(unique(statement.relations), LockMode.SHARE_ROW_EXCLUSIVE)
    )


def _lock(statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    return Effect(migration_type="Lock Table", locks=locked(_families(known, catalog), lock_mode(statement.sql)))


def _families(known: tuple[RelationName, ...], catalog: Catalog) -> tuple[RelationName, ...]:
    return unique(n for k in known for n in family(catalog, k))


def _indexes_and_sequences(statement: Other, catalog: Catalog) -> tuple[RelationName, ...]:
    return tuple(n for n in statement.relations if n in catalog.sequences or catalog.index_table(n) is not None)


def _create_view(statement: Other, known: tuple[RelationName, ...], _catalog: Catalog) -> Effect:
    """Replacing locks the view itself; what it reads is only looked at."""
    view = statement.relations[0] if statement.relations else None
    replaced = (view,) if view in known and view is not None else ()
    read = tuple(n for n in known if n not in replaced)
    return Effect(
        migration_type="Change View" if replaced else "Create View",
        locks=merge(locked(replaced, _AX), locked(read, _AS)),
    )


def _drop(statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    if not known and statement.tag in _DROPS_OF_VIEWS and passes_over(statement.sql):
        return Effect(migration_type="Drop View", notes=("There is no such view",))
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


def _drop_sequence(statement: Other, _known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    """It fails while a default uses it; what is left is code that asks it for values."""
    there = _indexes_and_sequences(statement, catalog)
    if not there and passes_over(statement.sql):
        return Effect(migration_type="Drop Sequence", notes=("There is no such sequence",))
    return Effect(
        migration_type="Drop Sequence",
        locks=locked(unique(there), _AX),
        compatibility=Compatibility.BREAKS_OLD_CODE,
        notes=("Running code that takes values from it fails",),
    )


def _drop_used(statement: Other, _known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    """Without CASCADE it fails where a trigger or a column uses it, so that if it succeeds they are all gone."""
    name = (statement.object_name or "").rpartition(".")[2]
    if statement.tag in _DROPS_OF_FUNCTIONS:
        users = (t.name for t in catalog.tables.values() if any(g.function.name == name for g in t.triggers))
        if name not in catalog.volatility and passes_over(statement.sql):
            return Effect(migration_type="Drop Function", notes=("There is no such function",))
        called = name not in catalog.trigger_functions
        return Effect(
            migration_type="Drop Function",
            locks=locked(unique(users), _AX),
            compatibility=Compatibility.BREAKS_OLD_CODE if called else Compatibility.NONE,
            notes=sentences("Running code that calls it fails" if called else None),
        )
    columns = unique(table for t in catalog.types.values() if t.name.name == name for table, _ in t.used_by)
    return Effect(
        migration_type="Drop Type",
        locks=locked(columns, _AX),
        compatibility=Compatibility.BREAKS_OLD_CODE,
        data_loss=bool(columns),
        notes=sentences("Every column of the type is dropped with it" if columns else None),
    )


def _rewrite(statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    """CLUSTER and VACUUM FULL write the table anew; plain VACUUM reads it beside everybody else."""
    names = _families(known, catalog)
    anew = statement.tag == "cluster" or is_full_vacuum(statement.sql)
    return Effect(
        migration_type="Cluster" if statement.tag == "cluster" else "Vacuum Full" if anew else "Vacuum",
        locks=locked(names, _AX if anew else _SUX),
        rewritten=leaves(catalog, names) if anew else (),
        scanned=leaves(catalog, names),
    )


def _copy(statement: Other, known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    names = _families(known, catalog)
    if not copies_rows_in(statement.sql):
        read = below(known, catalog)
        return Effect(migration_type="Query", locks=locked(read, _AS), scanned=leaves(catalog, read))
    return Effect(
        migration_type="Data Migration",
        locks=locked(names, LockMode.ROW_EXCLUSIVE),
        changed=leaves(catalog, names),
    )


def _alter_index(statement: Other, _known: tuple[RelationName, ...], catalog: Catalog) -> Effect:
    """ATTACH PARTITION looks at both tables; settings lock the index alone."""
    if (moved := tablespaces.move_index(statement, catalog)) is not None:
        return moved
    tables = [t for n in statement.relations if (t := catalog.index_table(n)) is not None]
    if len(tables) > 1:
        return Effect(migration_type="Attach Index", locks=locked(unique(t.name for t in tables), _AS))
    return Effect(migration_type="Alter Index", locks=locked(statement.relations[:1], _SUX))


_SPECIAL: dict[str, Callable[[Other, tuple[RelationName, ...], Catalog], Effect]] = {
    "create_view": _create_view,
    "create_materialized_view": _create_materialized_view,
    "create_function": _create_function,
    "create_procedure": _create_function,
    "comment": _comment,
    "merge": _merge,
    "drop_statistics": _drop_statistics,
    "drop_view": _drop,
    "drop_materialized_view": _drop,
    "drop_foreign_table": _drop,
    "drop_sequence": _drop_sequence,
    "drop_schema": _drop,
    "drop_database": _drop,
    "drop_owned": _drop,
    **dict.fromkeys(_DROPS_OF_FUNCTIONS, _drop_used),
    "drop_type": _drop_used,
    "drop_domain": _drop_used,
    "alter_view": _alter_view,
    "alter_materialized_view": _alter_view,
    "rename_materialized_view": _rename_object,
    "rename_aggregate": _rename_object,
    "cluster": _rewrite,
    "vacuum": _rewrite,
    "grant": _grant,
    "revoke": _grant,
    "copy": _copy,
    "alter_index": _alter_index,
    "alter_table_move_all": lambda statement, _known, catalog: tablespaces.move_all(statement, catalog),
    "analyze": _analyze,
    "alter_sequence": _alter_sequence,
    "lock": _lock,
}
