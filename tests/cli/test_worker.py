"""`online-migrate worker` where there is nothing to help with, and stopped while it waits."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Run


def test_without_a_deploy_it_says_so(run: Run, database: str) -> None:
    ended = run("--database-url", database, "worker")
    assert (ended.status, ended.output) == (0, "No backfill runs now.\n")


def test_a_worker_that_waits_is_stopped_with_status_3(database: str, tmp_path: Path) -> None:
    command = [sys.executable, "-u", "-m", "online_migrate.cli.main", "--database-url", database, "worker", "--wait"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert "Waiting for backfills" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "Stopped as asked" in told
