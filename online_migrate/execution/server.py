"""Whether the server and the role can carry a plan out, in words where they cannot."""

from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from online_migrate.errors import PrivilegeMissing, ServerNotSupported, SettingInTheWay, StandbyServer
from online_migrate.execution.queries import query
from online_migrate.plan.model import Plan

# Statements that need rights on rows only.
ROWS_ONLY = ("select", "insert", "update", "delete")
FOREIGN = (
    ("CockroachDB", "CockroachDB runs schema changes as background jobs; a transaction does not undo them."),
    ("-YB-", "YugabyteDB takes no table locks as PostgreSQL does; lock_timeout protects nothing."),
    ("Greenplum", "Greenplum locks and changes tables on every segment in its own ways."),
    ("Redshift", "Redshift has neither indexes nor PostgreSQL's locks."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The server and the connected role, as far as they decide whether plans can be run."""

    version: str
    standby: bool
    read_only: bool
    citus: bool
    role: str
    database: str
    may_create_schema: bool
    may_use_schema: bool | None


def admit(connection: psycopg.Connection) -> None:
    """Check that the server takes plans and the role may keep a journal in it. PostgreSQL, RDS, Aurora and Citus pass.

    Raises:
        ServerNotSupported, StandbyServer, SettingInTheWay, PrivilegeMissing.
    """
    found = read(connection)
    refuse_foreign(found)
    refuse_standby(found)
    refuse_read_only(found)
    may_journal(found)


def admit_owner(connection: psycopg.Connection, plan: Plan) -> None:
    """Check that the role owns the tables that the plan alters.

    Raises:
        PrivilegeMissing: names the tables.
    """
    altered = {o.table for o in plan.operations if o.table is not None and o.kind not in ROWS_ONLY}
    values = {"schemas": [t.schema for t in altered], "names": [t.name for t in altered]}
    strangers = [f"{schema}.{name}" for schema, name in connection.execute(query("not_owned"), values).fetchall()]
    if strangers:
        role = read(connection).role
        raise PrivilegeMissing(
            f"Role {role} does not own {', '.join(strangers)}, and only an owner may alter a table.",
            hint=f"Run as the owner, or GRANT the owning role TO {role}.",
        )


def read(connection: psycopg.Connection) -> Server:
    """Return what is to be known of the server."""
    with connection.cursor(row_factory=class_row(Server)) as cursor:
        found = cursor.execute(query("server")).fetchone()
    assert found is not None  # a SELECT without FROM has one row
    return found


def refuse_foreign(found: Server) -> None:
    """Raise ServerNotSupported for what is not PostgreSQL, or changes how it takes schema changes."""
    reasons = [why for mark, why in FOREIGN if mark in found.version]
    if reasons:
        raise ServerNotSupported(
            f"Plans are not run on this server: {' '.join(reasons)}",
            hint="Plan and reports still work; run the changes with the system's own tools.",
        )


def refuse_distributed(connection: psycopg.Connection, plan: Plan) -> None:
    """Raise ServerNotSupported where the plan touches tables that Citus has distributed; its local ones pass."""
    if not read(connection).citus:
        return
    values = {"schemas": [t.schema for t in plan.relations], "names": [t.name for t in plan.relations]}
    distributed = [f"{schema}.{name}" for schema, name in connection.execute(query("distributed"), values).fetchall()]
    if distributed:
        raise ServerNotSupported(
            f"Citus has distributed {', '.join(distributed)}: it runs DDL on every shard in two phases, where our "
            "locks do not reach, and refuses triggers and several forms.",
            hint="Plan and reports still work; run these changes as Citus documents it. Local tables can be deployed.",
        )


def refuse_standby(found: Server) -> None:
    """Raise StandbyServer for one."""
    if found.standby:
        raise StandbyServer(
            "The server is a standby and takes no changes.",
            hint="Give the URL of the primary, or add target_session_attrs=read-write to it.",
        )


def refuse_read_only(found: Server) -> None:
    """Raise SettingInTheWay where sessions may only read, as some services set it when the disk is nearly full."""
    if found.read_only:
        raise SettingInTheWay(
            "Sessions of this role may only read: default_transaction_read_only is on.",
            hint="Set it off for role and database (make room first if the service set it), or add "
            "?options=-c%20default_transaction_read_only%3Doff to the URL.",
        )


def may_journal(found: Server) -> None:
    """Raise PrivilegeMissing where the role cannot keep a journal."""
    if found.may_use_schema is None and not found.may_create_schema:
        raise PrivilegeMissing(
            f"Role {found.role} may not create the schema online_migrate in database {found.database}.",
            hint=f"As its owner: GRANT CREATE ON DATABASE {found.database} TO {found.role}; or create the schema and "
            f"grant USAGE and CREATE on it to {found.role}.",
        )
    if found.may_use_schema is False:
        raise PrivilegeMissing(
            f"Role {found.role} may not use the schema online_migrate, where the journal is.",
            hint=f"As its owner: GRANT USAGE, CREATE ON SCHEMA online_migrate TO {found.role}, and the rights on its "
            "tables; or run as its owner.",
        )
