"""Writers beside the backfill, killed processes and sessions, locks, rewrites: no row missed, none changed twice."""

import multiprocessing
import random
import signal
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest

from online_migrate.backfilling import engine
from online_migrate.errors import LeaseLost, LocksNotAvailable, ServerExhausted
from online_migrate.events import BatchDone, Blocker, Event, Retrying, Waiting
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy
from tests.backfilling.conftest import Connect, Hasty, Run, Traffic, first_job, keyset, stripes
from tests.backfilling.worker import work

SMALL = Policy(batch_rows=200, batch_rows_max=400, batch_target_ms=20)
UPDATE = "UPDATE items SET n = n + 1 WHERE id = %(id)s AND id <= 10000"
DELETE = "DELETE FROM items WHERE id = %(id)s AND id > 10000"
INSERT = "INSERT INTO items (n, pad) VALUES (%(id)s, 'new')"
INSERT_ZERO = "INSERT INTO items (n, pad) VALUES (0 * %(id)s, 'new')"
ADD_MILLION = "UPDATE items SET n = n + 1000000 WHERE id = %(id)s"
KILLS = 24
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.backfilling.worker"])


def scalar(connection: psycopg.Connection, query: str) -> object:
    found = connection.execute(query.encode()).fetchone()
    assert found is not None
    return found[0]


def at_batch(number: int, action: Callable[[], object]) -> Callable[[Event], None]:
    """Watch, and act once after that many batches."""
    seen: list[Event] = []

    def observe(event: Event) -> None:
        if isinstance(event, BatchDone):
            seen.append(event)
            if len(seen) == number:
                action()

    return observe


@pytest.mark.parametrize("method", ["stripes", "keyset"])
def test_no_row_is_missed_beside_writers(
    items: psycopg.Connection, run: Run, second_connection: Connect, method: str
) -> None:
    by_key = stripes(
        method="keyset",
        update="UPDATE public.items SET total = n * 2 WHERE id > $1 AND id <= $2 AND total IS DISTINCT FROM n * 2",
        update_from_start="UPDATE public.items SET total = n * 2 WHERE id <= $1 AND total IS DISTINCT FROM n * 2",
        remaining=None,
    )
    step = stripes(remaining=None) if method == "stripes" else by_key
    with Traffic(second_connection, 3, UPDATE, DELETE, INSERT) as traffic:
        run(step, policy=SMALL)
    assert scalar(items, "SELECT count(*) FROM items WHERE total IS DISTINCT FROM n * 2") == 0
    ledger = traffic.rows
    assert scalar(items, "SELECT count(*) FROM items") == 20000 + ledger[INSERT] - ledger[DELETE]
    assert scalar(items, "SELECT sum(n - id) FROM items WHERE id <= 10000") == ledger[UPDATE]


def kill_a_worker(step: Backfill, url: str, chance: random.Random) -> None:
    """Start a process that runs the step, and kill it after a few batches at no particular moment."""
    receiver, sender = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=work, args=(step, url, sender))
    process.start()
    sender.close()
    with receiver:
        for _ in range(chance.randrange(1, 6)):
            receiver.recv()
        # Not to wait for anything: it only spreads the kills over all moments of a batch.
        threading.Event().wait(chance.uniform(0, 0.01))
        process.kill()
        process.join()
    assert process.exitcode == -signal.SIGKILL


def test_killed_processes_change_each_row_exactly_once(
    items: psycopg.Connection, run: Run, second_connection: Connect, database: str
) -> None:
    """The change is n + 1, the writers' is n + 1,000,000: the last six digits tell how often ours ran."""
    chance = random.Random(20)
    with Traffic(second_connection, 1, ADD_MILLION, INSERT_ZERO):
        for _ in range(KILLS):
            kill_a_worker(keyset(), database, chance)
        partly = scalar(items, "SELECT count(*) FROM items WHERE id <= 20000 AND n % 1000000 = id + 1")
        assert isinstance(partly, int)
        assert 50 * KILLS <= partly < 20000
        changed = run(keyset())
    assert scalar(items, "SELECT count(*) FROM items WHERE id <= 20000 AND n % 1000000 <> id + 1") == 0
    # Of the rows inserted meanwhile only those before the upper key was read are changed, each once.
    inserted = "SELECT count(*) FROM items WHERE id > 20000 AND n % 1000000"
    assert scalar(items, f"{inserted} = 1") == changed - 20000
    assert scalar(items, f"{inserted} NOT IN (0, 1)") == 0


def test_killed_stripes_miss_no_row(
    items: psycopg.Connection, run: Run, second_connection: Connect, database: str
) -> None:
    chance = random.Random(16)
    step = stripes(remaining=None)
    with Traffic(second_connection, 1, UPDATE, INSERT, DELETE):
        for _ in range(8):
            kill_a_worker(step, database, chance)
        run(step)
    assert scalar(items, "SELECT count(*) FROM items WHERE total IS DISTINCT FROM n * 2") == 0


def test_terminated_sessions_change_each_row_exactly_once(
    items: psycopg.Connection, run: Run, second_connection: Connect
) -> None:
    executioner = second_connection()
    batches = threading.Semaphore(0)
    running = threading.Event()
    running.set()

    def terminate() -> None:
        """After every third batch, at whatever moment of the next ones that falls on."""
        while running.is_set():
            for _ in range(3):
                batches.acquire()
            executioner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'online-migrate: backfill' AND datname = current_database()"
            )

    def observe(event: Event) -> None:
        if isinstance(event, BatchDone):
            batches.release()

    thread = threading.Thread(target=terminate)
    thread.start()
    try:
        assert run(keyset(), policy=SMALL, observer=observe) == 20000
    finally:
        running.clear()
        batches.release(3)
        thread.join()
    assert scalar(items, "SELECT count(*) FROM items WHERE n <> id + 1") == 0


def test_a_table_rewritten_on_the_way_is_walked_again(items: psycopg.Connection, run: Run) -> None:
    items.execute("DELETE FROM items WHERE id % 3 = 0")
    run(stripes(remaining=None), policy=SMALL, observer=at_batch(20, lambda: items.execute("VACUUM FULL items")))
    assert scalar(items, "SELECT count(*) FROM items WHERE total IS DISTINCT FROM n * 2") == 0
    assert scalar(items, "SELECT pass FROM online_migrate.backfill") == 2


def test_a_truncated_table_ends(items: psycopg.Connection, run: Run) -> None:
    run(stripes(), policy=SMALL, observer=at_batch(5, lambda: items.execute("TRUNCATE items")))
    assert scalar(items, "SELECT state FROM online_migrate.backfill") == "done"


@pytest.mark.parametrize("step", [keyset(), stripes()], ids=["keyset", "stripes"])
def test_a_stale_worker_is_fenced_out(items: psycopg.Connection, run: Run, step: Backfill) -> None:
    with pytest.raises(LeaseLost):
        run(step, policy=SMALL, observer=at_batch(3, lambda: run(step)))
    assert scalar(items, "SELECT state FROM online_migrate.backfill") == "done"
    assert run(step) == 20000


def test_a_locked_row_is_waited_for_without_a_queue(
    items: psycopg.Connection, run: Run, second_connection: Connect
) -> None:
    holder = second_connection()
    holder.execute("BEGIN")
    holder.execute("UPDATE items SET pad = 'held' WHERE id = 5000")
    tries: list[Retrying] = []

    def observe(event: Event) -> None:
        if isinstance(event, Retrying):
            tries.append(event)
            if len(tries) == 20:
                holder.execute("COMMIT")

    policy = Policy(lock_budget_ms=10)
    assert run(keyset(), policy=policy, clock=Hasty(), observer=observe) == 20000
    assert {event.sqlstate for event in tries} == {"55P03"}
    assert scalar(items, "SELECT count(*) FROM items WHERE n <> id + 1") == 0


@pytest.mark.parametrize("method", ["keyset", "whole"])
def test_a_row_that_stays_locked_is_given_up(
    items: psycopg.Connection, run: Run, second_connection: Connect, method: str
) -> None:
    holder = second_connection()
    holder.execute("BEGIN")
    holder.execute("UPDATE items SET pad = 'held' WHERE id = 5")
    step = keyset() if method == "keyset" else keyset(method="whole", update="UPDATE items SET n = n + 1")
    with pytest.raises(LocksNotAvailable, match="lock timeout"):
        run(step, policy=Policy(lock_budget_ms=5, lock_total_s=0), clock=Hasty())
    holder.execute("ROLLBACK")
    assert run(step) == 20000


def test_who_keeps_a_row_locked_is_named_and_got_out_of_the_way(
    items: psycopg.Connection, run: Run, database: str
) -> None:
    del items
    seen: list[Event] = []

    def clear(connection: psycopg.Connection, found: tuple[Blocker, ...], _: float) -> None:
        for blocker in found:
            connection.execute("SELECT pg_terminate_backend(%s)", (blocker.pid,))

    with closing(psycopg.connect(database)) as holder:
        holder.execute("UPDATE items SET pad = 'held' WHERE id = 5")
        pid = holder.info.backend_pid
        with pytest.raises(LocksNotAvailable, match=f"In the way: pid {pid} .*UPDATE items SET pad"):
            run(keyset(), policy=Policy(lock_total_s=1), observer=seen.append)
        waits = [event for event in seen if isinstance(event, Waiting)]
        assert {blocker.pid for event in waits for blocker in event.blockers} == {pid}
        assert engine.run(replace(first_job(keyset(), database), clear=clear)) == 20000


def test_a_batch_that_takes_too_long_is_cut_smaller(items: psycopg.Connection, run: Run) -> None:
    items.execute("DELETE FROM items WHERE id > 300")
    slow = "UPDATE public.items SET n = n + 1 + length(pg_sleep(0.002)::text) WHERE "
    step = keyset(update=f"{slow} id > $1 AND id <= $2", update_from_start=f"{slow} id <= $1")
    sizes: list[int] = []

    def observe(event: Event) -> None:
        if isinstance(event, BatchDone):
            sizes.append(event.rows)

    assert run(step, policy=Policy(statement_timeout_ms=200), observer=observe) == 300
    assert max(sizes) < 100
    assert scalar(items, "SELECT count(*) FROM items WHERE n <> id + 1") == 0


def test_a_batch_never_keeps_more_rows_than_it_may(items: psycopg.Connection, run: Run) -> None:
    sizes: list[int] = []

    def observe(event: Event) -> None:
        if isinstance(event, BatchDone):
            sizes.append(event.rows)

    assert run(stripes(count=1), policy=Policy(batch_rows_max=150), observer=observe) == 20000
    assert max(sizes) <= 150


class Quick(Hasty):
    """A clock that is thirty times as fast."""

    def now(self) -> float:
        return 30 * super().now()

    def sleep(self, seconds: float) -> None:
        threading.Event().wait(seconds / 30)


def test_a_server_without_room_for_rulings_is_not_waited_for(items: psycopg.Connection, run: Run) -> None:
    """Nobody may begin before the first ruling, so that no batch finds out that there is no room."""
    items.execute("""
        CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON online_migrate.ruling FOR EACH ROW EXECUTE FUNCTION no_room();
    """)
    with pytest.raises(ServerExhausted, match=r"at its limit \(53100\): no space left"):
        run(stripes(), clock=Quick())
    items.execute("DROP TRIGGER no_room ON online_migrate.ruling")
    run(stripes())
    assert scalar(items, "SELECT count(*) FROM items WHERE total IS DISTINCT FROM n * 2") == 0
