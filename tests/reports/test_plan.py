"""What a plan says of durations."""

import io
from dataclasses import replace

from rich.console import Console

from online_migrate.reports.terminal import show_plan
from tests.planner.planning import catalog_of, plan_of
from tests.planner.test_placement import SCHEMA


def test_how_long_and_how_many_would_wait() -> None:
    live = replace(catalog_of(*SCHEMA), statistics_s=1000.0)
    users = next(t for t in live.tables.values() if t.name.name == "users")
    live = replace(live, tables={**live.tables, users.name: replace(users, writes=10**7, reads=10**7)})
    out = io.StringIO()
    show_plan(plan_of(live, "UPDATE users SET last = first"), Console(file=out, width=80))
    words = " ".join(out.getvalue().split())
    assert "statements of the application, at the average rate" in words
    assert "beside the application" in words
    assert "calibrated" not in words
    show_plan(plan_of(replace(live, calibrated="2026-11-22"), "UPDATE users SET last = first"), Console(file=out))
    assert "Estimates calibrated 2026-11-22." in out.getvalue()
