"""Names that strategies give: ids of steps and helper objects. The same input always gives the same name."""

import hashlib

from online_migrate.plan.names import RelationName
from online_migrate.strategies.interface import Change

_HASH_CHARACTERS = 16


def step_id(change: Change, verb: str, subject: RelationName | None, part: str | None = None) -> str:
    """Return "<operation>/<subject>[.<part>]:<verb>".

    Unique within a plan as long as one change uses a verb once per subject and part (a column or a
    constraint); the operation's id is in it because two operations may do the same to one column.
    """
    name = ".".join(str(word) for word in (subject, part) if word is not None)
    return f"{change.operation.id}/{name}:{verb}"


def helper_name(purpose: str, *parts: str) -> str:
    """Return the name of an object of ours: `purpose`, an underscore and a hash of `parts`.

    Under PostgreSQL's 63 bytes for every purpose of up to 46 characters, whatever the parts hold.
    """
    digest = hashlib.sha256("\x00".join(parts).encode()).hexdigest()
    return f"{purpose}_{digest[:_HASH_CHARACTERS]}"
