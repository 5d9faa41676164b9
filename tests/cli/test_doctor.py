"""`doctor` from the command line, and what a calibration changes in a plan."""

import json
from pathlib import Path

import psycopg

from online_migrate.execution import schema
from online_migrate.execution.calibration.store import store
from online_migrate.plan.serialise import from_json
from online_migrate.risk.rates import DOCUMENTED, NAMES
from tests.cli.conftest import Run
from tests.sources.projects import Maker


def test_no_problem_is_status_0(run: Run, database: str) -> None:
    ended = run("--database-url", database, "doctor")
    assert ended.status == 0, ended
    assert "0 problems" in ended.output
    told = json.loads(run("--database-url", database, "doctor", "--format", "json").output)
    assert told["health"] == "warning"
    assert {"subject", "health", "what", "do"} == set(told["diagnoses"][0])


def test_a_problem_is_status_1_and_comes_first(run: Run, database: str, connection: psycopg.Connection) -> None:
    schema.install(connection)
    connection.execute(b"INSERT INTO online_migrate.schema_version VALUES (99, '9.9', now())")
    ended = run("--database-url", database, "doctor")
    assert ended.status == 1
    assert ended.output.startswith("problem  journal")
    assert "1 problem," in ended.output
    assert json.loads(run("--database-url", database, "doctor", "--format", "json").output)["health"] == "problem"


def test_the_tables_of_a_plan_file(run: Run, users: Maker, tmp_path: Path) -> None:
    users.revision("a2", "op.add_column('users', sa.Column('code', sa.Integer()))")
    (tmp_path / "plan.json").write_text(run("plan", "--format", "json").output)
    assert "plan-ownership" in run("doctor", "--plan", "plan.json").output


def test_a_calibration_asks_first(run: Run, database: str, connection: psycopg.Connection) -> None:
    ended = run("--database-url", database, "doctor", "--calibrate", given="n\n")
    assert (ended.status, ended.output) == (0, "")
    assert "Nothing was measured." in ended.told
    assert connection.execute(b"SELECT to_regnamespace('online_migrate')").fetchone() == (None,)


def test_a_plan_uses_a_calibration_and_says_so(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    users.revision("a2", "op.create_index('ix', 'users', ['age'])")
    before = from_json(run("plan", "--format", "json").output)
    store(connection, dict.fromkeys(NAMES, DOCUMENTED.index_row[0]))
    after = from_json(run("plan", "--format", "json").output)
    assert (before.calibrated is None, after.calibrated is None) == (True, False)
    assert before.operations[0].assessment.estimate_s != after.operations[0].assessment.estimate_s
    assert f"Estimates calibrated {after.calibrated}." in run("plan").output


def test_measuring_for_good(run: Run, database: str, connection: psycopg.Connection) -> None:
    told = json.loads(run("--database-url", database, "doctor", "--calibrate", "--yes", "--format", "json").output)
    kept: dict[str, float] = dict(connection.execute(b"SELECT name, seconds FROM online_migrate.rates").fetchall())
    assert told["rates"] == kept
    assert "Calibrated" in run("--database-url", database, "doctor").output


def test_statements_that_would_wait(run: Run, users: Maker, connection: psycopg.Connection) -> None:
    users.revision("a2", "op.create_index('ix', 'users', ['age'])")
    connection.execute(b"SELECT pg_stat_reset()")
    young = from_json(run("plan", "--format", "json").output)
    assert young.operations[0].assessment.waiting_statements is None
    assert "waits" not in run("plan").output
