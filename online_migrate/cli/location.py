"""Which database a command is about, and the project it belongs to."""

from dataclasses import dataclass
from pathlib import Path

from online_migrate.cli.main import Settings
from online_migrate.database import Database
from online_migrate.errors import ProjectNotFound, UsageError
from online_migrate.sources.lineage import locate
from online_migrate.sources.project import Project, find_project


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A database, and the project of the current directory if there is one."""

    database: Database
    project: Project | None


def find_location(settings: Settings) -> Location:
    """Return where to work: --database-url, or what the project's env.py connects to.

    Raises:
        UsageError: there is neither; and what finding the project raises.
    """
    config = Path(settings.config) if settings.config else None
    try:
        project = find_project(Path.cwd(), config, settings.app, x=settings.x)
    except ProjectNotFound as error:
        if settings.database_url is None or config is not None:
            raise UsageError(
                error.message, hint="Run it where alembic.ini is, give --config, or give --database-url."
            ) from None
        return Location(database=Database(settings.database_url), project=None)
    url = settings.database_url or locate(project).database_url
    return Location(database=Database(url), project=project)
