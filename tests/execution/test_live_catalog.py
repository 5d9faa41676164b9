"""Reading the catalog does not wait for a table that somebody has taken to himself."""

import psycopg
import pytest

from online_migrate.errors import CatalogLocked
from online_migrate.execution.live_catalog import read_catalog
from tests.conftest import Connect


def test_a_table_held_in_access_exclusive_ends_the_reading_and_names_the_holder(
    connection: psycopg.Connection, second_connection: Connect
) -> None:
    connection.execute("CREATE TABLE held ()")
    holder = second_connection()
    with holder.transaction():
        holder.execute("LOCK held")
        with pytest.raises(CatalogLocked) as caught:
            read_catalog(connection, lock_timeout_ms=50)
    assert f"pid {holder.info.backend_pid} (" in caught.value.message
    assert "on public.held): LOCK held" in caught.value.message
    assert caught.value.exit_status == 3


def test_no_setting_outlives_the_reading(connection: psycopg.Connection) -> None:
    connection.execute("SET lock_timeout = '7s'")
    read_catalog(connection, lock_timeout_ms=50)
    assert connection.execute("SHOW lock_timeout").fetchone() == ("7s",)
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
