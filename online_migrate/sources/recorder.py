"""Records what a revision asks of its connection: reads are answered, everything else is written down.

Only for the isolated process. The recorder stands behind SQLAlchemy's dialect events, so that directives, raw SQL,
sessions, `create_all` and plugins all come the same way.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from sqlalchemy import Connection
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from online_migrate.errors import ProjectInvalid, RevisionFailed, SqlSyntaxError
from online_migrate.grammar.effects import Effect, Effects, effects_of, settings_called, shape_of
from online_migrate.grammar.parse import operations
from online_migrate.sources.drivers import rendered
from online_migrate.sources.functions import Functions, asks_server_only, locks_only
from online_migrate.sources.outside import NOTHING, instead_of
from online_migrate.sources.place import Place, current_place, foreign_place, shown
from online_migrate.sources.python_default import python_default
from online_migrate.sources.records import History, NeedsScratch, Record, Stopped, Uncaptured
from online_migrate.sources.settings import changes_meaning
from online_migrate.sources.unknown import MARK, Choices, Unknown, is_unknown, unknown_rows

Mode = Literal["live", "scratch", "pass"]
"""live: nothing is changed; scratch: schema changes are run as well; pass: everything is run, nothing recorded."""

_SYSTEM = ("pg_catalog", "information_schema")
_OF_ROWS = frozenset({"reltuples", "relpages", "last_value"})


@dataclass(slots=True)
class Recorder:
    """The state of one capture.

    Attributes:
        mode: what happens to statements.
        history: what was recorded in all revisions before and in this one.
        target_metadata: the models, for Python-side defaults.
        version_table: its name; reading it is always answered.
        named: the object that SQLAlchemy's own inspection asks about at this moment.
        pinned: where the operation of a batch that is being flushed was written.
        unanswered: a statement whose rows or row count could not be given.
        choices: the way the revision's conditions on rows go this time; None to answer them from the database.
        depends: the refusal for a revision that does one thing or another depending on rows, once it has read some.
    """

    mode: Mode = "live"
    history: History = field(default_factory=History)
    target_metadata: Any = None
    version_table: str = "alembic_version"
    named: str | None = None
    pinned: Place | None = None
    unanswered: Place | None = None
    choices: Choices | None = field(default_factory=Choices)
    depends: Uncaptured | None = None
    records: list[Record] = field(default_factory=list)
    _file: str | None = None
    _connection: Connection | None = None
    _stopped: Stopped | None = None
    _path: list[str] | None = None
    _ours: bool = False
    _let_through: bool = False
    _functions: Functions = field(default_factory=Functions)

    @contextmanager
    def revision(self, file: str, connection: Connection) -> Iterator[None]:
        """Record what is executed inside the block.

        Raises:
            Stopped: even where the revision caught it.
        """
        self.records, self._file, self._connection = [], file, connection
        self._stopped = self._path = self.unanswered = self.depends = None
        try:
            yield
            if self._stopped:
                raise self._stopped
        finally:
            self._file = None

    @property
    def recording(self) -> bool:
        """Whether a revision is being recorded now."""
        return self._file is not None and self.mode != "pass" and not self._ours

    @property
    def in_revision(self) -> bool:
        """Whether a revision's code is run now, be it recorded or only repeated on the scratch copy."""
        return self.recording or self.mode == "pass"

    @property
    def recording_live(self) -> bool:
        """Whether a revision is being recorded now against the real database."""
        return self.recording and self.mode == "live"

    @property
    def stopped(self) -> Stopped | None:
        """Why the revision cannot be recorded, once that is known."""
        return self._stopped

    def place(self) -> Place:
        """Return the line of the revision that is being run."""
        return self.pinned or current_place(self._file or "")

    def stop(self, reason: Stopped) -> Stopped:
        """Remember why the revision cannot be recorded, and return it to be raised."""
        self._stopped = self._stopped or reason
        return self._stopped

    def uncaptured(self, reason: str, place: Place | None = None) -> Stopped:
        """Return a refusal to record the revision, to be raised."""
        return self.stop(Uncaptured(reason, place or self.place()))

    def handle(self, cursor: DBAPICursor, statement: str, parameters: Sequence[Any], context: ExecutionContext) -> bool:
        """Take a statement that is about to be executed once for each parameter set; True if it must not be."""
        if self._ours:
            return False
        if not self.recording:
            return False
        if self._stopped:
            raise self._stopped
        place = self.place()
        if context.root_connection.connection is not self._connection.connection:  # type: ignore[union-attr]
            raise self.uncaptured("it opens a database connection of its own", place)
        parts = self._parts(cursor, statement, parameters, place)
        by_execute = place.of_alembic and place.directive == "execute"
        if len(parts) == 1 and parts[0].effect is Effect.READ and not by_execute:
            taken = self._read(parts[0], cursor, context, place)
            self._let_through = not taken
            return taken
        for part in parts:
            self._take(part, place, context)
        self._answer(cursor, context, parts, place)
        return True

    def _outside(self, cursor: Any, statement: Any, parameters: Sequence[Any]) -> str | None:
        try:
            parts = [part for one in parameters for part in effects_of(rendered(cursor, statement, one))]
        except SqlSyntaxError:
            return NOTHING if cursor.connection.autocommit else None  # else the transaction is read-only
        return instead_of(parts, autocommit=cursor.connection.autocommit)

    def _parts(self, cursor: DBAPICursor, statement: str, parameters: Sequence[Any], place: Place) -> list[Effects]:
        driven = getattr(cursor, "_cursor", cursor)  # SQLAlchemy's face of an asynchronous one has it inside
        if self.depends is not None and any(map(is_unknown, parameters)):
            self._refuse_rows()
        try:
            texts = [rendered(driven, statement, one) for one in parameters]
            if self.depends is not None and any(MARK in text for text in texts):
                self._refuse_rows()
            return [part for text in texts for part in effects_of(text)]
        except SqlSyntaxError as error:
            raise RevisionFailed(
                f"{shown(place.file)}:{place.line}: the statement is not valid PostgreSQL: {error.message}",
                hint=error.hint,
            ) from error

    def _take(self, part: Effects, place: Place, context: ExecutionContext | None) -> None:
        if part.temporary:
            raise self.uncaptured("it makes something temporary, which no other session has", place)
        match part.effect:
            case Effect.TRANSACTION | Effect.LOCK:
                return
            case Effect.SETTING:
                self._set(part, place)
                return
            case Effect.READ:
                if "search_path" in settings_called(part.sql):
                    self._execute(part.sql)
                    self._path = None
                if locks_only(part) or not self._functions.may_act(part, self._query):
                    return
        path = self._search_path()
        default = python_default(context, self.target_metadata)
        for sql in operations(part.sql):
            self.records.append(
                Record(
                    sql=sql,
                    file=place.file,
                    line=place.line,
                    directive=place.directive,
                    search_path=path,
                    python_default=default,
                )
            )
        self.history.add(part)
        if self.mode == "scratch" and part.effect is not Effect.ROWS:
            self._execute(part.sql)

    def _set(self, part: Effects, place: Place) -> None:
        if part.setting == "search_path":
            # The scratch connection has no transaction that a SET LOCAL could last for.
            self._execute(part.sql if self.mode == "live" else part.lasting or part.sql)
            self._path = None
        elif changes_meaning(part):
            raise self.uncaptured(f"SET {part.setting} changes what later statements mean", place)

    def _read(self, part: Effects, cursor: DBAPICursor, context: ExecutionContext, place: Place) -> bool:
        """Let a read through to the database if its answer is the one the revision would get."""
        if locks_only(part):
            self._fake(cursor, "SELECT true")
            return True
        if settings_called(part.sql):
            self._path = None
        if {name for _, name in part.relations} == {self.version_table} or asks_server_only(part):
            return False
        if self._functions.may_act(part, self._query):
            self._take(part, place, None)
            self.unanswered = place
            return True
        tables = [r for r in part.relations if not (r[0] in _SYSTEM or (r[0] is None and r[1].startswith("pg_")))]
        counts = part.names & _OF_ROWS or any(name.startswith("pg_stat") for _, name in part.relations)
        if tables or counts or self._functions.of_users(part, self._query):
            what = ".".join(filter(None, tables[0])) if tables else "statistics or functions"
            if self.mode == "scratch" or (self.choices is None and self.history.may_change_rows(part)):
                raise self.uncaptured(f"it reads rows of {what} that only exist when it is run", place)
            self.give_rows(f"the rows of {what}", place)
            self._fake(cursor, shape_of(part.sql) if self.choices is not None else part.unlocked or part.sql)
            if self.choices is not None:
                rows = deque(self._rows(len(cursor.description or ()), part.counts))
                given: Any = context
                given.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(cursor, initial_buffer=rows)
            return True
        if self.mode == "live" and self.history.changes_catalog(self.named):
            raise self.stop(NeedsScratch("it looks into the catalog after earlier changes", place))
        return False

    def give_rows(self, what: str, place: Place | None = None) -> None:
        """Remember that the revision was told something that may be otherwise when it is deployed."""
        self.depends = self.depends or Uncaptured(f"what it does depends on {what}", place or self.place())

    def choose(self, options: int) -> int:
        """Return which way a condition on rows goes this time."""
        option = self.choices.choose(options) if self.choices is not None else 0
        return self._refuse_rows() if option is None else option

    def unknown(self) -> Unknown:
        """Return a value that is known only when the revision is deployed."""
        return Unknown(self.choose, self._refuse_rows)

    def _rows(self, columns: int, counts: bool) -> list[tuple[Any, ...]]:
        return [(self.unknown(),) * columns] if counts else unknown_rows(columns, self.choose, self._refuse_rows)

    def _refuse_rows(self) -> NoReturn:
        assert self.depends is not None
        raise self.stop(self.depends)

    def _answer(self, cursor: DBAPICursor, context: ExecutionContext, parts: list[Effects], place: Place) -> None:
        """Give SQLAlchemy the row it reads for an INSERT's key by itself; the key in it is refused when it is used."""
        compiled: Any = context.compiled
        implicit = getattr(compiled, "implicit_returning", None) if compiled is not None else None
        if implicit:
            self._fake(cursor, "SELECT " + ", ".join(["NULL"] * len(implicit)))
        elif any(part.returning or part.effect is Effect.READ for part in parts):
            self.unanswered = place

    def _fake(self, cursor: DBAPICursor, sql: str) -> None:
        self._ours = True
        try:
            cursor.execute(sql)
        finally:
            self._ours = False

    def _execute(self, sql: str) -> None:
        """Run a statement of the revision on the connection, unseen by ourselves."""
        self._fake(self._cursor(), sql)

    def _cursor(self) -> DBAPICursor:
        assert self._connection is not None
        return self._connection.connection.cursor()

    def _query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        self._ours = True
        try:
            cursor = self._cursor()
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())
        finally:
            self._ours = False

    def _search_path(self) -> list[str]:
        if self._path is None:
            self._path = list(self._query("SELECT current_schemas(false)")[0][0])
        return self._path

    def driver_executes(self, cursor: Any, statement: Any, parameters: Any, *, many: bool) -> str | None:
        """Say what the driver is to run in the place of a statement that reaches it; None for the statement itself."""
        if self._driver_may_go_on():
            return None
        return self._outside(cursor, statement, parameters if many else (parameters,))

    def driver_copies(self) -> None:
        """Refuse COPY and its like, whose text is not looked into."""
        if not self._driver_may_go_on():
            raise ProjectInvalid(
                f"{foreign_place()} uses COPY or a procedure on a driver's cursor, which cannot be watched.",
                hint="Let it go through SQLAlchemy, or not be run when migrations are loaded.",
            )

    def _driver_may_go_on(self) -> bool:
        if self._ours:
            return True
        if self._let_through:
            self._let_through = False
            return True
        if self.recording:
            raise self.uncaptured("it uses the driver's cursor directly")
        return self.mode != "live"
