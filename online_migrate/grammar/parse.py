"""SQL scripts into statements, and statements into operations."""

from bisect import bisect_left
from dataclasses import dataclass

from online_migrate.errors import SqlSyntaxError
from online_migrate.grammar.tree import Message, deparse, parse, pg, tokens, type_of, unwrap

# The order in which one ALTER TABLE runs its subcommands, whatever order they are written in
# (AlterTablePass in src/backend/commands/tablecmds.c). Cut apart, they must run in that order.
_PASSES: dict[int, int] = {
    pg.AT_DropColumn: 0,
    pg.AT_DropConstraint: 0,
    pg.AT_DropNotNull: 0,
    pg.AT_DropExpression: 0,
    pg.AT_DropIdentity: 0,
    pg.AT_AlterColumnType: 1,
    pg.AT_AddColumn: 2,
    pg.AT_SetExpression: 3,
    pg.AT_SetNotNull: 5,
    pg.AT_ColumnDefault: 7,
    pg.AT_AddIdentity: 7,
}
_DROP_DEFAULT_PASS = 0
_NOT_NULL_PASS = 4
_INDEX_CONSTRAINT_PASS = 6
_OTHER_CONSTRAINT_PASS = 7
_LAST_PASS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptStatement:
    """One statement of a script, as written, and the line (from 1) on which it begins."""

    sql: str
    line: int


def split_script(text: str, file: str | None = None) -> tuple[ScriptStatement, ...]:
    """Return the statements of a script, without their semicolons and the comments before them.

    Raises:
        SqlSyntaxError: with file, line and column; also for what only psql understands.
    """
    try:
        tree = parse(text, file)
    except SqlSyntaxError as error:
        raise _explained(error, text) from error
    raw = text.encode()
    starts = [t.start for t in tokens(text) if t.token not in (pg.SQL_COMMENT, pg.C_COMMENT)]
    found = []
    for statement in tree.stmts:
        end = statement.stmt_location + statement.stmt_len if statement.stmt_len else len(raw)
        start = starts[bisect_left(starts, statement.stmt_location)]
        line = raw.count(b"\n", 0, start) + 1
        found.append(ScriptStatement(sql=raw[start:end].decode().rstrip().rstrip(";").rstrip(), line=line))
    return tuple(found)


def _explained(error: SqlSyntaxError, text: str) -> SqlSyntaxError:
    """Return the error with a reason a person can act on, where psql's own language is the cause."""
    line = text.splitlines()[error.line - 1] if error.line <= len(text.splitlines()) else ""
    rest = line[error.column - 1 :]
    before = text.splitlines()[: error.line - 1]
    if rest.startswith("\\"):
        reason = f"{rest.split()[0]} is a command of psql, not SQL; take it out"
    elif rest.startswith(":"):
        reason = f"{rest.split()[0]} is a variable of psql, not SQL; write its value"
    elif any("from stdin" in earlier.lower() for earlier in before):
        reason = "rows of COPY FROM STDIN cannot stand in a script; write them as INSERT"
    else:
        return error
    return SqlSyntaxError(reason, line=error.line, column=error.column, file=error.file)


def operations(sql: str) -> tuple[str, ...]:
    """Return the SQL of each operation in a text of one or more statements, deparsed.

    ALTER TABLE with several subcommands becomes one statement for each, in the order in which
    PostgreSQL would have run them; DROP TABLE and DROP INDEX one for each object. A CREATE TABLE is one.

    Raises:
        SqlSyntaxError: with line and column in the text.
    """
    found: list[str] = []
    for raw in parse(sql).stmts:
        found.extend(deparse(part) for part in _parts(unwrap(raw.stmt)))
    return tuple(found)


def _parts(statement: Message) -> list[Message]:
    match type_of(statement):
        case "AlterTableStmt" if len(statement.cmds) > 1:
            return [_with(statement, "cmds", command) for command in sorted(statement.cmds, key=_pass)]
        case "DropStmt" if statement.remove_type in (pg.OBJECT_TABLE, pg.OBJECT_INDEX) and len(statement.objects) > 1:
            return [_with(statement, "objects", item) for item in statement.objects]
        case _:
            return [statement]


def _with(statement: Message, field: str, item: Message) -> Message:
    """Return a copy of a statement with one item in a list field instead of several."""
    copy = type(statement)()
    copy.CopyFrom(statement)
    copy.ClearField(field)
    getattr(copy, field).append(item)
    return copy


def _pass(node: Message) -> int:
    command = node.alter_table_cmd
    if command.subtype == pg.AT_ColumnDefault and not type_of(getattr(command, "def")):
        return _DROP_DEFAULT_PASS
    if command.subtype == pg.AT_AddConstraint:
        match getattr(command, "def").constraint.contype:
            case pg.CONSTR_NOTNULL:
                return _NOT_NULL_PASS
            case pg.CONSTR_PRIMARY | pg.CONSTR_UNIQUE | pg.CONSTR_EXCLUSION:
                return _INDEX_CONSTRAINT_PASS
            case _:
                return _OTHER_CONSTRAINT_PASS
    return _PASSES.get(command.subtype, _LAST_PASS)
