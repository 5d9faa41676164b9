"""Running the user's env.py in a process of its own: it may print, log, exit or change globals as it likes."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from online_migrate import errors
from online_migrate.errors import CaptureFailed, OnlineMigrateError, RevisionFailed
from online_migrate.sources.project import Project


def ask(project: Project, task: str, **request: Any) -> dict[str, Any]:
    """Run a task in an isolated process and return its answer.

    Raises:
        OnlineMigrateError: what the process raised; CaptureFailed if it ended without an answer.
    """
    with tempfile.TemporaryDirectory(prefix="online-migrate-") as directory:
        answer = Path(directory) / "answer.json"
        asked = {"project": project.as_json(), "task": task, "answer": str(answer), **request}
        status, complaints = start(Path(project.directory), json.dumps(asked))
        if not answer.exists():
            said = [line for line in complaints.splitlines() if line.strip()][-1:]
            last = "".join(said) or "it said nothing"
            raise CaptureFailed(
                f"The process that runs env.py ended with status {status}: {last}",
                hint="`alembic current` runs the same env.py and may say more.",
            )
        result: dict[str, Any] = json.loads(answer.read_text())
    if "error" in result:
        raise _raised(result["error"])
    return result


def start(directory: Path, request: str) -> tuple[int, str]:
    """Run `capture_process` in this directory to its end; return its status and what it said on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "online_migrate.sources.capture_process"],
        cwd=directory,
        input=request,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def _raised(fields: Mapping[str, Any]) -> OnlineMigrateError:
    """Return the error that the process described."""
    known: type[OnlineMigrateError] = getattr(errors, fields["class"])
    if known is RevisionFailed:
        return RevisionFailed(fields["message"], hint=fields["hint"], sqlstate=fields["sqlstate"])
    error = known.__new__(known)
    OnlineMigrateError.__init__(error, fields["message"], hint=fields["hint"])
    return error
