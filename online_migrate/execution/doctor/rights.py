"""What the connected role may do: enough for a deploy, and no more."""

import psycopg

from online_migrate.errors import PrivilegeMissing
from online_migrate.execution import server
from online_migrate.execution.doctor.model import Diagnosis, fine, named, problem, warning
from online_migrate.execution.doctor.queries import relation, rows
from online_migrate.plan.model import Plan


def least_rights(connection: psycopg.Connection) -> Diagnosis:
    """A superuser is never needed."""
    found = rows(connection, "role")[0]
    if found["superuser"]:
        return warning(
            "role",
            f"Role {found['role']} is a superuser, which is never needed.",
            "Deploy as a role that owns the tables and may create the schema online_migrate.",
        )
    return fine("role", f"Role {found['role']} is no superuser.")


def ownership(connection: psycopg.Connection) -> Diagnosis:
    """Only an owner may alter a table."""
    strangers = [relation(row) for row in rows(connection, "strangers")]
    if not strangers:
        return fine("ownership", "The role owns every table, or is a member of the role that does.")
    return warning(
        "ownership",
        f"The role does not own {named(strangers)}: a plan that alters them is refused.",
        "Run as the owner, or GRANT the owning role to this one.",
    )


def plan_ownership(connection: psycopg.Connection, plan: Plan) -> Diagnosis:
    """The same, for the tables of a plan."""
    try:
        server.admit_owner(connection, plan)
    except PrivilegeMissing as error:
        return problem("plan-ownership", error.message, error.hint or "")
    return fine("plan-ownership", "The role owns every table that the plan alters.")


def sees_sessions(connection: psycopg.Connection) -> Diagnosis:
    """Without the right, a session of another role shows neither its transaction nor its snapshot."""
    if rows(connection, "role")[0]["sees_sessions"]:
        return fine("sees-sessions", "The role sees what other roles' sessions and the standbys do.")
    return warning(
        "sees-sessions",
        "The role sees neither the transactions of other roles nor the lag of standbys: it can neither say who is in "
        "the way, nor wait for an old snapshot before an index build.",
        "GRANT pg_read_all_stats (or pg_monitor) to the role.",
    )


def ends_sessions(connection: psycopg.Connection) -> Diagnosis:
    """Needed only to end sessions of other roles, which nobody has to want."""
    found = rows(connection, "role")[0]
    may = "may" if found["ends_sessions"] else "may not (only a member of pg_signal_backend may)"
    return fine("ends-sessions", f"The role {may} end sessions of other roles that are in the way.")
