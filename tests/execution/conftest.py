"""A database with two tables, at revision r1."""

import psycopg
import pytest

from online_migrate.database import Database
from tests.execution.plans import SCHEMA


@pytest.fixture
def target(database: str, connection: psycopg.Connection) -> Database:
    """The database of the plans in plans.py."""
    connection.execute(SCHEMA)
    return Database(database)
