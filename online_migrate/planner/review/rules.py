"""The rules of a review, in the order in which they are told."""

from collections.abc import Mapping, Sequence

from online_migrate.catalog.model import Catalog
from online_migrate.plan.finding import Finding
from online_migrate.plan.names import RelationName
from online_migrate.planner.changes import Walked
from online_migrate.planner.review import cancelled, columns, indexes, keys, locking, refused
from online_migrate.planner.review.whole import whole
from online_migrate.policy import Policy

_RULES = (
    refused.refused_by_postgresql,
    cancelled.made_and_removed,
    columns.still_mapped,
    columns.rename_in_disguise,
    columns.identifier_too_long,
    columns.mismatched_foreign_key,
    keys.short_primary_key,
    keys.key_near_its_limit,
    columns.json_column,
    indexes.hidden_index,
    indexes.foreign_key_without_index,
    indexes.redundant_index,
    locking.several_foreign_keys,
    locking.scan_after_lock,
    locking.locked_repeatedly,
)


def review(
    walked: Sequence[Walked],
    live: Catalog,
    policy: Policy,
    *,
    mapped: Mapping[RelationName, frozenset[str]] | None = None,
) -> tuple[Finding, ...]:
    """Return what is to be known of the changes as a whole.

    Args:
        walked: every change, with the catalog as it finds it.
        live: the catalog as it is now.
        mapped: table to the columns that the models map, None where there are no models.
    """
    plan = whole(walked, live, policy, mapped)
    return tuple(finding for rule in _RULES for finding in rule(plan))
