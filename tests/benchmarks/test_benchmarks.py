"""The benchmarks themselves: a quick one from end to end, and what counts as short or failed."""

from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from benchmarks import computed_column, page, results, tables
from benchmarks.__main__ import main
from benchmarks.model import Benchmark, Figure, Findings, WrongResult, ratios
from benchmarks.results import Result


def test_a_quick_run_measures_verifies_and_keeps_its_results(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["computed_column", "--quick", "--results", str(tmp_path)])

    assert done.exit_code == 0, done.output
    (found,) = results.load([computed_column.BENCHMARK], tmp_path)
    assert found.failed is None
    assert {len(samples) for samples in found.findings.samples.values()} == {1}
    assert len(found.findings.figures) == 13
    page.write([found], tmp_path / "performance.md")
    written = (tmp_path / "performance.md").read_text()
    assert computed_column.BENCHMARK.title in written
    assert "shared_buffers = 512MB" in written


@pytest.mark.parametrize(
    ("figure", "state"),
    [
        (Figure(what="time", values=(0.7, 0.5, 0.59), at_most=0.6), "ok"),
        (Figure(what="time", values=(0.7, 0.5, 0.61), at_most=0.6), "short"),
        (Figure(what="inside", values=(7.0,), at_least=8), "short"),
        (Figure(what="time", values=(9.0,)), "reported"),
    ],
)
def test_the_median_is_held_against_what_is_required(figure: Figure, state: str) -> None:
    assert figure.state == state


def test_only_runs_of_the_same_round_are_compared() -> None:
    samples = {"a": [{"time_s": 1.0}, {"time_s": 6.0}], "b": [{"time_s": 2.0}, {"time_s": 8.0}]}
    assert ratios(samples, "time_s", "a", "b") == (0.5, 0.75)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    benchmark = Benchmark(name="planning", title="planning", measure=computed_column.measure)
    findings = Findings(
        figures=(Figure(what="time", values=(1.0, 2.0), unit="s"),), samples={"a": [{"time_s": 1.0}]}, notes=("note",)
    )
    result = Result(
        benchmark="planning",
        title="planning",
        day="2030-01-01",
        runs=2,
        load=0.5,
        machine={"memory": "1 GiB"},
        findings=findings,
    )
    results.save(result, tmp_path)
    assert results.load([benchmark], tmp_path) == (result,)


@pytest.mark.parametrize(
    "damage",
    [
        b"UPDATE account SET full_name = 'wrong' WHERE id = 7",
        b"UPDATE account SET full_name = NULL WHERE id = 7",
        b"UPDATE account SET note = 'changed' WHERE id = 7",
        b"DELETE FROM account WHERE id = 7",
    ],
)
def test_a_wrong_result_is_found(connection: psycopg.Connection, damage: bytes) -> None:
    connection.execute(tables.query("account"))
    psycopg.RawCursor(connection).execute(tables.query("fill_account"), [20])
    connection.execute(tables.query("full_name"))
    tables.verify(connection, 20)
    connection.execute(damage)
    with pytest.raises(WrongResult):
        tables.verify(connection, 20)
