"""The other end of worker.py."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.corpora.corpus import Environment


class Refused(Exception):
    """The worker could not do what was asked; says why in one line, and the trace holds the rest."""

    def __init__(self, error: str, trace: str) -> None:
        super().__init__(error)
        self.trace = trace


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request returned, and the seconds it took."""

    result: Any
    seconds: float


class Worker:
    """A process in the corpus's environment that runs revisions on the databases it is given."""

    def __init__(self, environment: Environment, log: Path) -> None:
        self.environment = environment
        self._log = log.open("a")
        home = environment.config.parent
        self._process = subprocess.Popen(
            [environment.python, "-W", "ignore", Path(__file__).with_name("worker.py"), *environment.corpus.imports],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=home,
            env={
                **os.environ,
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "AIRFLOW_HOME": str(home / "airflow"),
                "PYTHONHASHSEED": "0",
                "COLUMNS": "200",
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        self._log.close()

    def history(self) -> list[str]:
        """Return the revisions in the order in which Alembic runs them."""
        revisions: list[str] = self._ask("postgresql+psycopg2://", "history", config=self._config).result
        return revisions

    def prepare(self, url: str) -> None:
        """Create what must stand before the first revision."""
        if self.environment.corpus.metadata is not None:
            self._ask(url, "prepare", metadata=self.environment.corpus.metadata)

    def upgrade(self, url: str, revision: str) -> Answer:
        """Run one revision as Alembic does."""
        return self._ask(url, "upgrade", config=self._config, revision=revision)

    def downgrade(self, url: str, revision: str) -> Answer:
        """Go back to a revision as Alembic does."""
        return self._ask(url, "downgrade", config=self._config, revision=revision)

    def online_migrate(self, url: str, *arguments: str) -> Answer:
        """Run our own command on this project."""
        return self._ask(url, "online_migrate", arguments=["--config", self._config, *arguments])

    @property
    def _config(self) -> str:
        return str(self.environment.config)

    def _ask(self, url: str, do: str, **arguments: object) -> Answer:
        """Send one request.

        Raises:
            Refused: it failed over there.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        dialect_url = url.replace("postgresql://", "postgresql+psycopg2://", 1)
        self._process.stdin.write(json.dumps({"url": dialect_url, "do": do, "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Refused("the worker died", f"see {self._log.name}")
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"], answer["trace"])
        return Answer(answer["result"], answer["seconds"])
