"""Hold every verdict and every step against PostgreSQL 14 to 18, and print how many each of them confirmed.

Usage: python -m tests.matrix [VERSION ...]. Fails unless each version confirms at least 200 forms and contradicts none.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.matrix.servers import EMBEDDED, RELEASES, server

LEAST_FORMS = 200
TESTS = ("tests/risk", "tests/strategies/test_lifecycle.py")
FORMS = ("tests.risk.test_confirmed", "tests.risk.test_outside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one version said.

    Attributes:
        forms: statements whose locks, rewrite and scan are as the assessor says.
        generated: statements of generated schemas, likewise.
        steps: steps of strategies that ran and held the locks they state.
        failed: tests that did not pass, by name.
    """

    version: int
    forms: int
    generated: int
    steps: int
    failed: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Nothing contradicted, and enough confirmed."""
        return not self.failed and self.forms >= LEAST_FORMS


def confirm(version: int) -> Result:
    """Run the tests of verdicts and steps on one version."""
    with tempfile.TemporaryDirectory() as scratch, server(version) as url:
        report = Path(scratch) / "report.xml"
        command = [sys.executable, "-m", "pytest", *TESTS, f"--junitxml={report}", "-o", "junit_family=xunit1"]
        subprocess.run(command, env={**os.environ, "ONLINE_MIGRATE_TEST_URL": url}, check=False)
        return _result(version, report)


def _result(version: int, report: Path) -> Result:
    # Written by pytest a moment ago.
    cases = list(ElementTree.parse(report).iter("testcase"))
    passed = [c for c in cases if all(c.find(tag) is None for tag in ("failure", "error", "skipped"))]
    return Result(
        version=version,
        forms=sum(c.get("classname") in FORMS for c in passed),
        generated=_total(passed, "generated"),
        steps=_total(passed, "steps"),
        failed=tuple(str(c.get("name")) for c in cases if c.find("failure") is not None or c.find("error") is not None),
    )


def _total(cases: list[ElementTree.Element], name: str) -> int:
    found = (p for c in cases for p in c.iter("property") if p.get("name") == name)
    return sum(int(p.get("value", "0")) for p in found)


def main() -> int:
    """Return 0 when every version asked for agrees."""
    versions = [int(argument) for argument in sys.argv[1:]] or [*RELEASES, EMBEDDED]
    results = [confirm(version) for version in versions]
    print("\nPostgreSQL  forms confirmed  generated  steps confirmed  contradicted")
    for r in results:
        print(f"{r.version:<10}  {r.forms:>15}  {r.generated:>9}  {r.steps:>15}  {len(r.failed):>12}")
        for name in r.failed:
            print(f"            {name}")
    return 0 if all(r.passed for r in results) else 1


if __name__ == "__main__":
    sys.exit(main())
