"""What seed.sql makes."""

revision = "r1"
down_revision = None


def upgrade() -> None:
    """Nothing: the tables are there."""
