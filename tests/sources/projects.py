"""Small Alembic projects for tests."""

from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent

from online_migrate.sources.project import Project, find_project

PLAIN = """
    from alembic import context
    from sqlalchemy import MetaData, create_engine, pool
    {imports}
    target_metadata = MetaData()
    {models}
    engine = create_engine({url!r}, poolclass=pool.NullPool)
    with engine.connect() as connection:
        {before}
        context.configure(connection=connection, target_metadata=target_metadata, {options})
        with context.begin_transaction():
            context.run_migrations()
"""

ASYNC = """
    import asyncio
    from alembic import context
    from sqlalchemy import MetaData, pool
    from sqlalchemy.ext.asyncio import create_async_engine
    {imports}
    target_metadata = MetaData()
    {models}

    def do_run(connection):
        {before}
        context.configure(connection=connection, target_metadata=target_metadata, {options})
        with context.begin_transaction():
            context.run_migrations()

    async def run():
        engine = create_async_engine({url!r}, poolclass=pool.NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(do_run)
        await engine.dispose()

    asyncio.run(run())
"""


@dataclass
class Maker:
    """Writes a project file by file."""

    directory: Path
    url: str
    template: str = PLAIN
    last: str | None = None
    files: dict[str, Path] = field(default_factory=dict)

    def project(
        self, *, before: str = "pass", options: str = "", imports: str = "", models: str = "", x: tuple[str, ...] = ()
    ) -> Project:
        """Write alembic.ini and env.py and return the project."""
        (self.directory / "versions").mkdir(exist_ok=True)
        (self.directory / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s\n")
        text = dedent(self.template).format(
            url=self.url, before=before, options=options, imports=imports, models=models
        )
        (self.directory / "env.py").write_text(text)
        return find_project(self.directory, x=x)

    def revision(self, revision: str, body: str, down: str = "pass", *, header: str = "", **fields: object) -> Path:
        """Write a revision after the last one; `body` is that of upgrade(), `down` that of downgrade()."""
        (self.directory / "versions").mkdir(exist_ok=True)
        path = self.directory / "versions" / f"{revision}.py"
        given = {"revision": revision, "down_revision": self.last, **fields}
        names = "\n".join(f"{name} = {value!r}" for name, value in given.items())
        code, back = (indent(dedent(text).strip(), "    ") for text in (body, down))
        path.write_text(
            f'"""{revision} message"""\nimport sqlalchemy as sa\nfrom alembic import op\n{header}\n{names}\n\n'
            f"def upgrade():\n{code}\n\ndef downgrade():\n{back}\n"
        )
        self.last = revision
        self.files[revision] = path
        return path
