"""A catalog being changed: private to evolution, thrown away when the new catalog is made of it."""

from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import replace

from online_migrate.catalog import lookup
from online_migrate.catalog.evolution import naming
from online_migrate.catalog.layered import Layered
from online_migrate.catalog.model import Catalog, Column, Index, Table, TableConstraint
from online_migrate.catalog.type_names import user_type
from online_migrate.grammar.sequences import in_default
from online_migrate.plan.names import RelationName


class Draft:
    """The parts of a catalog that statements change, copied shallowly: tables themselves stay frozen."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.tables: MutableMapping[RelationName, Table] = Layered(catalog.tables)
        self.types = Layered(catalog.types)
        self.sequences = catalog.sequences
        self.sequence_owners = Layered(catalog.sequence_owners)
        self.schemas = catalog.schemas
        self.functions = catalog.functions
        self.volatility = catalog.volatility
        self.lookup = lookup.of(catalog).copy()

    def freeze(self) -> Catalog:
        """Return the catalog as the draft has it."""
        return replace(
            self.catalog,
            tables=self.tables,
            types=self.types,
            sequences=self.sequences,
            sequence_owners=self.sequence_owners,
            schemas=self.schemas,
            functions=self.functions,
            volatility=self.volatility,
            lookup=replace(self.lookup, tables=self.tables, sequence_owners=self.sequence_owners),
        )

    @property
    def names_not_nulls(self) -> bool:
        """Whether NOT NULL is a constraint with a name (PostgreSQL 18)."""
        return self.catalog.server_version_num >= 180000

    def own(self, sequence: RelationName, table: RelationName, column: str) -> None:
        """Make a column the owner of a sequence."""
        self.disown(sequence)
        self.sequence_owners[sequence] = (table, column)
        self.lookup.own(sequence, table)

    def rename_sequence(self, old: RelationName, new: RelationName) -> None:
        """Give a sequence another name, also in the defaults that call it."""
        self.sequences = (self.sequences - {old}) | {new}
        if (owner := self.sequence_owners.get(old)) is not None:
            self.disown(old)
            self.own(new, *owner)

        def renamed(table: Table) -> Table:
            columns = tuple(
                replace(c, default=in_default(c.default, old, new)) if c.default and old.name in c.default else c
                for c in table.columns
            )
            return replace(table, columns=columns) if columns != table.columns else table

        self.change_each(renamed)

    def disown(self, sequence: RelationName) -> None:
        """Take a sequence from its owner, if it has one."""
        owner = self.sequence_owners.pop(sequence, None)
        if owner is not None:
            self.lookup.disown(sequence, owner[0])

    def owned(self, table: RelationName) -> tuple[tuple[RelationName, str], ...]:
        """Return the sequences that columns of a table own, each with its column."""
        return tuple((sequence, self.sequence_owners[sequence][1]) for sequence in self.lookup.owned.get(table, ()))

    def put(self, table: Table) -> None:
        """Set a table, and keep the types' record of the columns that use them."""
        before = self.tables.get(table.name)
        self.tables[table.name] = table
        if before is None or before.indexes is not table.indexes or before.constraints is not table.constraints:
            if before is not None:
                self.lookup.discount(before)
            self.lookup.count(table)
        if self.types and (before is None or before.columns is not table.columns):
            self._count_types(table.name, before.columns if before else (), table.columns)

    def remove(self, name: RelationName) -> Table | None:
        """Take a table out, and nothing else."""
        table = self.tables.pop(name, None)
        if table is not None:
            self.lookup.discount(table)
        if table is not None and self.types:
            self._count_types(name, table.columns, ())
        return table

    def change(self, name: RelationName, **fields: object) -> None:
        """Set fields of a table."""
        self.put(replace(self.tables[name], **fields))  # type: ignore[arg-type]

    def change_column(self, name: RelationName, column: str, **fields: object) -> None:
        """Set fields of a column, if the table has it."""

        def changed(c: Column) -> Column:
            return replace(c, **fields) if c.name == column else c  # type: ignore[arg-type]

        self.change(name, columns=tuple(changed(c) for c in self.tables[name].columns))

    def change_each(self, change: Callable[[Table], Table], names: Iterable[RelationName] | None = None) -> None:
        """Apply a function to every table, or those named; one that comes back as the same object is left alone."""
        for name in list(self.tables if names is None else names):
            if name not in self.tables:
                continue
            table = self.tables[name]
            changed = change(table)
            if changed is not table:
                self.put(changed)

    def add_index(self, table: RelationName, index: Index) -> None:
        """Give a table one more index."""
        self.change(table, indexes=(*self.tables[table].indexes, index))

    def add_constraint(self, table: RelationName, constraint: TableConstraint) -> None:
        """Give a table one more constraint."""
        self.change(table, constraints=(*self.tables[table].constraints, constraint))

    def family(self, name: RelationName, only: bool = False) -> tuple[RelationName, ...]:
        """Return a table and all below it, parents first; nothing for a table that is not there."""
        if name not in self.tables:
            return ()
        children = () if only else self.tables[name].children
        return (name, *(found for child in children for found in self.family(child)))

    def has_relation(self, name: RelationName) -> bool:
        """Whether a new relation cannot have that name."""
        composite = name in self.types and self.types[name].kind == "composite"
        return composite or name in self.tables or name in self.sequences or name in self.lookup.indexes

    def has_constraint(self, schema: str, name: str) -> bool:
        """Whether a table in a schema has a constraint of that name."""
        return self.lookup.constraints.get((schema, name), 0) > 0

    def choose(self, table: RelationName, middle: str | None, label: str) -> str:
        """Return the name that PostgreSQL gives to a new object of a table: "key" and the like name constraints too."""
        is_relation = label in ("pkey", "key", "excl", "idx", "seq")
        is_constraint = label not in ("idx", "seq")

        def taken(name: str) -> bool:
            if is_relation and self.has_relation(RelationName(table.schema, name)):
                return True
            return is_constraint and self.has_constraint(table.schema, name)

        return naming.choose(table.name, middle, label, taken)

    def _count_types(self, table: RelationName, before: tuple[Column, ...], after: tuple[Column, ...]) -> None:
        uses_before = {(c.name, c.type) for c in before}
        uses_after = {(c.name, c.type) for c in after}
        for gone, uses in ((True, uses_before - uses_after), (False, uses_after - uses_before)):
            for column, type_text in uses:
                name = user_type(type_text) if "." in type_text else None
                if name is None or name not in self.types:
                    continue
                others = tuple(u for u in self.types[name].used_by if u != (table, column))
                used_by = others if gone else (*others, (table, column))
                self.types[name] = replace(self.types[name], used_by=used_by)
