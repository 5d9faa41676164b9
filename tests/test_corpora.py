"""A fixed part of `make corpora`: the riskiest revisions of mlflow, over filled tables."""

import pytest

from online_migrate.embedded import Server
from tests.corpora.corpus import MLFLOW, Environment, IndexUnreachable, install
from tests.corpora.walk import Walk, naive, online

SELF_TEST = frozenset({"451aebb31d03", "1b5f0d9ad7c1"})
RISKY = frozenset(
    {
        "451aebb31d03",  # a column with a default becomes part of the primary key
        "90e64c465722",  # rows written through an ORM session
        "bd07f7e963c5",  # indexes
        "7ac759974ad8",  # a longer varchar
        "cfd24bdc0731",  # a check made anew
        "0584bdc529eb",  # foreign keys made anew, with CASCADE
        "6953534de441",  # NOT NULL column with a default
        "acf3f17fdcc7",  # nullable column
        "4465047574b1",  # text types
        "1bd49d398cd23",  # raw SQL
        "5d2d30f0abce",  # alter columns and indexes together
        "1b5f0d9ad7c1",  # workspaces: columns, keys and uniques of every table
        "75868b020152",  # reads, checks and moves rows by Python
        "dc11669786a5",  # rows changed by UPDATE
    }
)


@pytest.fixture(scope="module")
def mlflow() -> Environment:
    try:
        return install(MLFLOW)
    except IndexUnreachable as error:
        pytest.skip(f"mlflow is not installed here. {error}")


@pytest.mark.timeout(900)  # pip included
def test_the_harness_itself_finds_no_difference_between_two_naive_runs(mlflow: Environment) -> None:
    with Server.start() as server:
        for outcome in Walk(mlflow, server, rows=50, deploy=naive, only=SELF_TEST).run():
            assert outcome.refused is None, outcome.trace
            assert outcome.same, outcome.differences


@pytest.mark.timeout(900)  # pip included
def test_risky_revisions_of_mlflow_end_as_with_plain_alembic(mlflow: Environment) -> None:
    with Server.start() as server:
        outcomes = list(Walk(mlflow, server, rows=100, deploy=online, only=RISKY).run())
    assert {outcome.revision for outcome in outcomes} == RISKY
    assert {outcome.revision: outcome.refused for outcome in outcomes if outcome.refused} == {}
    assert {outcome.revision: (outcome.failed, outcome.differences) for outcome in outcomes if not outcome.same} == {}
