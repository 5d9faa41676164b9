"""The command `online-migrate`. Subcommands are loaded when they are called, so that --help is quick."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

import online_migrate
from online_migrate.cli.failing import errors_told
from online_migrate.cli.unheard import outlive_output

F = TypeVar("F", bound=Callable[..., Any])

_COMMANDS = {
    "plan": "Show what the pending migrations would block, and how they run online.",
    "check": "Fail where a pending migration is too risky: a gate for CI.",
    "deploy": "Run the pending migrations online, in phases.",
    "worker": "Help the backfills of a deploy that runs elsewhere.",
    "status": "Show what is done, running and pending.",
    "pause": "Hold a deploy back before its next batch or step.",
    "resume": "Let a paused deploy go on.",
    "throttle": "Make the backfills of a deploy rest more.",
    "cancel": "End a deploy that runs where it can be carried on.",
    "abort": "Undo an unfinished deploy, back to where it began.",
    "dropped": "Show the tables that are kept aside; put one back, or drop them for good.",
    "doctor": "Say whether a database is fit for a deploy.",
    "explain": "Print what a type of migration does to a large table.",
    "demo": "See a risky migration run online beside the same one run naively.",
}

_HEARD_OR_NOT = frozenset({"deploy", "worker", "abort"})
"""What these do matters more than what they say: they go on where their output cannot be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options given before the command."""

    config: str | None = None
    app: str | None = None
    database_url: str | None = None
    direct_url: str | None = None
    x: tuple[str, ...] = ()


class LazyGroup(click.Group):
    """Knows its commands by name and imports the module of one only to run it.

    Errors of ours end a command with a message and an exit status, never with a traceback.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"online_migrate.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if name in _HEARD_OR_NOT:
            outlive_output()
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        with errors_told():
            return super().invoke(ctx)


def shared_options(command: F) -> F:
    """The options before the command that every way of starting has."""
    for option in (
        click.option("-c", "--config", metavar="FILE", help="alembic.ini or pyproject.toml (default: found)."),
        click.option(
            "--database-url",
            metavar="URL",
            envvar="ONLINE_MIGRATE_DATABASE_URL",
            help="Database to work on (default: the one env.py connects to; ONLINE_MIGRATE_DATABASE_URL).",
        ),
        click.option(
            "--direct-url",
            metavar="URL",
            envvar="ONLINE_MIGRATE_DIRECT_URL",
            help="The same database past a pooler, for index builds and the like (ONLINE_MIGRATE_DIRECT_URL).",
        ),
        click.option("-x", "x", multiple=True, metavar="KEY=VALUE", help="Argument for env.py, as alembic's own -x."),
    ):
        command = option(command)
    return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--app", metavar="IMPORT", help="Flask application, as flask's own --app (default: FLASK_APP).")
@shared_options
@click.version_option(online_migrate.__version__, prog_name="online-migrate")
@click.pass_context
def cli(
    ctx: click.Context,
    app: str | None,
    config: str | None,
    database_url: str | None,
    direct_url: str | None,
    x: tuple[str, ...],
) -> None:
    """Run Alembic and Flask-Migrate migrations on PostgreSQL while the application goes on.

    \b
    online-migrate plan                     what would block, and for how long
    online-migrate deploy                   make the schema ready for new code
    (deploy your code)
    online-migrate deploy --phase contract  remove what only old code used
    """
    ctx.obj = Settings(config=config, app=app, database_url=database_url or None, direct_url=direct_url or None, x=x)


def main() -> None:
    """Run the command line. The current directory can be imported from, as with flask and alembic."""
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    cli(prog_name="online-migrate")


if __name__ == "__main__":
    main()
