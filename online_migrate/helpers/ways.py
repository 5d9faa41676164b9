"""The ways in which a helper does its work, depending on who runs the migration and on what."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.operations import BatchOperations, MigrateOperation, ops
from alembic.runtime.migration import MigrationContext

from online_migrate.config import read_policy
from online_migrate.database import Database
from online_migrate.errors import HelperMisused, OnlineMigrateError, UsageError
from online_migrate.execution import server
from online_migrate.helpers import alone, printed, standing
from online_migrate.helpers.attempt import attempt_of, done_before, refuse_if_applied, turn
from online_migrate.helpers.computed import Computed
from online_migrate.helpers.standing import Standing, Subject
from online_migrate.helpers.statements import statements_of
from online_migrate.helpers.telling import LOG
from online_migrate.plan.operation import Operation
from online_migrate.sources.drivers import url_of
from online_migrate.sources.told import Run, told

_BETTER = (
    "Its rows stay locked until the migration commits. To let the application go on: run `online-migrate deploy`, "
    "or put this call into a revision of its own, or add the column with the helper add_column()."
)

_REBUILDING = (ops.AddConstraintOp, ops.AlterColumnOp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a helper was called for.

    Attributes:
        directive: the helper's name.
        operation: the same as a directive of Alembic's, the naive form.
        subject: the table.
        computed: where the values are computed by a Python function, what the operation only stands for.
    """

    directive: str
    operation: MigrateOperation
    subject: Subject
    computed: Computed | None = None

    def in_one_pass(self, op: Any) -> None:
        """Do it on the migration's own connection."""
        if self.computed is not None:
            self.computed.in_one_pass(op.get_bind())
        elif op.get_context().dialect.name == "sqlite" and isinstance(self.operation, _REBUILDING):
            # SQLite has no ALTER for these; Alembic copies the table.
            with op.batch_alter_table(self.subject.table, schema=self.subject.schema) as batch:
                batch.invoke(self.operation)
        else:
            op.invoke(self.operation)


def carry_out(op: Any, work: Work) -> None:
    """Do the work.

    - While `online-migrate plan` or `deploy` records the script: the naive form is recorded, and planned as any other.
    - `--sql`: the online form is printed.
    - Another database than PostgreSQL: Alembic's own form.
    - Else, by plain Alembic: on a small table, or one that this transaction has changed already, in one pass on the
      migration's connection. On any other, what is pending is committed and the work planned, journaled and run by
      itself on connections of our own; a script that failed finds it done when it is run again. Where that is not
      allowed, in one pass as well, and the log says why.

    Raises:
        HelperMisused: `op` is that of a batch_alter_table block.
        OnlineMigrateError: it was refused, or stopped part of the way; running the script again carries on.
    """
    if isinstance(op, BatchOperations):
        raise HelperMisused(
            f"{work.directive}() takes `op` itself, not that of a batch_alter_table block.",
            hint="Call it before or after the block.",
        )
    context: MigrationContext = op.get_context()
    if told(context) is Run.RECORDED:
        if work.computed is not None:
            work.computed.must_be_found()
        op.invoke(work.operation)
    elif context.as_sql and work.computed is not None:
        raise HelperMisused(
            f"{work.directive}({work.subject}): what a Python function computes cannot be printed as SQL.",
            hint="Run `alembic upgrade` or `online-migrate deploy`, or give set_= as SQL.",
        )
    elif context.dialect.name != "postgresql" or told(context) is not None:
        work.in_one_pass(op)
    elif context.as_sql:
        printed.write(
            context, _operations(work, statements_of(context, work.operation), search_path=()), read_policy(Path.cwd())
        )
    else:
        _by_plain_alembic(op, context, work)


def _by_plain_alembic(op: Any, context: MigrationContext, work: Work) -> None:
    here = standing.read(context, work.subject)
    policy = read_policy(Path.cwd())
    if not here.known or standing.is_small(context, work.subject, policy.batch_rows_max):
        work.in_one_pass(op)
        return
    if here.changed:
        LOG.warning(
            "%s(%s): in one pass, because this transaction has already changed the table. %s",
            work.directive,
            work.subject,
            _BETTER,
        )
        work.in_one_pass(op)
        return
    database = _own_database(context)
    reason = _why_not_alone(context, here, database)
    if reason is not None:
        LOG.warning("%s(%s): in one pass, because %s.", work.directive, work.subject, reason)
        work.in_one_pass(op)
        return
    assert database is not None
    attempt, heads = attempt_of(context), tuple(sorted(context.get_current_heads()))
    # Once: Alembic takes the foreign keys off a column when it is asked what adding it means.
    statements = statements_of(context, work.operation)
    occurrence = attempt.occurrence(statements) if attempt is not None else 1
    operations = _operations(work, statements, search_path=here.search_path, occurrence=occurrence)
    with _committed(context), turn(database):
        refuse_if_applied(context)
        deploy = done_before(database, heads, operations) if attempt is not None else None
        if deploy is not None:
            LOG.info("%s(%s): was done when the migration was run before", work.directive, work.subject)
        else:
            compute = work.computed.what.compute if work.computed is not None else None
            deploy = alone.run(database, operations, heads, policy, compute)
    if attempt is not None and deploy is not None:
        attempt.note(deploy)


def _operations(
    work: Work, statements: tuple[str, ...], *, search_path: tuple[str, ...], occurrence: int = 1
) -> tuple[Operation, ...]:
    return tuple(
        Operation(
            id=f"{work.directive}:{occurrence}:{number:02d}",
            revision=None,
            source=None,
            directive=work.directive,
            sql=sql,
            search_path=search_path,
        )
        for number, sql in enumerate(statements, 1)
    )


def _why_not_alone(context: MigrationContext, here: Standing, database: Database | None) -> str | None:
    """Return why other connections may not do the work, as the end of a sentence; None where they may."""
    # Alembic has no public word for either; autocommit_block() itself fails with a bare AssertionError.
    if context._in_external_transaction or (context._transaction is None and not _autocommits(context)):  # noqa: SLF001
        return "env.py holds the transaction, so it cannot be committed in between"
    if not here.same_role:
        return "env.py has set another role"
    if not here.may_journal:
        return "the role may not create the schema online_migrate"
    if database is None:
        return "the address of the database is not known"
    try:
        with database.connect("helper") as connection:
            server.admit(connection)
    except OnlineMigrateError as error:
        return f"the work cannot be done online here ({error.message})"
    return None


def _autocommits(context: MigrationContext) -> bool:
    assert context.connection is not None
    return context.connection.get_isolation_level() == "AUTOCOMMIT"


def _own_database(context: MigrationContext) -> Database | None:
    connection = context.connection
    assert connection is not None
    driven: Any = connection.connection.driver_connection
    try:
        # The driver knows what connect_args and events have made of the URL.
        known = hasattr(driven, "info")
        return Database(url_of(connection) if known else connection.engine.url.render_as_string(hide_password=False))
    except UsageError:
        return None


@contextmanager
def _committed(context: MigrationContext) -> Iterator[None]:
    """Commit what is pending, and go on with a new transaction afterwards."""
    if context._transaction is None:  # noqa: SLF001 - in an autocommit block already
        yield
        return
    with context.autocommit_block():
        yield
