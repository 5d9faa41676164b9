"""A revision's Python function called from a deploy: it runs in an isolated process, rows go in and values come out."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from online_migrate.errors import CaptureFailed, RevisionFailed
from online_migrate.sources.project import Project

Compute = Callable[[Sequence[Mapping[str, Any]]], list[Any]]


@contextmanager
def computing(project: Project, function: str) -> Iterator[Compute]:
    """Yield what computes new values for rows, as the function named "<revision>:<name>" does.

    The process lives as long as the block, and ends with this one, however that ends.

    Raises:
        RevisionFailed: there is no such function, or (of a call) it raised; the message says where.
        CaptureFailed: the process ended by itself.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        request = json.dumps({"project": project.as_json(), "function": function, "descriptor": theirs.fileno()})
        process = subprocess.Popen(
            [sys.executable, "-m", "online_migrate.sources.computing_process", request],
            cwd=project.directory,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        theirs.close()
        with Connection(os.dup(ours.fileno())) as connection:

            def compute(rows: Sequence[Mapping[str, Any]]) -> list[Any]:
                try:
                    connection.send(list(rows))
                    answer = connection.recv()
                except (EOFError, OSError):
                    raise CaptureFailed(f"The process that runs {function} ended.", hint=_HINT) from None
                if isinstance(answer, str):
                    raise RevisionFailed(answer, hint=_HINT)
                return list(answer)

            try:
                compute([])
                yield compute
            finally:
                ours.shutdown(socket.SHUT_RDWR)
                process.wait()


_HINT = "The batches before are kept. Mend the function and run the same command again; it carries on there."
