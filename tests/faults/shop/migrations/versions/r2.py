"""Needs every kind of step that operations become."""

import sqlalchemy as sa
from alembic import op

revision = "r2"
down_revision = "r1"


def upgrade() -> None:
    """Add, fill, tighten, index, refer, rename, widen, count and drop."""
    op.add_column("account", sa.Column("plan", sa.Text(), nullable=False, server_default="free"))
    op.add_column("account", sa.Column("display", sa.Text()))
    op.execute("UPDATE account SET display = email")
    op.alter_column("account", "display", nullable=False)
    op.create_index("account_email", "account", ["email"])
    op.create_foreign_key("purchase_account", "purchase", "account", ["account_id"], ["id"])
    op.alter_column("account", "nick", new_column_name="handle")
    op.alter_column("account", "level", type_=sa.BigInteger())
    op.execute("UPDATE counter SET n = n + 1")
    op.drop_column("account", "bonus")
