"""The isolated process of `computing`: rows come through a socket, what the function makes of them goes back."""

import json
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from online_migrate.errors import OnlineMigrateError, RevisionFailed
from online_migrate.sources.environment import failure_text, scripts
from online_migrate.sources.project import Project


def main(request: dict[str, Any]) -> None:
    """Answer until the other end is closed: a list of results, or a text that says what went wrong."""
    # It may be closed in the middle of an answer too.
    with Connection(request["descriptor"]) as connection, suppress(EOFError, OSError):
        try:
            with scripts(Project.from_json(request["project"])) as (_config, script):
                _serve(connection, script, request["function"])
        except OnlineMigrateError as error:
            connection.recv()
            connection.send(error.message)


def _serve(connection: Any, script: ScriptDirectory, called: str) -> None:
    revision, function = _find(script, called)
    while True:
        rows = connection.recv()
        try:
            # The first, empty one only asks whether the function is there.
            answer: Any = list(function(rows)) if rows else []
        except Exception as error:  # noqa: BLE001 - a revision is the user's code
            answer = failure_text(revision.revision, revision.path, error)
        connection.send(answer)


def _find(script: ScriptDirectory, called: str) -> tuple[Any, Any]:
    identity, _, name = called.partition(":")
    try:
        revision = script.get_revision(identity)
    except CommandError:
        revision = None
    function = getattr(revision.module, name, None) if revision is not None else None
    if function is None:
        raise RevisionFailed(f"The function {called} is not in the project's revisions.")
    return revision, function


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
