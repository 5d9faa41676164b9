"""Hand-written plans, from the step classes."""

import psycopg

from online_migrate.clock import Clock, SystemClock
from online_migrate.events import Event, Observer, StepFinished, ignore
from online_migrate.execution.runner import Settings
from online_migrate.plan.model import Phase, PhaseName, Plan, VersionTable
from online_migrate.plan.names import Lock, LockMode, RelationName
from online_migrate.plan.steps import Backfill, ConcurrentDdl, Ddl, IndexShape, RunRevision, Step, Validate
from online_migrate.policy import Policy

CUSTOMER = RelationName("public", "customer")
ORDERS = RelationName("public", "orders")
VERSION = RelationName("public", "alembic_version")
INDEX = RelationName("public", "orders_note")
ALL = tuple(PhaseName)
BEFORE_GATE = (PhaseName.EXPAND, PhaseName.MIGRATE)

SCHEMA = b"""
CREATE TABLE customer (id bigint PRIMARY KEY, visits int NOT NULL DEFAULT 0);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total int);
INSERT INTO customer SELECT generate_series(1, 10);
INSERT INTO orders SELECT i, i % 10 + 1, i FROM generate_series(1, 1000) AS i;
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('r1');
"""


def lock(relation: RelationName, mode: LockMode = LockMode.ACCESS_EXCLUSIVE) -> Lock:
    return Lock(relation, mode)


ADD_COLUMN = Ddl(
    id="orders.note:add",
    operation="r2:1",
    purpose="add the column",
    sql=("ALTER TABLE public.orders ADD COLUMN note text",),
    locks=(lock(ORDERS),),
    done_check="SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'public.orders'::regclass"
    " AND attname = 'note' AND NOT attisdropped)",
    undo=("ALTER TABLE public.orders DROP COLUMN note",),
)
ADD_KEY = Ddl(
    id="orders.customer_id:add_key",
    operation="r2:2",
    purpose="add the foreign key without checking rows",
    sql=(
        (
            "ALTER TABLE public.orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id)"
            " REFERENCES public.customer (id) NOT VALID"
        ),
    ),
    locks=(lock(ORDERS, LockMode.SHARE_ROW_EXCLUSIVE), lock(CUSTOMER, LockMode.SHARE_ROW_EXCLUSIVE)),
    done_check="SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = 'orders_customer')",
    undo=("ALTER TABLE public.orders DROP CONSTRAINT orders_customer",),
)
BUILD_INDEX = ConcurrentDdl(
    id="orders_note:build",
    operation="r2:3",
    purpose="build the index",
    sql=("CREATE INDEX CONCURRENTLY orders_note ON public.orders (note)",),
    locks=(lock(ORDERS, LockMode.SHARE_UPDATE_EXCLUSIVE),),
    done_check="SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('public.orders_note')"
    " AND indisvalid)",
    undo=("DROP INDEX CONCURRENTLY public.orders_note",),
    index=INDEX,
    shape=IndexShape(table=ORDERS, columns=("note",)),
)
VALIDATE_KEY = Validate(
    id="orders.customer_id:validate_key",
    operation="r2:2",
    purpose="check the rows against the foreign key",
    sql=("ALTER TABLE public.orders VALIDATE CONSTRAINT orders_customer",),
    locks=(lock(ORDERS, LockMode.SHARE_UPDATE_EXCLUSIVE), lock(CUSTOMER, LockMode.ROW_SHARE)),
    done_check="SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = 'orders_customer' AND convalidated)",
)
COUNT = Backfill(
    id="customer.visits:count",
    operation="r2:5",
    purpose="count one visit more, each customer exactly once",
    sql=("UPDATE public.customer SET visits = visits + 1",),
    locks=(lock(CUSTOMER, LockMode.ROW_EXCLUSIVE),),
    table=CUSTOMER,
    method="keyset",
    update="UPDATE public.customer SET visits = visits + 1 WHERE id > $1 AND id <= $2",
    update_from_start="UPDATE public.customer SET visits = visits + 1 WHERE id <= $1",
    key=("id",),
    columns=("visits",),
    keeps_before_image=True,
)
STAMP = Ddl(
    id="alembic_version:move",
    operation=None,
    purpose="move alembic_version to r2",
    sql=("UPDATE public.alembic_version SET version_num = 'r2'",),
    locks=(lock(VERSION, LockMode.ROW_EXCLUSIVE),),
    done_check="SELECT EXISTS (SELECT FROM public.alembic_version WHERE version_num = 'r2')",
    undo=("UPDATE public.alembic_version SET version_num = 'r1'",),
)
DROP_COLUMN = Ddl(
    id="orders.total:drop",
    operation="r2:4",
    purpose="drop the column",
    sql=("ALTER TABLE public.orders DROP COLUMN total",),
    locks=(lock(ORDERS),),
    reversible=False,
)
EXPAND: tuple[Step, ...] = (ADD_COLUMN,)
MIGRATE: tuple[Step, ...] = (ADD_KEY, BUILD_INDEX, COUNT, VALIDATE_KEY, STAMP)
CONTRACT: tuple[Step, ...] = (DROP_COLUMN,)
TOTAL = len(EXPAND) + len(MIGRATE) + len(CONTRACT)


def make_plan(
    expand: tuple[Step, ...] = EXPAND,
    migrate: tuple[Step, ...] = MIGRATE,
    contract: tuple[Step, ...] = CONTRACT,
    *,
    current: tuple[str, ...] = ("r1",),
    target: tuple[str, ...] = ("r2",),
    policy: Policy | None = None,
) -> Plan:
    """A plan of these steps whose fingerprint is "as planned"."""
    return Plan(
        engine_version="0",
        server_version="18.0",
        server_version_num=180000,
        current=current,
        target=target,
        version_table=VersionTable(name=VERSION),
        scripts=(),
        operations=(),
        phases=(
            Phase(name=PhaseName.EXPAND, steps=expand),
            Phase(name=PhaseName.MIGRATE, steps=migrate),
            Phase(name=PhaseName.CONTRACT, steps=contract),
        ),
        fingerprint="as planned",
        policy=policy or Policy(lock_total_s=60),
    )


def only(*steps: Step, policy: Policy | None = None) -> Plan:
    """A plan of these steps in expand and nothing else; no revision moves."""
    return make_plan(steps, (), (), target=("r1",), policy=policy)


def settings(
    phases: tuple[PhaseName, ...] = ALL,
    *,
    observer: Observer = ignore,
    clock: Clock | None = None,
    stop_after: int | None = None,
    wait: bool = False,
    lease_s: float = 30.0,
    fingerprint: str = "as planned",
) -> Settings:
    """Settings whose should_stop says yes after `stop_after` finished steps."""
    finished: list[Event] = []

    def watch(event: Event) -> None:
        if isinstance(event, StepFinished):
            finished.append(event)
        observer(event)

    return Settings(
        phases=phases,
        clock=clock or SystemClock(),
        observer=watch,
        run_revision=_no_revision,
        should_stop=lambda: stop_after is not None and len(finished) >= stop_after,
        fingerprint=lambda *_: fingerprint,
        is_ancestor=lambda older, newer: older <= newer,
        wait=wait,
        lease_s=lease_s,
    )


def _no_revision(step: RunRevision, mark: str) -> None:
    raise AssertionError(f"{step.id} was not expected")


def shape(connection: psycopg.Connection) -> list[object]:
    """What the plans change: columns, constraints, indexes, the revision and rows."""
    columns = connection.execute(
        b"SELECT attrelid::regclass::text, attname::text FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
        b" AND attrelid IN ('orders'::regclass, 'customer'::regclass) ORDER BY 1, 2"
    ).fetchall()
    constraints = connection.execute(
        b"SELECT conname::text, convalidated FROM pg_constraint WHERE conrelid = 'orders'::regclass ORDER BY 1"
    ).fetchall()
    indexes = connection.execute(
        b"SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = 'orders'::regclass ORDER BY 1"
    ).fetchall()
    versions = connection.execute(b"SELECT version_num FROM alembic_version ORDER BY 1").fetchall()
    visits = connection.execute(b"SELECT id, visits FROM customer ORDER BY 1").fetchall()
    return [columns, constraints, indexes, versions, visits]
