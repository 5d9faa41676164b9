"""The house rules that no linter holds."""

import subprocess
import sys
from pathlib import Path

import pytest

import online_migrate

PACKAGE = Path(online_migrate.__file__).parent


@pytest.mark.parametrize("module", ["planner.build", "plan.model", "risk.assess", "grammar.read", "planner.registry"])
def test_planning_loads_no_driver_and_no_framework(module: str) -> None:
    program = f"""
import sys
import online_migrate.{module}
print(*sorted({{"psycopg", "sqlalchemy", "alembic", "flask", "rich"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_command_line_loads_nothing_heavy_to_say_its_help() -> None:
    program = """
import sys
import online_migrate.cli.main
print(*sorted({"psycopg", "sqlalchemy", "alembic", "flask", "rich", "postgast"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_init_but_the_top_one_is_empty() -> None:
    inits = [path for path in PACKAGE.rglob("__init__.py") if path != PACKAGE / "__init__.py"]
    assert inits
    assert [str(path) for path in inits if path.read_text()] == []


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {str(path): length for path, length in lengths.items() if length > 400} == {}
