"""Zero-downtime online schema changes for SQLAlchemy, Alembic and PostgreSQL."""

__version__ = "0.1.0"
