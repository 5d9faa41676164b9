"""The env.py that every history runs with: it imports nothing of the application."""

import json
import os

from alembic import context
from sqlalchemy import MetaData, NullPool, create_engine

metadata = MetaData(naming_convention=json.loads(context.config.get_main_option("naming_convention", "{}")))
engine = create_engine(os.environ["CORPUS_DATABASE_URL"], poolclass=NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
