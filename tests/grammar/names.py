"""The resolver of the grammar's tests."""

from online_migrate.plan.names import RelationName


def resolve(schema: str | None, name: str) -> RelationName:
    """Find everything that has no schema in "app"."""
    return RelationName(schema or "app", name)
