"""Depends on rows, so that it runs as Python."""

import sqlalchemy as sa
from alembic import op

revision = "r3"
down_revision = "r2"


def upgrade() -> None:
    """Add its id to each setting: done twice it shows."""
    bind = op.get_bind()
    for (number,) in bind.execute(sa.text("SELECT id FROM setting ORDER BY id")).fetchall():
        bind.execute(sa.text("UPDATE setting SET value = value + id WHERE id = :id"), {"id": number})
