"""The word for what a statement does, as plans and the registry of strategies use it."""

from online_migrate.grammar.statements import AddConstraint, AlterTableOther, CreateTable, Other, Statement

_OF_PARTITIONS = {"AttachPartition": "attach_partition", "DetachPartition": "detach_partition"}


def kind_of(statement: Statement) -> str:
    """Return the word: of an ALTER TABLE or ADD CONSTRAINT that for what is done, of any other statement its `kind`."""
    if isinstance(statement, Other):
        return statement.tag
    if isinstance(statement, CreateTable) and statement.partition_of is not None:
        return "create_partition"
    if isinstance(statement, AlterTableOther):
        return _OF_PARTITIONS.get(statement.subcommand, statement.kind)
    if isinstance(statement, AddConstraint):
        return {
            "check": "add_check",
            "foreign_key": "add_foreign_key",
            "unique": "add_unique",
            "primary_key": "add_primary_key",
            "exclude": "add_exclusion",
            "not_null": "add_not_null",
        }[statement.constraint.type]
    return statement.kind
