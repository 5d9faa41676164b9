"""What Alembic would run, as operations. The database is only read."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from online_migrate.errors import (
    EmbeddedServerFailed,
    EmbeddedServerMissing,
    OnlineMigrateError,
    RevisionFailed,
    RevisionUnreadable,
    ScratchFailed,
)
from online_migrate.plan.operation import Operation, Source
from online_migrate.sources.place import shown
from online_migrate.sources.process import ask
from online_migrate.sources.project import Project

Scratch = Callable[[str], AbstractContextManager[str]]
"""Makes a copy of a database's schema without its rows and yields the URL of the copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionInfo:
    """A pending revision."""

    id: str
    file: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What is pending.

    Attributes:
        operations: in the order in which Alembic would run them.
        downgrade: the operations are those of downgrade()s.
        current: Alembic heads of the database.
        target: heads after the pending revisions.
        version_table: schema (None where it is on the search_path) and name.
        database_url: of the project's own connection, password included: never print it.
        revisions: pending, in Alembic's order.
        mapped: schema (None where it is on the search_path), table and name of each column that the models map.
    """

    operations: tuple[Operation, ...]
    current: tuple[str, ...]
    target: tuple[str, ...]
    version_table: tuple[str | None, str]
    database_url: str
    revisions: tuple[RevisionInfo, ...]
    mapped: tuple[tuple[str | None, str, str], ...] = ()
    downgrade: bool = False


def capture(
    project: Project,
    database_url: str | None,
    target: str = "heads",
    *,
    autogenerate: bool = False,
    downgrade: bool = False,
    scratch: Scratch | None = None,
) -> Capture:
    """Return the operations between the database and a target, or between the database and the models.

    env.py and the revisions run in an isolated process, on read-only transactions. Where a revision reads what the
    catalog only says after earlier pending operations, all of them run on a scratch copy of the schema.

    Args:
        project: of `find_project`.
        database_url: replaces the URL of env.py.
        target: as Alembic takes it: heads, head, a revision, +1, branch@head. Of no account with `autogenerate`.
        autogenerate: compare the models with the database instead.
        downgrade: take revisions back, down to the target as `alembic downgrade` takes it: a1, -1, base, branch@-1.
        scratch: makes the copy; without it, or where it fails, such a revision is uncaptured.

    Raises:
        ProjectInvalid, TargetUnknown, SeveralHeads, RevisionUnreadable, ApplicationNotLoaded, NotPostgreSQL,
        CaptureFailed, and what `Database.connect` raises.
    """
    request: dict[str, Any] = {"target": target, "autogenerate": autogenerate, "downgrade": downgrade}
    live: dict[str, Any] = {"mode": "live", "prepared": {}, "heads": None, "search_path": None}
    try:
        answer = ask(project, "capture", database_url=database_url, **live, **request)
    except RevisionFailed as error:
        raise RevisionUnreadable(error.message, hint=error.hint, sqlstate=error.sqlstate) from None
    if scratch is not None and any(r["stopped"] == "NeedsScratch" for r in answer["revisions"]):
        try:
            answer["revisions"] = _rehearse(project, answer, request, scratch)
        except (EmbeddedServerFailed, EmbeddedServerMissing, ScratchFailed) as error:
            _explain(answer["revisions"], error)
    schema, table = answer["version_table"]
    return Capture(
        operations=tuple(
            o for r in answer["revisions"] for o in _operations(r, project, None if autogenerate else r["id"])
        ),
        current=tuple(answer["current"]),
        target=tuple(answer["target"]),
        version_table=(schema, table),
        database_url=answer["database_url"],
        mapped=tuple((schema, table, column) for schema, table, column in answer["mapped"]),
        downgrade=downgrade,
        revisions=()
        if autogenerate
        else tuple(RevisionInfo(id=r["id"], file=r["file"], message=r["message"] or "") for r in answer["revisions"]),
    )


def _rehearse(
    project: Project, answer: dict[str, Any], request: dict[str, Any], scratch: Scratch
) -> list[dict[str, Any]]:
    """Run everything that is pending on a scratch copy, and return its revisions as captured there."""
    with scratch(answer["database_url"]) as url:
        rehearsed = ask(
            project,
            "capture",
            mode="scratch",
            database_url=url,
            prepared={r["id"]: r for r in answer["revisions"]},
            heads=answer["current"],
            search_path=answer["search_path"],
            **request,
        )
    revisions: list[dict[str, Any]] = rehearsed["revisions"]
    return revisions


def _explain(revisions: list[dict[str, Any]], error: OnlineMigrateError) -> None:
    """Say in the reason of each revision that wanted the scratch copy why there is none."""
    for revision in revisions:
        if revision["stopped"] == "NeedsScratch":
            revision["reason"] += f", and there is no scratch copy to ask: {error.message}"


def _operations(revision: dict[str, Any], project: Project, identity: str | None) -> list[Operation]:
    if revision["stopped"] is not None:
        return [
            Operation(
                id=f"{revision['id']}:1",
                revision=identity,
                source=Source(file=shown(revision["file"], project.directory), line=revision["line"]),
                directive=None,
                sql="",
                search_path=(),
                uncaptured=revision["reason"],
            )
        ]
    return [
        Operation(
            id=f"{revision['id']}:{number}",
            revision=identity,
            source=Source(file=shown(record["file"], project.directory), line=record["line"]) if identity else None,
            directive=record["directive"] if identity else None,
            sql=record["sql"],
            search_path=tuple(record["search_path"]),
            python_default=record["python_default"],
        )
        for number, record in enumerate(revision["records"], 1)
    ]
