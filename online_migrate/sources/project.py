"""Where a team's migrations are, and how Alembic is told about them."""

import os
import tomllib
from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from online_migrate.errors import ProjectInvalid, ProjectNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """An Alembic project; plain data, so that it can be handed to another process.

    Attributes:
        directory: where the command is run; relative paths of the configuration start here.
        ini: alembic.ini, if there is one.
        toml: pyproject.toml with [tool.alembic], if there is one.
        flask_directory: the directory of a Flask-Migrate project; then env.py runs in the context of `app`.
        app: the Flask application as `flask --app` takes it; None lets Flask look for it.
        x: values for `context.get_x_argument()`.
    """

    directory: str
    ini: str | None = None
    toml: str | None = None
    flask_directory: str | None = None
    app: str | None = None
    x: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON takes them."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Project":
        """Return the project that `as_json` described."""
        return cls(**{**fields, "x": tuple(fields["x"])})


def find_project(
    directory: Path, config: Path | None = None, app: str | None = None, *, x: tuple[str, ...] = ()
) -> Project:
    """Return the project of a directory.

    Looked for in this order: `config`, ALEMBIC_CONFIG, alembic.ini and [tool.alembic] of pyproject.toml (both are read
    when both are there), a Flask-Migrate directory `migrations`.

    Args:
        directory: where the command is run.
        config: an alembic.ini, a pyproject.toml, or a Flask-Migrate directory.
        app: the Flask application as `flask --app` takes it.
        x: values for `context.get_x_argument()`.

    Raises:
        ProjectNotFound: the message says what was looked for, and where.
        ProjectInvalid: a configuration that cannot be read or has no versions.
    """
    home = directory.resolve()
    asked = config or (Path(os.environ["ALEMBIC_CONFIG"]) if os.environ.get("ALEMBIC_CONFIG") else None)
    found = _named(home, asked, app, x) if asked else _searched(home, app, x)
    if found.flask_directory and not (Path(found.flask_directory) / "versions").is_dir():
        raise ProjectInvalid(
            f"{found.flask_directory} has no directory `versions`.",
            hint="Make the first revision: flask db revision -m 'first'",
        )
    return found


def _named(home: Path, config: Path, app: str | None, x: tuple[str, ...]) -> Project:
    path = home / config
    if path.is_dir():
        if not _is_flask(path):
            raise ProjectNotFound(
                f"{path} is not a Flask-Migrate directory: env.py and alembic.ini were looked for in it.",
                hint="Give --config the path of alembic.ini, pyproject.toml or the migrations directory.",
            )
        return Project(directory=str(home), flask_directory=str(path), app=app, x=x)
    if not path.is_file():
        raise ProjectNotFound(
            f"There is no configuration file {path}.", hint="Give --config the path of alembic.ini or pyproject.toml."
        )
    if path.suffix == ".toml":
        if not _has_table(path):
            raise ProjectNotFound(f"{path} has no table [tool.alembic].", hint="Add it, or give --config alembic.ini.")
        return Project(directory=str(home), toml=str(path), app=app, x=x)
    if path.parent != home and _is_flask(path.parent) and not _names_scripts(path):
        return Project(directory=str(home), flask_directory=str(path.parent), app=app, x=x)
    beside = home / "pyproject.toml"
    return Project(directory=str(home), ini=str(path), toml=str(beside) if _has_table(beside) else None, app=app, x=x)


def _searched(home: Path, app: str | None, x: tuple[str, ...]) -> Project:
    ini, toml, migrations = home / "alembic.ini", home / "pyproject.toml", home / "migrations"
    tables = _has_table(toml)
    if ini.is_file() or tables:
        return Project(
            directory=str(home),
            ini=str(ini) if ini.is_file() else None,
            toml=str(toml) if tables else None,
            app=app,
            x=x,
        )
    if _is_flask(migrations):
        return Project(directory=str(home), flask_directory=str(migrations), app=app, x=x)
    raise ProjectNotFound(
        f"No migrations were found in {home}: looked for alembic.ini, [tool.alembic] in pyproject.toml, "
        "and a Flask-Migrate directory migrations/.",
        hint="Run the command where alembic.ini is, or give --config.",
    )


def _is_flask(path: Path) -> bool:
    """Flask-Migrate keeps alembic.ini beside env.py; Alembic itself keeps it above."""
    return (path / "env.py").is_file() and (path / "alembic.ini").is_file()


def _names_scripts(path: Path) -> bool:
    """Whether an alembic.ini says where its scripts are; Flask-Migrate's never does."""
    parser = ConfigParser(interpolation=None)
    try:
        parser.read(path)
    except IniError as error:
        raise ProjectInvalid(f"{path} cannot be read: {error}") from error
    return parser.has_option("alembic", "script_location")


def _has_table(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        tables = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise ProjectInvalid(f"{path} cannot be read: {error}") from error
    return "alembic" in tables.get("tool", {})
