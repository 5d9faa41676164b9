"""What goes along when rows of a table are deleted, by the foreign keys that refer to them."""

from dataclasses import dataclass

from online_migrate.catalog.model import Catalog, Table, TableConstraint
from online_migrate.plan.names import RelationName

_ACTIONS = ("ON DELETE CASCADE", "ON DELETE SET NULL", "ON DELETE SET DEFAULT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """The tables whose rows a DELETE removes or changes.

    Attributes:
        together: some of these rows may be deleted only, or must be, with others of them, so that it matters which are
            deleted in one statement.
    """

    tables: frozenset[RelationName]
    together: bool


def going(catalog: Catalog, targets: frozenset[RelationName]) -> Going:
    """Return what a DELETE on these tables (one with its heirs or partitions) reaches."""
    own = frozenset(name for target in targets for name in family(catalog, target))
    reached, ahead = own, own
    while ahead:
        found = {t.name for name in ahead for t, key in catalog.referencing(name) if _acts(key)}
        ahead = frozenset(name for table in found for name in family(catalog, table)) - reached
        reached |= ahead
    back = [pair for name in reached for pair in catalog.referencing(name)]
    return Going(tables=reached, together=any(_ties(table, key, own, reached) for table, key in back))


def acts(catalog: Catalog, table: RelationName) -> bool:
    """Whether rows of other tables go or change with those of this one."""
    return any(_acts(key) for name in family(catalog, table) for _, key in catalog.referencing(name))


def family(catalog: Catalog, name: RelationName) -> frozenset[RelationName]:
    """Return a relation with all above and below it in its tree of partitions or heirs."""
    root = name
    while (found := catalog.table(root)) is not None and found.parent is not None:
        root = found.parent
    return frozenset({name, root, *(t.name for t in catalog.descendants(root))})


def _acts(key: TableConstraint) -> bool:
    return any(action in key.definition for action in _ACTIONS)


def _ties(table: Table, key: TableConstraint, own: frozenset[RelationName], reached: frozenset[RelationName]) -> bool:
    """Whether a key refers from the target to itself, or forbids what another key allows in the same statement."""
    return table.name in own or (table.name in reached and not _acts(key))
