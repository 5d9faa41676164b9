"""docs/strategies.md is what the planner does, and all in it is online but what is named here."""

import pytest

from online_migrate.catalog.model import Catalog
from online_migrate.risk.table import risk_table
from tests.risk.strategies_page import OPERATIONS, VERSION, document, examples

# PostgreSQL writes the table anew, or has no NOT VALID, so that there is nothing to do beside the writers.
WITHOUT_ONLINE_FORM = frozenset(
    {
        "Add Stored Generated Column",
        "Add Column of constrained domain",
        "Set Expression",
        "Add Exclusion Constraint",
        "Set Logged or Unlogged",
        "Move Table to Tablespace",
        "Set Access Method",
        "Cluster",
        "Vacuum Full",
        "Alter Domain with check of its tables",
    }
)
# Nothing blocks, or nobody can know; what breaks, breaks by being asked for.
BREAKING_OR_OPAQUE = frozenset(
    {
        "Opaque Code",
        "Rename Enum Value",
        "Rename Enum",
        "Alter Composite Type",
    }
)
# A Python revision is no statement; the schema has nothing for the others.
WITHOUT_EXAMPLE = frozenset({"Python Revision", "Enforce Constraint", "Attach Index", "Other"})


@pytest.fixture
def catalog_18(catalog: Catalog) -> Catalog:
    """The catalog, where the server is the one that the page is about."""
    if catalog.server_version_num // 10000 != VERSION:
        pytest.skip(f"the page is about PostgreSQL {VERSION}")
    return catalog


def test_the_page_is_current(catalog_18: Catalog) -> None:
    page = (OPERATIONS.parent / "strategies.md").read_text()
    assert page == document(catalog_18), "python -m tests.risk.strategies_page > docs/strategies.md"


def test_every_row_of_the_risk_table_is_there(catalog_18: Catalog) -> None:
    first, rest = examples(catalog_18)
    found = {example.planned.assessment.migration_type for example in (*first, *rest)}
    assert {row.name for row in risk_table()} - found == WITHOUT_EXAMPLE


def test_everything_is_online_but_what_is_named(catalog_18: Catalog) -> None:
    first, rest = examples(catalog_18)
    planned = [example.planned for example in (*first, *rest)]
    assert {p.assessment.migration_type for p in planned if p.blocking} == WITHOUT_ONLINE_FORM
    others = {p.assessment.migration_type for p in planned if not p.online and not p.blocking}
    assert others == BREAKING_OR_OPAQUE
