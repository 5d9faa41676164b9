"""Makes up sequences: each statement is drawn for the database as those before it have left it, and tried there."""

from collections.abc import Callable

import psycopg

from online_migrate.catalog.read import read
from tests.oracle import sequence, values
from tests.oracle.operations import columns, constraints, indexes, objects, rows, tables
from tests.oracle.scene import Draw, NothingThere, Scene
from tests.oracle.sequence import Sequence

Operation = Callable[[Scene], str | tuple[str, ...]]
"""Makes a statement, or several that people write together."""

OFTEN: tuple[Operation, ...] = (
    columns.add,
    columns.add_filled,
    columns.alter_type,
    columns.default,
    columns.drop,
    columns.fill_and_require,
    columns.not_null,
    columns.rename,
    constraints.check,
    constraints.drop,
    constraints.foreign_key,
    constraints.unique,
    indexes.create,
    indexes.drop,
    rows.delete,
    rows.insert,
    rows.update,
    tables.create,
    tables.several,
)
SELDOM: tuple[Operation, ...] = (
    columns.add_generated,
    columns.add_reference,
    columns.comment,
    columns.drop_expression,
    columns.identity,
    columns.setting,
    constraints.comment,
    constraints.exclusion,
    constraints.not_null,
    constraints.orphans,
    constraints.primary_key,
    constraints.rename,
    constraints.unique_of_index,
    constraints.validate,
    indexes.create_of_method,
    indexes.reindex,
    indexes.rename,
    indexes.replica_identity,
    indexes.setting,
    objects.change_materialized_view,
    objects.change_trigger,
    objects.change_view,
    objects.column_grant,
    objects.composite,
    objects.create_trigger,
    objects.create_type,
    objects.create_view,
    objects.domain,
    objects.enum,
    objects.policy,
    objects.publication,
    objects.rename_schema,
    objects.rename_type,
    objects.replace_view,
    objects.sequence,
    objects.statistics,
    rows.delete_using,
    rows.insert_select,
    rows.truncate,
    rows.update_from,
    rows.update_two,
    tables.attach,
    tables.create_like_parent,
    tables.create_of_query,
    tables.create_partition,
    tables.create_partitioned,
    tables.create_referencing,
    tables.detach,
    tables.drop,
    tables.inherit,
    tables.rename,
    tables.set_schema,
    tables.setting,
)
FIRST: tuple[Operation, ...] = (columns.add_numbered,)
"""Only at first, and where nothing is aborted: which row gets which number is where it lies, and changes move it."""
DECORATIONS: tuple[Operation, ...] = (
    *(columns.add_generated, columns.comment, columns.default, columns.not_null, columns.setting),
    *(constraints.check, constraints.comment, constraints.foreign_key, constraints.orphans, constraints.unique) * 2,
    *(indexes.create, indexes.create, indexes.create_of_method, indexes.setting, indexes.replica_identity),
    *(objects.create_view, objects.create_trigger, objects.policy, objects.column_grant, objects.statistics),
    *(objects.publication, objects.domain, tables.setting, tables.create_referencing, tables.inherit),
)
TRIES = 12
"""For one statement that can be run; after so many in vain the sequence is shorter by one."""


def make(draw: Draw, connection: psycopg.Connection) -> Sequence:
    """Return a sequence, tried as written in this empty database, which is of no use afterwards.

    Its last statement may be one that the rows refuse. Of other statements that failed only traces are left here:
    numbers of sequences, and invalid indexes.
    """
    maker = _Maker(draw, connection)
    setup = maker.setup()
    revisions = [maker.revision(first=number == 0) for number in range(maker.scene.number(1, 3))]
    scene = maker.scene
    return Sequence(
        setup=setup,
        revisions=tuple(revision for revision in revisions if revision),
        apart=scene.chance(3),
        stop_after=scene.number(1, 12) if not maker.numbered and scene.chance(2) else 0,
        small=scene.chance(6),
    )


class _Maker:
    def __init__(self, draw: Draw, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.scene = Scene(draw=draw, catalog=read(connection))
        self.doomed = False
        self.numbered = False

    def setup(self) -> tuple[str, ...]:
        """Types, one to three tables with rows, and what rests on them."""
        done = list(values.SETUP)
        sequence.run_setup(self.connection, done)
        self._look()
        partitioned = self.scene.chance(5)
        done += self._first((tables.create_partitioned,) if partitioned else (tables.create,))
        done += [s for _ in range(self.scene.number(0, 2)) for s in self._first((tables.create,))]
        self._look()
        done += [s for _ in range(2 * partitioned) for s in self._first((tables.create_partition,))]
        done += [s for _ in range(self.scene.number(0, 5)) for s in self._first((rows.insert,))]
        done += [s for _ in range(self.scene.number(0, 3)) for s in self._first(DECORATIONS)]
        self._look()
        done += [s for _ in range(self.scene.number(0, 3)) for s in self._first(DECORATIONS)]
        return tuple(done)

    def revision(self, *, first: bool) -> tuple[str, ...]:
        """A few statements; none behind one that fails as the naive migration would."""
        done: list[str] = []
        if first and self.scene.chance(8):
            self._look()
            done += self._first(FIRST)
            self.numbered = bool(done)
        for _ in range(self.scene.number(1, 4)):
            if not self.doomed:
                self._look()
                done += self._first(OFTEN if not self.scene.chance(3) else SELDOM, may_fail=True)
        return tuple(done)

    def _look(self) -> None:
        self.scene.catalog = read(self.connection)

    def _first(self, operations: tuple[Operation, ...], *, may_fail: bool = False) -> list[str]:
        """Return the first statement drawn that can be run, run; nothing where none is found."""
        for _ in range(TRIES):
            try:
                drawn = self.scene.one(operations)(self.scene)
            except NothingThere:
                continue
            if done := self._run((drawn,) if isinstance(drawn, str) else drawn, may_fail=may_fail):
                return done
        return []

    def _run(self, statements: tuple[str, ...], *, may_fail: bool) -> list[str]:
        """Run statements up to the first that fails; return those that ran, and that one where it may fail."""
        done: list[str] = []
        for statement in statements:
            error = sequence.run_one(self.connection, statement)
            if error is None:
                done.append(statement)
                continue
            if may_fail and sequence.refused_by_rows(error) and self.scene.chance(3):
                self.doomed = True
                done.append(statement)
            break
        return done
