"""`flask online-migrate …`: the same commands, for the application that the `flask` command has found."""

import click
from flask.cli import ScriptInfo

from online_migrate.cli.main import LazyGroup, Settings, shared_options


@click.group("online-migrate", cls=LazyGroup)
@shared_options
@click.pass_context
def group(
    ctx: click.Context, config: str | None, database_url: str | None, direct_url: str | None, x: tuple[str, ...]
) -> None:
    """Run the application's migrations online, while it goes on."""
    script = ctx.find_object(ScriptInfo)
    app = script.app_import_path if script is not None else None
    ctx.obj = Settings(config=config, app=app, database_url=database_url or None, direct_url=direct_url or None, x=x)
