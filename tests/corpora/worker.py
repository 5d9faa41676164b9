"""Runs inside a corpus's own environment, by path: takes one JSON request a line, answers each with one line.

Importing an application takes longer than most of its revisions. So one process serves the whole history, and where
our command starts a process anew to run env.py isolated, it is forked here from one that has imported everything.
"""

import contextlib
import importlib
import io
import json
import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine

from online_migrate.cli.main import main
from online_migrate.sources import capture_process, process

FORKS = multiprocessing.get_context("forkserver")


def history(config: str) -> list[str]:
    """Return the revisions in the order in which Alembic runs them."""
    script = ScriptDirectory.from_config(Config(config))
    return [revision.revision for revision in script.walk_revisions()][::-1]


def prepare(metadata: str) -> None:
    """Create the tables that stand before the first revision."""
    module, name = metadata.split(":")
    base = getattr(importlib.import_module(module), name)
    base.metadata.create_all(create_engine(os.environ["CORPUS_DATABASE_URL"], poolclass=NullPool))


def upgrade(config: str, revision: str) -> None:
    """Run the revision as Alembic does."""
    command.upgrade(Config(config), revision)


def online_migrate(arguments: list[str]) -> str:
    """Run our command with these arguments and return what it printed.

    Raises:
        RuntimeError: it ended with another status than 0; the message holds all it said.
    """
    sys.argv = ["online-migrate", *arguments]
    said, complained = io.StringIO(), io.StringIO()
    status: object = 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        try:
            main()
        except SystemExit as end:
            status = end.code
    if status:
        raise RuntimeError(f"status {status}\n{complained.getvalue()}\n{said.getvalue()}")
    return said.getvalue()


def downgrade(config: str, revision: str) -> None:
    """Go back to the revision as Alembic does."""
    command.downgrade(Config(config), revision)


REQUESTS: dict[str, Callable[..., object]] = {
    "history": history,
    "prepare": prepare,
    "upgrade": upgrade,
    "downgrade": downgrade,
    "online_migrate": online_migrate,
}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked; a failure is an answer too."""
    os.environ["CORPUS_DATABASE_URL"] = request["url"]
    began = time.monotonic()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            result = REQUESTS[request["do"]](**request["arguments"])
    except Exception as error:  # noqa: BLE001 - the revisions are strangers: whatever they raise is reported
        trace = traceback.format_exc()
        return {"error": f"{type(error).__name__}: {error}", "trace": trace, "seconds": time.monotonic() - began}
    return {"result": result, "seconds": time.monotonic() - began}


def forked(directory: Path, request: str) -> tuple[int, str]:
    """Do what `process.start` does."""
    child = FORKS.Process(target=_captured, args=(directory, request, dict(os.environ)))
    child.start()
    child.join()
    return child.exitcode or 0, "what it said is in the log of the worker"


def _captured(directory: Path, request: str, environment: dict[str, str]) -> None:
    os.chdir(directory)
    os.environ.update(environment)
    sys.stdin = io.StringIO(request)
    with contextlib.redirect_stdout(sys.stderr):
        capture_process.main()


def serve(imports: list[str]) -> None:
    """Answer until the input ends. What the applications print goes to the standard error output."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # an application's logging may have taken hold of it on import
    FORKS.set_forkserver_preload(["online_migrate.sources.capture_process", *imports])
    process.start = forked
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1:])
