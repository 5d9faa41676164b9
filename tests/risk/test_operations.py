"""docs/operations.md: each known operation has a migration type or a reason why not; docs/risk-table.md is current."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from online_migrate.catalog.model import Catalog
from online_migrate.catalog.resolve import resolver
from online_migrate.cli.main import cli
from online_migrate.grammar.read import read
from online_migrate.policy import Policy
from online_migrate.risk.assess import assess
from online_migrate.risk.document import document
from online_migrate.risk.table import risk_table

DOCS = Path(__file__).parents[2] / "docs"
ROWS = [
    [cell.strip().strip("`") for cell in line.strip("|").split("|")]
    for line in (DOCS / "operations.md").read_text().splitlines()
    if line.startswith("| ") and line[2].isdigit()
]
KNOWN_OPERATIONS = 68


def test_every_known_operation_is_there() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, KNOWN_OPERATIONS + 1))
    assert all(kind for *_, kind in ROWS)


@pytest.mark.parametrize(("statement", "kind"), [(row[2], row[3]) for row in ROWS if row[2]])
def test_assessor_gives_the_type_that_the_page_says(statement: str, kind: str, catalog: Catalog) -> None:
    assert assess(read(statement, resolver(catalog, ("public",))), catalog, Policy()).migration_type == kind


def test_page_of_the_risk_table_is_current() -> None:
    assert (DOCS / "risk-table.md").read_text() == document(), "python -m online_migrate.risk.document writes it"


@pytest.mark.parametrize("row", risk_table(), ids=lambda row: row.name)
def test_explain_prints_every_row_readably(row: object) -> None:
    name = str(getattr(row, "name", ""))
    result = CliRunner().invoke(cli, ["explain", *name.upper().split()])
    assert result.exit_code == 0
    assert result.output.startswith(name)
    assert all(len(line) <= 80 for line in result.output.splitlines() if "https://" not in line)


def test_explain_lists_the_table_and_suggests_near_names() -> None:
    listed = CliRunner().invoke(cli, ["explain"]).output
    assert all(row.name in listed for row in risk_table())
    assert all(len(line) <= 80 for line in listed.splitlines())
    wrong = CliRunner().invoke(cli, ["explain", "add", "indxe"])
    assert wrong.exit_code == 2
    assert "Did you mean: Add Index" in wrong.output


def test_explain_gives_rows_as_json() -> None:
    one = json.loads(CliRunner().invoke(cli, ["explain", "Add Index", "--format", "json"]).output)
    assert one["locks"] == [{"mode": "Share", "on": "the table and its partitions", "blocks": "writes"}]
    everything = json.loads(CliRunner().invoke(cli, ["explain", "--format", "json"]).output)
    assert [row["name"] for row in everything] == [row.name for row in risk_table()]
