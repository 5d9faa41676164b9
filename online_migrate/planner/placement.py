"""The phase in which a statement that runs as written has its place, by what it does to running code."""

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.grammar.kinds import kind_of
from online_migrate.grammar.predicates import is_restrictive
from online_migrate.plan.model import PhaseName

_EXPAND = frozenset(
    {
        "add_column", "set_default", "drop_not_null", "create_table", "create_index", "add_enum_value", "comment",
        "grant", "rename_index", "create_aggregate", "create_cast", "create_collation", "create_type", "create_domain",
        "create_extension", "create_function", "create_operator", "create_procedure", "create_materialized_view",
        "create_policy", "create_publication", "create_schema", "create_sequence", "create_statistics",
        "create_trigger", "create_view", "alter_sequence", "create_partition",
    }
)  # fmt: skip
_CONTRACT = frozenset(
    {
        "drop_column", "drop_table", "drop_index", "drop_default", "drop_aggregate", "drop_cast", "drop_collation",
        "drop_operator", "drop_procedure", "drop_domain", "drop_extension", "drop_function",
        "drop_materialized_view", "drop_policy", "drop_publication", "drop_schema", "drop_sequence",
        "drop_statistics", "drop_trigger", "drop_type", "drop_view", "revoke", "detach_partition",
    }
)  # fmt: skip

# Removals that wait for contract out of courtesy to old code; where a later operation needs them gone
# before the gate (an index of the same name, a view in the way of ALTER TYPE), they run in order instead. Rights that
# are taken and partly given back stay with old code until then.
COURTESY = _CONTRACT - {"drop_column", "drop_table", "drop_schema", "revoke"}


def phase_as_written(statement: s.Statement, catalog: Catalog) -> PhaseName:
    """Return the phase: adding and loosening first, removing last, everything else in between.

    A unique index is a rule for rows, which new code may need gone: it is dropped before the gate. What hides rows from
    code, or refuses NULL in every column of a domain, waits until old code is gone.
    """
    if _tightens(statement):
        return PhaseName.CONTRACT
    if isinstance(statement, s.DropIndex) and _is_unique(statement, catalog):
        return PhaseName.MIGRATE
    kind = kind_of(statement)
    if kind in _EXPAND:
        return PhaseName.EXPAND
    return PhaseName.CONTRACT if kind in _CONTRACT else PhaseName.MIGRATE


def _tightens(statement: s.Statement) -> bool:
    match statement:
        case s.AlterTableOther(subcommand="EnableRowSecurity" | "ForceRowSecurity"):
            return True
        case s.AlterDomain(action="set_not_null"):
            return True
        case s.Other(tag="create_policy"):
            return is_restrictive(statement.sql)
        case _:
            return False


def _is_unique(statement: s.DropIndex, catalog: Catalog) -> bool:
    table = catalog.index_table(statement.index)
    return table is not None and any(index.unique for index in table.indexes if index.name == statement.index)
