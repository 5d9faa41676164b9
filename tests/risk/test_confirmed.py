"""The assessor's verdicts, held against what the server does for the same statement on the same catalog."""

import psycopg
import pytest

from online_migrate.catalog.model import Catalog
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar.read import read
from online_migrate.plan.assessment import Assessment
from online_migrate.policy import Policy
from online_migrate.risk.assess import assess
from online_migrate.risk.table import migration_type
from tests.risk.observe import forms, observe


def verdict(statement: str, catalog: Catalog) -> Assessment:
    return assess(read(statement, resolver(catalog, ("public",))), catalog, Policy())


@pytest.mark.parametrize("statement", forms(18))
def test_server_agrees(statement: str, situations: psycopg.Connection, catalog: Catalog, server_version: int) -> None:
    if statement not in forms(server_version):
        pytest.skip(f"PostgreSQL {server_version} does not know it")
    said = verdict(statement, catalog)
    done = observe(situations, statement)
    assert {lock.relation: lock.mode for lock in said.locks} == done.locks
    assert said.rewrites == done.rewrites
    assert said.scans == done.scans
    _check_row(said, server_version)


def _check_row(said: Assessment, version: int) -> None:
    """The row of the risk table does not deny what the server did."""
    row = migration_type(said.migration_type)
    assert row.since <= version <= (row.until or version)
    assert said.rewrites <= (row.rewrites != "no")
    assert said.scans <= (row.scans != "no")
    modes = {lock.mode for lock in row.locks}
    assert None in modes or {lock.mode for lock in said.locks} <= modes
