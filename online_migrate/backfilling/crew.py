"""Several workers on one backfill: threads of this process, each with its own connections, and whoever else joins."""

import os
import socket
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from threading import Event

import psycopg

from online_migrate.backfilling.job import Job, one_at_a_time
from online_migrate.backfilling.ledger import Ledger
from online_migrate.backfilling.method import Method
from online_migrate.backfilling.session import Session
from online_migrate.backfilling.walk import Walk
from online_migrate.errors import OnlineMigrateError, Stopped

MakeMethod = Callable[[Job, Session], Method]


def walk_to_end(job: Job, ledger: Ledger, make_method: MakeMethod) -> None:
    """Walk with as many workers as the policy says, and return when no part of the range is left.

    Where one fails the others finish their batch and leave off; at KeyboardInterrupt batches are cancelled.

    Raises:
        What `Walk.to_end` raises.
    """
    leave_off = Event()
    crew = replace(
        job, should_stop=lambda: leave_off.is_set() or job.should_stop(), observer=one_at_a_time(job.observer)
    )
    count = 1 if job.step.method == "whole" else job.policy.workers

    sessions = [Session(crew) for _ in range(count)]

    def work(number: int) -> None:
        with sessions[number] as session:
            _work(crew, session, make_method(crew, session), ledger, number)

    with ThreadPoolExecutor(max_workers=count, thread_name_prefix="online-migrate worker") as pool:
        futures = [pool.submit(work, number) for number in range(count)]
        try:
            # Whoever returns has seen that nothing is left, here or elsewhere: one that is held need not go on waiting.
            wait(futures, return_when=FIRST_COMPLETED)
        except KeyboardInterrupt:
            leave_off.set()
            for session in sessions:
                session.cancel()
            raise
        finally:
            leave_off.set()
    errors = [error for future in futures if (error := future.exception()) is not None]
    told = [error for error in errors if not isinstance(error, Stopped)]
    if told or len(errors) == count:
        raise (told or errors)[0]


def _work(job: Job, session: Session, method: Method, ledger: Ledger, number: int) -> None:
    walk = Walk(job, session, method, ledger, worker=_name(number), number=number)
    try:
        walk.to_end()
    except OnlineMigrateError:
        with suppress(psycopg.Error, OnlineMigrateError):
            walk.give_back()
        raise


def _name(number: int) -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{number + 1}"
