"""A log has a line for each row that the journal gets, and OpenTelemetry a span for each step."""

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.cli.conftest import Run
from tests.sources.projects import Maker

RENAME = """
op.add_column('users', sa.Column('code', sa.Integer(), nullable=True))
op.execute('UPDATE users SET code = age * 2')
op.create_index('users_code', 'users', ['code'])
op.drop_column('users', 'name')
"""


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_line_for_each_row_of_the_journal(
    run: Run, users: Maker, connection: psycopg.Connection, tmp_path: Path
) -> None:
    users.revision("a2", RENAME)
    connection.execute("TRUNCATE online_migrate.event")
    log = tmp_path / "deploy.log"
    for phase in ("migrate", "contract"):
        ended = run("deploy", "--small-tables-online", "--phase", phase, "--log-file", str(log))
        assert ended.status == 0, ended.told
    rows = connection.execute("SELECT event, step_id, deploy_id FROM online_migrate.event ORDER BY id").fetchall()
    names = {name for name, _, _ in rows}
    told = lines(log)
    assert [(line["event"], line.get("step"), line["deploy"]) for line in told if line["event"] in names] == rows
    assert {"deploy_running", "deploy_gate", "deploy_done", "step_running", "step_done"} <= names
    batches = [line for line in told if line["event"] == "batch_done"]
    assert 0 < len(batches) <= 101
    assert batches[-1]["rows_done"] == 20_000


def test_who_is_in_the_way_and_the_end_without_what_they_run(
    run: Run, users: Maker, database: str, tmp_path: Path
) -> None:
    users.revision("a2", "op.add_column('users', sa.Column('b', sa.Integer()))")
    log = tmp_path / "deploy.log"
    with closing(psycopg.connect(database)) as holder:
        holder.execute("SELECT 'a secret', count(*) FROM users")
        ended = run("deploy", "--lock-total", "1", "--log-file", str(log))
    assert ended.status == 3
    told = lines(log)
    assert [line["level"] for line in told if line["event"] == "waiting"] == ["warning"]
    assert (told[-1]["event"], told[-1]["level"], told[-1]["error"]) == ("failed", "error", "LocksNotAvailable")
    assert "a secret" not in json.dumps([line for line in told if line["event"] != "failed"])


def test_a_log_for_people(run: Run, users: Maker, tmp_path: Path) -> None:
    users.revision("a2", "op.add_column('users', sa.Column('b', sa.Integer()))")
    log = tmp_path / "deploy.log"
    assert run("deploy", "--log-format", "text", "--log-file", str(log)).status == 0
    assert re.search(r"Z \[info +\] step_done ", log.read_text(encoding="utf-8"))


def test_spans_and_metrics(run: Run, users: Maker) -> None:
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([reader]))
    users.revision("a2", RENAME)
    assert run("deploy", "--small-tables-online").status == 0
    found = spans.get_finished_spans()
    command = found[-1]
    assert command.name == "online_migrate.deploy"
    assert command.attributes is not None
    assert command.attributes["online_migrate.state"] == "gate"
    steps = [span for span in found if span.name == "online_migrate.step"]
    assert {span.parent.span_id for span in steps if span.parent} == {command.context.span_id}
    assert {"ddl", "concurrent_ddl", "backfill"} <= {
        span.attributes["online_migrate.kind"] for span in steps if span.attributes
    }
    data = json.loads(reader.get_metrics_data().to_json())  # type: ignore[union-attr]
    values = {
        metric["name"]: sum(point.get("value", point.get("count")) for point in metric["data"]["data_points"])
        for metric in data["resource_metrics"][0]["scope_metrics"][0]["metrics"]
    }
    assert values["online_migrate.rows"] == 20_000
    assert values["online_migrate.step.duration"] == len(steps)
