"""Which database a command is about, and the project it belongs to."""

from functools import cached_property
from pathlib import Path

from online_migrate.cli.main import Settings
from online_migrate.database import Database
from online_migrate.errors import ProjectNotFound, UsageError
from online_migrate.sources.capture import Capture, Scratch, capture
from online_migrate.sources.lineage import Lineage, lineage, locate
from online_migrate.sources.project import Project, find_project


class Location:
    """The project of the current directory if there is one, and the database.

    Running env.py takes as long as the rest of a command: it is asked for its database only where nothing else has
    told it, and a capture tells it.

    Args:
        project: None where only a database was given.
        database: None where env.py names it.
        direct_url: past a pooler to the same database.
    """

    def __init__(self, project: Project | None, database: Database | None, direct_url: str | None = None) -> None:
        self.project = project
        self._database = database
        self._direct_url = direct_url

    @property
    def database(self) -> Database:
        """The one given, or the one that env.py connects to.

        Raises:
            UsageError: env.py does not get as far as connecting (see `sources.lineage.locate`).
        """
        if self._database is None:
            self._database = Database(locate(self.required_project("the database")).database_url, self._direct_url)
        return self._database

    def capture(self, target: str, *, autogenerate: bool, downgrade: bool, scratch: Scratch | None) -> Capture:
        """Return what is pending; see `sources.capture.capture`."""
        url = self._database.url if self._database is not None else None
        project = self.required_project("what is pending")
        captured = capture(project, url, target, autogenerate=autogenerate, downgrade=downgrade, scratch=scratch)
        self._database = self._database or Database(captured.database_url, self._direct_url)
        return captured

    @cached_property
    def lineage(self) -> Lineage:
        """The project's revisions; read at most once, and only when asked. Raises as `sources.lineage.lineage` does."""
        return lineage(self.required_project("the order of revisions"))

    def required_project(self, wanted: str) -> Project:
        """Return the project.

        Args:
            wanted: what is read from it, for the message.

        Raises:
            ProjectNotFound: there is none.
        """
        if self.project is None:
            raise ProjectNotFound(
                f"No migrations were found here, and {wanted} is read from them: looked for alembic.ini, "
                "[tool.alembic] in pyproject.toml, and a Flask-Migrate directory migrations/.",
                hint="Run the command where alembic.ini is, or give --config.",
            )
        return self.project


def find_location(settings: Settings) -> Location:
    """Return where to work: --database-url, or what the project's env.py connects to.

    Raises:
        UsageError: there is neither; and what finding the project raises.
    """
    database = Database(settings.database_url, settings.direct_url) if settings.database_url else None
    config = Path(settings.config) if settings.config else None
    try:
        project = find_project(Path.cwd(), config, settings.app, x=settings.x)
    except ProjectNotFound as error:
        if database is None or config is not None:
            raise UsageError(
                error.message, hint="Run it where alembic.ini is, give --config, or give --database-url."
            ) from None
        return Location(None, database)
    return Location(project, database, settings.direct_url)
