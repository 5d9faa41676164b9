"""What is tried: a database before, and what a revision does to it."""

from dataclasses import dataclass

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A revision and the database it is for.

    Attributes:
        setup: SQL that makes the database as it is before, rows included.
        revision: the SQL that the revision is, as a script; SET search_path is honoured.
        ignore: columns ("public.users.token") whose values cannot be equal.
        since: the first server version that knows the statements.
        transactional: whether the revision as written runs in one transaction.
    """

    name: str
    setup: str
    revision: str
    ignore: tuple[str, ...] = ()
    since: int = 14
    transactional: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Connections to two databases, and the URL of the one that is migrated online."""

    naive: psycopg.Connection
    online: psycopg.Connection
    url: str
