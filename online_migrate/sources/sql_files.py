"""Plain SQL files, for teams with scripts of their own."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from online_migrate.errors import ScriptUnreadable
from online_migrate.grammar.effects import Effect, Effects, effects_of, schemas_set, settings_called
from online_migrate.grammar.parse import operations, split_script
from online_migrate.plan.model import Script
from online_migrate.plan.operation import Operation, Source
from online_migrate.sources.settings import changes_meaning


def read_sql_files(
    paths: Iterable[Path], search_path: tuple[str, ...]
) -> tuple[tuple[Operation, ...], tuple[Script, ...]]:
    """Return the operations of SQL files in order, and the files as the journal knows them.

    BEGIN, COMMIT, LOCK and settings that only bound time are left out: the engine has its own transactions.
    `SET search_path` holds until the end of its file, SET LOCAL until COMMIT or ROLLBACK.

    Args:
        paths: the files; ids are "<file name>:<number>".
        search_path: in force before each file.

    Raises:
        SqlSyntaxError: with file, line and column; also for psql's own commands.
        ScriptUnreadable: a file is missing or no UTF-8 text, sets what would change the meaning of a
            statement, or makes something temporary.
    """
    found: list[Operation] = []
    scripts: list[Script] = []
    for path in paths:
        try:
            content = path.read_bytes()
            text = content.decode("utf-8-sig")
        except OSError as error:
            raise ScriptUnreadable(
                f"{path} cannot be read: {error.strerror}.", hint="Check its path and rights; --sql takes files."
            ) from error
        except UnicodeDecodeError as error:
            raise ScriptUnreadable(
                f"{path} is not UTF-8 text (byte {error.start}).", hint="Save it as UTF-8."
            ) from error
        scripts.append(Script(name=path.name, sha256=hashlib.sha256(content).hexdigest()))
        found.extend(_operations(path, text, search_path))
    names = [script.name for script in scripts]
    if len(set(names)) != len(names):
        raise ScriptUnreadable("Two files have the same name.", hint="The journal knows files by name: rename one.")
    return tuple(found), tuple(scripts)


def _operations(path: Path, text: str, search_path: tuple[str, ...]) -> list[Operation]:
    found: list[Operation] = []
    session = local = search_path
    for statement in split_script(text, str(path)):
        (part,) = effects_of(statement.sql)
        schemas = schemas_set(part.sql)
        if schemas is not None:
            local = schemas.names or search_path
            session = session if schemas.local else local
        elif part.effect is Effect.TRANSACTION:
            local = session
        elif part.effect is Effect.SETTING and changes_meaning(part):
            raise ScriptUnreadable(
                f"{path}:{statement.line}: SET {part.setting} changes what later statements mean.",
                hint="Each statement runs in a transaction of its own; take the SET out.",
            )
        elif part.temporary:
            raise ScriptUnreadable(
                f"{path}:{statement.line}: it makes or uses something temporary, which no other session has.",
                hint="Statements run in sessions of their own: use a plain table and drop it at the end.",
            )
        elif part.effect not in (Effect.SETTING, Effect.LOCK) and not _only_asks(part):
            found.extend(
                Operation(
                    id=f"{path.name}:{number}",
                    revision=path.name,
                    source=Source(file=str(path), line=statement.line),
                    directive=None,
                    sql=sql,
                    search_path=local,
                )
                for number, sql in enumerate(operations(part.sql), len(found) + 1)
            )
    return found


def _only_asks(part: Effects) -> bool:
    """A SELECT that calls nothing changes nothing; set_config of another setting is as harmless as its SET."""
    return part.effect is Effect.READ and (not part.functions or bool(settings_called(part.sql)))
