"""Which revisions come before which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from online_migrate.sources.process import ask
from online_migrate.sources.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The graph of a project's revisions.

    Attributes:
        parents: revisions directly before each one, `depends_on` included.
        heads: revisions that nothing comes after.
        files: the path of each revision.
    """

    parents: Mapping[str, tuple[str, ...]]
    heads: tuple[str, ...]
    files: Mapping[str, str]

    def ancestors(self, revisions: Iterable[str]) -> frozenset[str]:
        """Return the revisions that are applied when these are heads of a database, themselves included."""
        found: set[str] = set()
        waiting = [r for r in revisions if r in self.parents]
        while waiting:
            revision = waiting.pop()
            if revision not in found:
                found.add(revision)
                waiting.extend(self.parents[revision])
        return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """The database of a project: its URL, password included (never print it), and Alembic's heads in it."""

    database_url: str
    current: tuple[str, ...]


def locate(project: Project, database_url: str | None = None) -> Whereabouts:
    """Return the database that env.py connects to (or `database_url` in its stead). It is only read.

    Raises:
        ProjectInvalid, ApplicationNotLoaded, CaptureFailed, NotPostgreSQL: env.py did not get that far.
    """
    answer = ask(project, "locate", database_url=database_url)
    return Whereabouts(database_url=answer["database_url"], current=tuple(answer["current"]))


def lineage(project: Project) -> Lineage:
    """Return the graph of a project's revisions; no database is asked.

    Raises:
        ProjectInvalid, ApplicationNotLoaded, CaptureFailed: the revisions cannot be read.
    """
    answer = ask(project, "lineage")
    parents = {revision: tuple(before) for revision, before in answer["parents"].items()}
    return Lineage(parents=parents, heads=tuple(answer["heads"]), files=answer["files"])
