"""The policy from pyproject.toml: what is understood, and what is refused."""

from pathlib import Path

import pytest

from online_migrate.config import ConfigurationError, read_policy
from online_migrate.policy import Policy


def policy_of(directory: Path, text: str) -> Policy:
    (directory / "pyproject.toml").write_text(f"[tool.online-migrate]\n{text}\n")
    return read_policy(directory)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pacing_lag_s = 30", Policy(pacing_lag_s=30.0)),
        ("pacing_lag_s = 0.5", Policy(pacing_lag_s=0.5)),
        ("pacing_blocked_ms = 0", Policy(pacing_blocked_ms=0)),
        (
            'pacing_query = "SELECT 1"\npacing_query_limit = -3',
            Policy(pacing_query="SELECT 1", pacing_query_limit=-3.0),
        ),
        ("lock_total_s = 0", Policy(lock_total_s=0)),
    ],
)
def test_what_is_understood(tmp_path: Path, text: str, expected: Policy) -> None:
    assert policy_of(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pacing_lag = 30", "no setting 'pacing_lag'"),
        ("pacing_lag_s = -1", "must be 0 at least"),
        ("pacing_lag_s = inf", "must be 0 at least"),
        ("pacing_lag_s = nan", "must be 0 at least"),
        ("pacing_blocked_ms = 0.5", "must be of type int"),
        ("pacing_lag_s = true", "must be of type float"),
        ("lock_budget_ms = 0", "must be 1 at least"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        policy_of(tmp_path, text)
