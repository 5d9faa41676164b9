"""Whether what a deploy was planned from has been edited before it was through."""

from pathlib import Path

from online_migrate.cli.location import Location
from online_migrate.cli.make_plan import Request
from online_migrate.errors import RevisionsEdited
from online_migrate.execution.journal import DeployRecord
from online_migrate.plan.model import Plan
from online_migrate.reports.status import route
from online_migrate.sources.digests import digest
from online_migrate.sources.sql_files import read_sql_files


def refuse_edited(location: Location, record: DeployRecord, request: Request) -> None:
    """Refuse to carry on a deploy that does something else than its revisions or SQL files say by now.

    Comments and layout may change. What other modules say that a revision imports is not looked at.

    Raises:
        RevisionsEdited: names them.
        ProjectInvalid, ApplicationNotLoaded, CaptureFailed: the revisions cannot be read.
    """
    plan = record.plan()
    found = ", ".join(_edited_scripts(plan, request) if plan.scripts else _edited_revisions(location, plan))
    if found:
        raise RevisionsEdited(
            f"Deploy {record.id} ({route(record)}) is unfinished, and {found} was edited or removed since its plan was "
            "made.",
            hint="The same command with --as-planned carries on with what was planned. `online-migrate abort` takes "
            "back what has run; the same command then plans anew.",
        )


def _edited_revisions(location: Location, plan: Plan) -> tuple[str, ...]:
    if not plan.sources:
        return ()
    files = location.lineage.files
    return tuple(
        source.name
        for source in plan.sources
        if source.name not in files
        or digest(Path(files[source.name]), called=plan.called(source.name)) != source.sha256
    )


def _edited_scripts(plan: Plan, request: Request) -> tuple[str, ...]:
    """Only of files that are given again."""
    operations, scripts = read_sql_files(tuple(map(Path, request.sql)), ())
    said = {(o.revision, o.id, o.sql) for o in operations}
    planned = {(o.operation.revision, o.operation.id, o.operation.sql) for o in plan.operations}
    names = {s.name for s in plan.scripts} & {s.name for s in scripts}
    return tuple(sorted(names & {name for name, *_ in said ^ planned if name is not None}))
