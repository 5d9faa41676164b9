"""A table or column that somebody drops under a deploy: `deploy` names the way out, and `abort` is one."""

import psycopg
import pytest

from tests.cli.conftest import Run
from tests.cli.test_signals import SLOW, deploying, until
from tests.sources.projects import Maker

REVISION = """
op.add_column('users', sa.Column('code', sa.Integer()))
op.execute('UPDATE users SET code = age * 2')
op.alter_column('users', 'code', nullable=False)
op.create_index('users_name', 'users', ['name'])
op.alter_column('users', 'name', new_column_name='label')
op.alter_column('users', 'age', type_=sa.BigInteger())
"""
OURS = """
SELECT (SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%online_migrate%'),
       (SELECT count(*) FROM pg_proc WHERE pronamespace = 'online_migrate'::regnamespace),
       (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = to_regclass('users') AND attnum > 0 AND NOT attisdropped)
"""


DROPS = {
    "DROP TABLE users CASCADE": (None, 'relation "public.users" does not exist'),
    "ALTER TABLE users DROP COLUMN code": (["id", "name", "age"], 'column "code" of relation "users" does not exist'),
}


@pytest.mark.parametrize("dropped", DROPS)
def test_abort_is_the_way_out(run: Run, users: Maker, connection: psycopg.Connection, dropped: str) -> None:
    columns, gone = DROPS[dropped]
    before = connection.execute(OURS).fetchone()
    assert before is not None
    connection.execute(SLOW.encode())
    users.revision("a2", REVISION)
    with deploying(users.directory) as process:
        until(process, "rows,")
        connection.execute(dropped.encode())
        _, told = process.communicate(timeout=60)
        assert process.returncode == 4, told
        assert "`online-migrate abort`" in " ".join(told.split())
    again = run("deploy", "--small-tables-online")
    assert again.status == 4
    assert "`online-migrate abort`" in again.told
    undone = run("abort", "--yes")
    assert undone.status == 0, undone.told
    assert "gone, dropped by somebody: [42" in undone.output
    assert gone in " ".join(undone.output.split())
    assert connection.execute(OURS).fetchone() == (*before[:2], columns)
    assert "nfinished" not in run("status").output
