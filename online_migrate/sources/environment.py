"""The project's own env.py, run with our work in the place of Alembic's. Only for the isolated process."""

import argparse
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy.exc
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import HeadMaintainer, MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from online_migrate.database import Database
from online_migrate.errors import CaptureFailed, OnlineMigrateError, ProjectInvalid, SeveralHeads, TargetUnknown
from online_migrate.sources.drivers import addresses
from online_migrate.sources.flask_app import application_context
from online_migrate.sources.place import last_line, line_in, shown
from online_migrate.sources.project import Project
from online_migrate.sources.records import Stopped

Work = Callable[[tuple[str, ...], MigrationContext, dict[str, Any]], None]


@contextmanager
def scripts(project: Project) -> Iterator[tuple[Config, ScriptDirectory]]:
    """Yield the configuration and the revisions of a project, inside its Flask application's context if it has one.

    Raises:
        ProjectInvalid: a configuration without script_location, or a revision that cannot be imported.
    """
    if project.flask_directory is not None:
        with application_context(project) as migrate:
            config = migrate.migrate.get_config(project.flask_directory, x_arg=list(project.x))  # type: ignore[attr-defined]
            yield config, _script_directory(config)
        return
    known = inspect.signature(Config).parameters
    if project.toml and "toml_file" not in known and not project.ini:
        raise ProjectInvalid("[tool.alembic] in pyproject.toml needs Alembic 1.16.", hint="Upgrade Alembic.")
    toml: dict[str, Any] = {"toml_file": project.toml} if project.toml and "toml_file" in known else {}
    config = Config(project.ini, cmd_opts=argparse.Namespace(x=list(project.x)), **toml)
    yield config, _script_directory(config)


def _script_directory(config: Config) -> ScriptDirectory:
    try:
        script = ScriptDirectory.from_config(config)
        revisions = list(script.walk_revisions())
    except CommandError as error:
        raise ProjectInvalid(
            f"The migrations cannot be read: {last_line(error)}",
            hint="`alembic heads` shows the same; check script_location and version_locations.",
        ) from error
    except OnlineMigrateError:
        raise
    except Exception as error:  # Alembic imports the user's revisions
        raise ProjectInvalid(
            f"A revision cannot be imported: {_said(error)}", hint="Correct it there; nothing was changed."
        ) from error
    if not revisions:
        raise ProjectInvalid(
            f"There are no revisions in {', '.join(map(str, script._version_locations))}.",  # noqa: SLF001
            hint="Make the first one: alembic revision -m 'first'",
        )
    return script


def run_environment(
    config: Config, script: ScriptDirectory, work: Work, ours: Callable[[], AbstractContextManager[None]] = nullcontext
) -> None:
    """Run env.py; where it would run migrations, do `work` with the heads of the database and env.py's own context.

    Alembic neither creates nor changes its version table. `ours` is the block in which we may connect ourselves.

    Raises:
        ProjectInvalid: env.py raised, or never ran migrations. What `Database.connect` raises.
        CaptureFailed: env.py runs migrations more than once, and -x does not say which time is meant.
    """
    calls: list[dict[str, Any]] = []
    turns: list[dict[str, str]] = []

    def instead(heads: Any, context: MigrationContext) -> list[Any]:
        turn = _names(context, calls[-1])
        if turn.items() >= {item for item in wanted.items() if item[0] in turn}:
            turns.append(turn)
            if len(turns) == 1:
                work(tuple(heads), context, calls[-1])
        return []

    with EnvironmentContext(config, script, fn=instead, as_sql=False, dont_mutate=True) as environment:
        original, wanted = environment.run_migrations, environment.get_x_argument(as_dictionary=True)

        def run_migrations(**options: Any) -> None:
            calls.append(options)
            original(**options)

        # alembic.context.run_migrations looks the method up on the instance.
        environment.run_migrations = run_migrations  # type: ignore[method-assign]
        with _in_words(ours):
            script.run_env()
    if not calls:
        raise ProjectInvalid("env.py ended without running migrations.", hint="It must call context.run_migrations().")
    if len(turns) != 1:
        raise _several(turns)


@contextmanager
def _in_words(ours: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Say what env.py, the user's code, raised."""
    try:
        yield
    except (OnlineMigrateError, Stopped):
        raise
    except sqlalchemy.exc.OperationalError as error:
        # Nobody says better than our own connection why the database cannot be reached.
        for url in list(addresses):
            with ours():
                Database(url).connect("capture").close()
        raise ProjectInvalid(
            f"env.py cannot use its database: {last_line(error.orig or error)}",
            hint="Check the URL that env.py uses, or give --database-url.",
        ) from error
    except (Exception, SystemExit) as error:
        raise ProjectInvalid(f"env.py raised: {_said(error)}", hint="`alembic current` shows the same.") from error


def _names(context: MigrationContext, options: dict[str, Any]) -> dict[str, str]:
    """Return what tells one run of the migrations from another: env.py's own words for it, and where it is noted."""
    named = {name: value for name, value in options.items() if isinstance(value, str)}
    return {**named, "version_table_schema": context.version_table_schema or "", "version_table": context.version_table}


def _several(turns: list[dict[str, str]]) -> CaptureFailed:
    if not turns:
        return CaptureFailed(
            "env.py runs no migrations of the name that -x gives.", hint="Check the -x of the command."
        )
    telling = [name for name in turns[0] if len({turn.get(name) for turn in turns}) == len(turns)]
    if not telling:
        return CaptureFailed(
            "env.py runs the migrations more than once, and nothing tells one time from another.",
            hint="Give context.run_migrations() a name for each time (engine_name=...), and choose with -x.",
        )
    choices = ", ".join(f"-x {telling[0]}={turn[telling[0]]}" for turn in turns[:5])
    return CaptureFailed(
        f"env.py runs the migrations {len(turns)} times, for several databases or schemas.",
        hint=f"Run the command for each of them: {choices}{', ...' if len(turns) > 5 else ''}",
    )


def _said(error: BaseException) -> str:
    """Return "file:line: KeyError: 'URL'" of the innermost line that is not a library's."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if Path(file).is_file() and "site-packages" not in file and __package__.replace(".", "/") not in file:
            place = f"{shown(file)}:{trace.tb_lineno}: "
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{shown(error.filename)}:{error.lineno}: "
    return f"{place}{type(error).__name__}: {last_line(error)}"


def steps_to(script: ScriptDirectory, target: str, heads: tuple[str, ...]) -> list[RevisionStep]:
    """Return the pending revisions in Alembic's order.

    Raises:
        SeveralHeads: `head` was asked for and there are several.
        TargetUnknown: the target, or a head of the database, is not among the revisions.
    """
    all_heads = script.get_heads()
    if target == "head" and len(all_heads) > 1:
        raise SeveralHeads(
            f"There are several heads: {', '.join(all_heads)}.",
            hint="Name one of them, ask for `heads`, or merge them: alembic merge heads",
        )
    _must_be_known(script, heads)
    try:
        steps = list(script._upgrade_revs(target, heads))  # type: ignore[arg-type]  # noqa: SLF001
        if not steps and _is_passed(script, target, heads):
            raise TargetUnknown(
                f"The database is past {target} already: it is at {', '.join(heads)}.",
                hint=f"To go back: online-migrate deploy --downgrade {target}",
            )
        return steps
    except CommandError as error:
        raise TargetUnknown(
            f"The target {target!r} cannot be reached: {last_line(error)}",
            hint="`alembic history` lists the revisions; a target lies ahead of where the database is.",
        ) from error


def steps_down_to(script: ScriptDirectory, target: str, heads: tuple[str, ...]) -> list[RevisionStep]:
    """Return the revisions to take back, the latest first, in Alembic's order.

    Raises:
        TargetUnknown: the target does not lie behind the heads of the database, or one of these is not among the
            revisions.
        ProjectInvalid: a revision on the way has no downgrade().
    """
    _must_be_known(script, heads)
    try:
        return list(script._downgrade_revs(target, heads))  # type: ignore[arg-type]  # noqa: SLF001
    except CommandError as error:
        raise TargetUnknown(
            f"There is no way back to {target!r}: {last_line(error)}",
            hint="`alembic history` lists the revisions; a downgrade's target lies behind where the database is.",
        ) from error
    except AttributeError as error:  # Alembic takes the functions of all revisions on the way
        raise ProjectInvalid(
            f"A revision between the database and {target!r} has no downgrade(): {last_line(error)}.",
            hint="Write it: def downgrade(): ...",
        ) from error


def _must_be_known(script: ScriptDirectory, heads: tuple[str, ...]) -> None:
    for head in heads:
        if not _is_known(script, head):
            raise TargetUnknown(
                f"The database is at revision {head}, which is not among the project's revisions.",
                hint="Check out the code that has it, or correct the version table: alembic stamp",
            )


def _is_passed(script: ScriptDirectory, target: str, heads: tuple[str, ...]) -> bool:
    """Whether a target names one revision that the heads of the database came after."""
    if target in ("head", "heads") or not heads:
        return False
    wanted = script.get_revisions(target)
    return len(wanted) == 1 and wanted[0].revision not in heads


def _is_known(script: ScriptDirectory, revision: str) -> bool:
    try:
        return script.get_revision(revision) is not None
    except CommandError:
        return False


class _Heads(HeadMaintainer):
    """Alembic's own rules for the version table, with no table."""

    def _insert_version(self, version: str) -> None:
        self.heads.add(version)

    def _delete_version(self, version: str) -> None:
        self.heads.remove(version)

    def _update_version(self, from_: str, to_: str) -> None:
        self.heads.remove(from_)
        self.heads.add(to_)


def heads_after(context: MigrationContext, heads: tuple[str, ...], steps: list[RevisionStep]) -> tuple[str, ...]:
    """Return what the version table would hold after the steps."""
    maintained = _Heads(context, heads)
    for step in steps:
        maintained.update_to_step(step)
    return tuple(sorted(maintained.heads))


def sqlstate_of(error: BaseException) -> str | None:
    """Return the database's code of a failure that a statement caused."""
    orig = error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) else error
    state = getattr(orig, "sqlstate", None) or getattr(orig, "pgcode", None)  # psycopg2's word
    return state if isinstance(state, str) else None


def failure_text(revision: str, file: str, error: BaseException) -> str:
    """Return where and why a revision failed, for people."""
    cause = (error.orig or error) if isinstance(error, sqlalchemy.exc.DBAPIError) else error
    line = line_in(file, error.__traceback__)
    return f"Revision {revision} failed at {shown(file)}:{line}: {type(cause).__name__}: {last_line(cause)}"
