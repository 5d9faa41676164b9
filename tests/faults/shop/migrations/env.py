"""Connects where SHOP_URL says."""

import os

from alembic import context
from sqlalchemy import create_engine, pool

with create_engine(os.environ["SHOP_URL"], poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
