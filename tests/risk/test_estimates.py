"""Estimates: what they grow with, what narrows them, and how many statements would wait meanwhile."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from online_migrate.catalog.model import Catalog
from online_migrate.plan.assessment import Assessment, Risk
from online_migrate.risk.rates import DOCUMENTED, FASTER, NAMES, SLOWER, rates_of, slowest
from tests.risk.test_verdicts import LARGE, MB, SMALL, USERS, catalog_of, verdict

STATEMENTS = (
    "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid()",
    "ALTER TABLE users ALTER team_id TYPE text",
    "CREATE INDEX z ON users (team_id)",
    "CREATE INDEX z ON users (email)",
    "ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES teams (id)",
    "ALTER TABLE users ADD CHECK (id > 0)",
    "ALTER TABLE users ALTER email SET NOT NULL",
    "ALTER TABLE users ADD UNIQUE (email)",
    "UPDATE users SET email = ''",
    "DELETE FROM users",
)
MEASURED = {name: sum(getattr(DOCUMENTED, name)) / 2 for name in NAMES}


def calibrated(catalog: Catalog) -> Catalog:
    return replace(catalog, rates=MEASURED, calibrated="2026-11-22", cache_bytes=4096 * MB)


@pytest.mark.parametrize("sql", STATEMENTS)
@given(size=st.integers(0, 10**12), more=st.integers(0, 10**12), rows=st.floats(0, 1e9), more_rows=st.floats(0, 1e9))
def test_more_bytes_and_more_rows_take_no_less(sql: str, size: int, more: int, rows: float, more_rows: float) -> None:
    for known in (lambda c: c, calibrated):
        less, greater = (
            verdict(sql, known(catalog)).estimate_s
            for catalog in (catalog_of(size, rows), catalog_of(size + more, rows + more_rows))
        )
        assert less[0] <= less[1]
        assert less[0] <= greater[0]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_what_was_measured_narrows_the_range(sql: str) -> None:
    low, high = verdict(sql, calibrated(LARGE)).estimate_s
    first, last = verdict(sql).estimate_s
    assert high / low < last / first
    # The locks themselves are always counted by the documented rate.
    assert high / low == pytest.approx(SLOWER * FASTER, rel=0.05)


def test_what_was_measured_makes_no_table_small() -> None:
    fast = {name: getattr(DOCUMENTED, name)[0] / 100 for name in NAMES}
    assert (
        verdict("ALTER TABLE users ADD CHECK (id > 0)", replace(LARGE, rates=fast, cache_bytes=4096 * MB)).risk
        is Risk.HIGH
    )
    slow = {name: getattr(DOCUMENTED, name)[1] * 100 for name in NAMES}
    assert verdict("CREATE INDEX z ON users (email)", SMALL).risk is Risk.MINIMAL
    assert verdict("CREATE INDEX z ON users (email)", replace(SMALL, rates=slow)).risk is Risk.HIGH
    assert all(getattr(slowest(rates_of(fast)), name)[1] == getattr(DOCUMENTED, name)[1] for name in NAMES)


def test_rates_of_another_version_of_ours_are_passed_over() -> None:
    assert rates_of({"no_such_rate": 1.0}) == DOCUMENTED


def test_a_table_larger_than_the_memory_may_come_from_the_disk() -> None:
    fast = replace(LARGE, rates={**MEASURED, "scan_byte": DOCUMENTED.scan_byte[0]}, cache_bytes=4096 * MB)
    warm = verdict("ALTER TABLE users ADD CHECK (id > 0)", fast).estimate_s
    cold = verdict("ALTER TABLE users ADD CHECK (id > 0)", replace(fast, cache_bytes=MB)).estimate_s
    assert cold[0] == warm[0]
    assert cold[1] > warm[1]


def slower(sql: str, than: str) -> bool:
    return verdict(sql).estimate_s[1] > verdict(than).estimate_s[1]


def test_text_takes_longer_to_index_than_numbers() -> None:
    assert slower("CREATE INDEX z ON users (email)", than="CREATE INDEX z ON users (team_id)")


def test_what_is_done_for_each_row_counts() -> None:
    assert slower(
        "ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES teams (id)", than="ALTER TABLE users ADD CHECK (id > 0)"
    )
    assert slower(
        "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid()",
        than="ALTER TABLE users ALTER amount TYPE text",
    )
    assert slower("UPDATE users SET email = ''", than="DELETE FROM users")


def used(seconds: float | None, *, writes: int, reads: int) -> Catalog:
    tables = {**LARGE.tables, USERS: replace(LARGE.tables[USERS], writes=writes, reads=reads)}
    return replace(LARGE, statistics_s=seconds, tables=tables)


def waits(sql: str, catalog: Catalog) -> tuple[Assessment, tuple[int, int]]:
    said = verdict(sql, catalog)
    assert said.waiting_statements is not None
    return said, said.waiting_statements


def test_statements_that_would_wait() -> None:
    busy = used(1000.0, writes=50_000, reads=200_000)
    said, (low, high) = waits("CREATE INDEX z ON users (email)", busy)
    assert (low, high) == (int(50 * said.estimate_s[0]), -int(-50 * said.estimate_s[1] // 1))
    said, (low, high) = waits("ALTER TABLE users ADD CHECK (id > 0)", busy)
    assert low == int(250 * said.estimate_s[0])
    assert waits("CREATE INDEX CONCURRENTLY z ON users (email)", busy)[1] == (0, 0)
    # Of rows only their own writers wait.
    _, (low, high) = waits("UPDATE users SET email = ''", busy)
    assert low == 0
    assert high > 0


def test_statements_that_wait_are_not_known_of_young_statistics() -> None:
    for seconds in (None, 5.0):
        catalog = used(seconds, writes=50_000, reads=0)
        assert verdict("CREATE INDEX z ON users (email)", catalog).waiting_statements is None


def test_rows_are_believed_as_long_as_pages_can_hold_so_few() -> None:
    sql = "CREATE INDEX z ON users (team_id)"
    believed = verdict(sql, catalog_of(229 * MB, 300_000)).estimate_s[1]
    stale = verdict(sql, catalog_of(229 * MB, 3)).estimate_s[1]
    assert stale > 5 * believed
