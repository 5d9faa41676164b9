"""From what a statement does to how risky that is, by one rule for all kinds."""

from math import sqrt

from online_migrate.catalog.model import Catalog
from online_migrate.plan.assessment import Assessment, Compatibility, Risk
from online_migrate.plan.names import Lock, LockMode, RelationName
from online_migrate.policy import Policy
from online_migrate.risk.effect import Effect
from online_migrate.risk.estimate import Size, estimate, longest, size_of
from online_migrate.risk.rates import MB
from online_migrate.risk.waiting import waiting_statements


def judge(effect: Effect, catalog: Catalog, policy: Policy) -> Assessment:
    """Return the verdict.

    minimal blocks for a moment whatever the size, or not at all; moderate is the same but breaks running code or loses
    data; high blocks for a time that grows with the table; very high rewrites the table, changes rows in bulk, or
    cannot be looked into. High and very high are lowered where the files are so small that the work stays within the
    lock budget however stale the statistics are.
    """
    seconds = estimate(effect, catalog)
    full = _full_risk(effect, catalog)
    calm = Risk.MODERATE if effect.data_loss or effect.compatibility is not Compatibility.NONE else Risk.MINIMAL
    heavy = full.severity >= Risk.HIGH.severity
    lowered = heavy and not effect.opaque and longest(effect, catalog) * 1000 <= policy.lock_budget_ms
    return Assessment(
        migration_type=effect.migration_type,
        risk=full if heavy and not lowered else calm,
        locks=effect.locks,
        rewrites=bool(effect.rewritten or effect.emptied),
        scans=bool(effect.scanned or effect.indexed or effect.rewritten or effect.changed),
        estimate_s=seconds,
        compatibility=effect.compatibility,
        data_loss=effect.data_loss,
        why=_why(effect, catalog, seconds, lowered=lowered),
        opaque=effect.opaque,
        waiting_statements=None if effect.opaque else waiting_statements(effect, catalog, seconds),
    )


def _full_risk(effect: Effect, catalog: Catalog) -> Risk:
    """The risk of the work on a table of any size; minimal where the size does not matter."""
    if effect.opaque or effect.changed:
        return Risk.VERY_HIGH
    if not any(_stops_somebody(lock, catalog) for lock in effect.locks):
        return Risk.MINIMAL
    if effect.rewritten:
        return Risk.VERY_HIGH
    return Risk.HIGH if effect.worked_on else Risk.MINIMAL


def _stops_somebody(lock: Lock, catalog: Catalog) -> bool:
    """Whether application statements wait for the lock; nobody writes to a materialised view."""
    table = catalog.table(lock.relation)
    if table is not None and table.kind == "m":
        return lock.mode is LockMode.ACCESS_EXCLUSIVE
    return lock.mode.blocks in ("writes", "reads and writes")


def _why(effect: Effect, catalog: Catalog, seconds: tuple[float, float], *, lowered: bool) -> str:
    size = size_of(catalog, effect.worked_on)
    sentences = [_locks_and_work(effect, catalog, size), *effect.notes]
    if lowered:
        milliseconds = max(1, round(1000 * sqrt(seconds[0] * seconds[1])))
        sentences.insert(0, f"{_count(size.rows)}, about {milliseconds} ms")
    return " ".join(s if s.endswith(".") else f"{s}." for s in sentences if s)


def _locks_and_work(effect: Effect, catalog: Catalog, size: Size) -> str:
    work = _work(effect, catalog)
    done = f"{_count(size.rows)} ({_volume(size.bytes)}) are {work}" if work else ""
    strongest = max(effect.locks, key=lambda lock: lock.mode.strength, default=None)
    if strongest is None:
        return done or ("" if effect.opaque else "No table is locked")
    same = [lock for lock in effect.locks if lock.mode is strongest.mode]
    others = f" and {len(same) - 1} more" if len(same) > 2 else ""
    named = " and ".join(str(lock.relation) for lock in (same if not others else same[:1]))
    return f"{strongest.mode} on {named}{others} " + (f"while {done}" if done else "for a moment, no row is read")


def _work(effect: Effect, catalog: Catalog) -> str:
    """What happens to the rows, as a participle."""

    def tables(names: tuple[RelationName, ...]) -> bool:
        return any(catalog.table(n) is not None for n in names)

    if tables(effect.rewritten):
        return "rewritten"
    if tables(effect.changed):
        return "changed"
    if tables(effect.indexed):
        return "indexed"
    return "scanned" if tables(effect.scanned) else ""


def _count(rows: float) -> str:
    whole = max(0, round(rows))
    return "1 row" if whole == 1 else f"{whole:,} rows"


def _volume(size: int) -> str:
    if size >= 1024 * MB:
        return f"{size / MB / 1024:.1f} GB"
    return f"{size / MB:.0f} MB" if size >= 10 * MB else f"{size / 1024:.0f} kB"
