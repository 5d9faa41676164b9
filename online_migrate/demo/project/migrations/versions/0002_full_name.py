"""Give users a full name; index e-mails; tie orders to users; forget the legacy code."""

import sqlalchemy as sa
from alembic import op

revision = "0002_full_name"
down_revision = "0001_shop"


def upgrade():
    with op.batch_alter_table("user") as batch_op:
        batch_op.add_column(sa.Column("full_name", sa.String(161), nullable=True))

    op.execute("UPDATE \"user\" SET full_name = first_name || ' ' || last_name")

    with op.batch_alter_table("user") as batch_op:
        batch_op.alter_column("full_name", nullable=False)
        batch_op.create_index("ix_user_email", ["email"])
        batch_op.drop_column("legacy_code")

    with op.batch_alter_table("orders") as batch_op:
        batch_op.create_foreign_key("fk_orders_user", "user", ["user_id"], ["id"])


def downgrade():
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_constraint("fk_orders_user", type_="foreignkey")
    with op.batch_alter_table("user") as batch_op:
        batch_op.add_column(sa.Column("legacy_code", sa.String(20)))
        batch_op.drop_index("ix_user_email")
        batch_op.drop_column("full_name")
