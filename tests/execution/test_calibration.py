"""A calibration: what it measures, that it leaves nothing behind however it ends, and that plans use it."""

import psycopg
import pytest

from online_migrate.catalog.read import read
from online_migrate.clock import SystemClock
from online_migrate.database import Database
from online_migrate.errors import CalibrationTooSlow
from online_migrate.execution import schema
from online_migrate.execution.calibration.bench import Sample, fit
from online_migrate.execution.calibration.measure import measure
from online_migrate.execution.calibration.store import calibrated_on, store
from online_migrate.risk.rates import NAMES
from tests.conftest import Connect
from tests.waiting import until

ROWS = 2000
DOCUMENTED_ONLY = {"relation"}


class SlowClock(SystemClock):
    """Every look at it is twenty seconds after the one before."""

    __slots__ = ("_looks",)

    def now(self) -> float:
        looks = getattr(self, "_looks", 0) + 1
        object.__setattr__(self, "_looks", looks)
        return looks * 20.0


@pytest.fixture
def journal(connection: psycopg.Connection) -> psycopg.Connection:
    """The test's database with a journal."""
    schema.install(connection)
    return connection


def left_over(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(b"SELECT relname::text FROM pg_class WHERE relname LIKE 'calibration%'").fetchall()
    return [name for (name,) in rows]


def test_every_kind_of_work_is_measured_and_nothing_stays(journal: psycopg.Connection) -> None:
    found = measure(journal, SystemClock(), rows=ROWS)
    assert found.keys() == set(NAMES) - DOCUMENTED_ONLY
    assert all(0 < seconds < 1 for seconds in found.values())
    assert not left_over(journal)


def test_no_table_of_the_application_is_waited_for(journal: psycopg.Connection, second_connection: Connect) -> None:
    journal.execute(b"CREATE TABLE users (id int)")
    holder = second_connection()
    holder.execute(b"BEGIN")
    holder.execute(b"LOCK TABLE users")
    journal.execute(b"SET lock_timeout = '1s'")
    assert measure(journal, SystemClock(), rows=ROWS)


def test_a_server_that_is_too_slow_is_given_up(journal: psycopg.Connection) -> None:
    with pytest.raises(CalibrationTooSlow):
        measure(journal, SlowClock(), rows=ROWS)
    assert not left_over(journal)


def test_killed_in_the_middle_nothing_stays(journal: psycopg.Connection, second_connection: Connect) -> None:
    victim = second_connection()

    class KillingClock(SystemClock):
        """Ends the session while it measures inside its transaction."""

        def now(self) -> float:
            if victim.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
                journal.execute(b"SELECT pg_terminate_backend(%s, 10000)", (victim.info.backend_pid,))
            return super().now()

    with pytest.raises(psycopg.OperationalError):
        measure(victim, KillingClock(), rows=ROWS)
    assert not left_over(journal)


def test_the_catalog_has_the_last_rates_of_this_version(journal: psycopg.Connection) -> None:
    assert read(journal).calibrated is None
    store(journal, {"scan_row": 1.0})
    store(journal, {"scan_row": 2e-7, "index_row": 5e-7})
    catalog = read(journal)
    assert catalog.rates == {"scan_row": 2e-7, "index_row": 5e-7}
    assert calibrated_on(journal) == (catalog.calibrated, catalog.server_version_num // 10000)
    journal.execute(b"UPDATE online_migrate.rates SET server_version_num = 130004")
    assert read(journal).rates == {}


def test_a_role_that_may_not_read_the_journal_plans_by_documented_rates(
    journal: psycopg.Connection, database: str
) -> None:
    store(journal, {"scan_row": 2e-7})
    journal.execute(b"DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    journal.execute(b"SET ROLE reader")
    assert read(journal).rates == {}


def test_statistics_have_an_age(connection: psycopg.Connection) -> None:
    connection.execute(b"SELECT pg_stat_reset()")
    seconds = read(connection).statistics_s
    assert seconds is not None
    assert 0 <= seconds < 600


def test_reads_and_writes_of_a_table(database: str, connection: psycopg.Connection) -> None:
    with Database(database).connect("writer") as writer:
        writer.execute(b"CREATE TABLE t (a int PRIMARY KEY)")
        writer.execute(b"INSERT INTO t SELECT generate_series(1, 5)")
        writer.execute(b"SELECT FROM t WHERE a + 0 = 1")
        writer.execute(b"SET enable_seqscan = off")
        writer.execute(b"SELECT FROM t WHERE a = 1")

    def counted() -> bool:
        (table,) = read(connection).tables.values()
        return table.writes == 5 and table.reads >= 2

    until(counted, "the statistics of the session that has ended are there")


@pytest.mark.parametrize(("row", "byte"), [(2e-7, 3e-10), (1e-6, 1e-9)])
def test_the_time_of_a_row_and_of_a_byte_are_told_apart(row: float, byte: float) -> None:
    short, long = Sample(name="s", rows=8000, bytes=700_000), Sample(name="l", rows=1000, bytes=800_000)
    times = [sample.rows * row + sample.bytes * byte for sample in (short, long)]
    assert fit((short, times[0]), (long, times[1])) == pytest.approx((row, byte))


def test_noise_gives_no_rate_below_nothing() -> None:
    short, long = Sample(name="s", rows=8000, bytes=700_000), Sample(name="l", rows=1000, bytes=800_000)
    for times in ((1.0, 1e-6), (1e-6, 1.0)):
        assert all(rate > 0 for rate in fit((short, times[0]), (long, times[1])))
