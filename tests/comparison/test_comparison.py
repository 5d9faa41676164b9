"""Statements of each kind that other linters know: told when unsafe, not when safe, and documented."""

import pytest

from tests.comparison.rules import DOCUMENT, Rule, document, rules, said_about

UNSAFE = [(rule, script) for rule in rules() for script in rule.unsafe]
SAFE = [(rule, script) for rule in rules() for script in rule.safe]


@pytest.mark.parametrize(("rule", "script"), UNSAFE, ids=lambda v: v.name if isinstance(v, Rule) else None)
def test_what_is_unsafe_is_told(rule: Rule, script: str) -> None:
    expected = {rule.said} if rule.said is not None else set()
    assert expected <= said_about(script)
    if rule.quiet:
        assert said_about(script) == frozenset()


@pytest.mark.parametrize(("rule", "script"), SAFE, ids=lambda v: v.name if isinstance(v, Rule) else None)
def test_what_is_safe_is_not(rule: Rule, script: str) -> None:
    assert said_about(script) == frozenset()


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r.name)
def test_a_rule_says_something_or_why_not(rule: Rule) -> None:
    assert rule.quiet == (rule.said is None)
    assert rule.unsafe or rule.quiet
    assert rule.difference or rule.said


def test_the_document_is_that_of_the_rules() -> None:
    assert DOCUMENT.read_text() == document(), "run python -m tests.comparison.rules"
