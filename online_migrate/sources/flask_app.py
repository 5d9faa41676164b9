"""The Flask application of a project, loaded as the `flask` command loads it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from online_migrate.errors import ApplicationNotLoaded, OnlineMigrateError
from online_migrate.sources.place import last_line
from online_migrate.sources.project import Project


@contextmanager
def application_context(project: Project) -> Iterator[object]:
    """Load the application, enter its context and yield its Flask-Migrate configuration object.

    Raises:
        ApplicationNotLoaded: Flask is missing, the application is not found, raises, or has no Flask-Migrate.
    """
    try:
        from flask.cli import NoAppException, ScriptInfo, load_dotenv  # noqa: PLC0415 - only Flask projects have it
    except ImportError as error:
        raise ApplicationNotLoaded(
            "The project has a Flask-Migrate directory and Flask is not installed here.",
            hint="Install online-migrate into the application's own environment.",
        ) from error
    if project.directory not in sys.path:
        sys.path.insert(0, project.directory)
    try:
        load_dotenv()
        app = ScriptInfo(app_import_path=project.app or os.environ.get("FLASK_APP")).load_app()
    except NoAppException as error:
        raise ApplicationNotLoaded(
            f"The Flask application was not found: {_said(error)}", hint="Give --app, or set FLASK_APP."
        ) from error
    except OnlineMigrateError:
        raise
    except Exception as error:  # the application is the user's code
        raise ApplicationNotLoaded(
            f"The Flask application raised while it was loaded: {type(error).__name__}: {last_line(error)}",
            hint="`flask --app ... shell` shows the same error with its traceback.",
        ) from error
    if "migrate" not in app.extensions:
        raise ApplicationNotLoaded(
            f"The Flask application {app.name!r} does not use Flask-Migrate.", hint="Call Migrate(app, db) in it."
        )
    with app.app_context():
        yield app.extensions["migrate"]


def _said(error: BaseException) -> str:
    """Return what Flask says, and where it quotes a traceback, that traceback's end."""
    first, last = last_line(error), str(error).strip().splitlines()[-1:]
    return f"{first} {last[0].strip()}" if first.endswith(":") and last else first
