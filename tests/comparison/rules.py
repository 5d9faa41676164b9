"""The rules of other linters, what is said here about their statements, and docs/comparison.md made of both."""

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from online_migrate.catalog.evolve import apply
from online_migrate.catalog.model import Catalog
from online_migrate.catalog.offline import empty_catalog
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar.parse import operations, split_script
from online_migrate.grammar.read import read
from online_migrate.plan.assessment import Risk
from tests.planner.planning import BIG, plan_of

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "comparison.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of a peer; see rules.toml."""

    peer: str
    name: str
    kind: str
    unsafe: list[str]
    difference: str
    safe: tuple[str, ...] = ()
    said: str | None = None
    quiet: bool = False


@cache
def rules() -> tuple[Rule, ...]:
    """Return all rules, in the order of the file."""
    text = (HERE / "rules.toml").read_text()
    return tuple(Rule(**{**row, "safe": tuple(row.get("safe", ()))}) for row in tomllib.loads(text)["rule"])


@cache
def schema() -> Catalog:
    """Return the catalog that schema.sql makes, every table large."""
    catalog = empty_catalog()
    for statement in split_script((HERE / "schema.sql").read_text()):
        catalog = apply(catalog, read(statement.sql, resolver(catalog, ("public",))))
    tables = {
        n: replace(t, bytes=BIG, total_bytes=2 * BIG, rows=BIG / 100) if t.kind == "r" else t
        for n, t in catalog.tables.items()
    }
    return replace(catalog, tables=tables)


def said_about(script: str) -> frozenset[str]:
    """Return what is said about some statements: types at moderate risk or above, and codes of findings."""
    plan = plan_of(schema(), *operations(script))
    types = {o.assessment.migration_type for o in plan.operations if o.assessment.risk is not Risk.MINIMAL}
    # What a plan does for nothing harms nobody: no rule is about that.
    return frozenset(types | {f.code for f in plan.finding_details} - {"made-and-removed"})


def document() -> str:
    """Return docs/comparison.md."""
    parts = [(HERE / "introduction.md").read_text()]
    for peer in dict.fromkeys(rule.peer for rule in rules()):
        mine = [rule for rule in rules() if rule.peer == peer]
        parts.append(f"\n## {peer}: {len(mine)} rules\n\n")
        parts.append("| Rule | Kind of statement | When unsafe | When safe | Why different |\n|---|---|---|---|---|\n")
        for rule in mine:
            unsafe = "nothing, on purpose" if rule.quiet else f"`{rule.said}`"
            safe = "nothing" if rule.safe or rule.quiet else "always unsafe"
            parts.append(f"| {rule.name} | {rule.kind} | {unsafe} | {safe} | {rule.difference} |\n")
    return "".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(document())
