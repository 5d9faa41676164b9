"""Names as they are written: the keys of an index, and identifiers as long as PostgreSQL lets them be."""

from functools import lru_cache

from online_migrate.errors import SqlSyntaxError
from online_migrate.grammar.analysis import columns_in
from online_migrate.grammar.compose import Columns, compose
from online_migrate.grammar.tree import deparse, pg, statement, tokens, type_of

LONGEST = 63
"""Bytes of an identifier that PostgreSQL keeps (NAMEDATALEN - 1); its grammar cuts off the rest without an error."""


def longest_identifiers(sql: str) -> tuple[str, ...]:
    """Return the identifiers of a statement that are as long as one can be or longer, once each."""
    if len(sql.encode()) < LONGEST:
        return ()
    raw = sql.encode()
    written = (raw[t.start : t.end].decode() for t in tokens(sql) if t.token == pg.IDENT)
    plain = (w[1:-1].replace('""', '"') if w.startswith('"') else w for w in written)
    return tuple(dict.fromkeys(name for name in plain if len(name.encode()) >= LONGEST))


def words_in_body(create_function: str) -> frozenset[str]:
    """Return every word of a function's body, as PostgreSQL would take it for a name.

    Of a body that is not PL/pgSQL or SQL, all that can be told apart by its tokens; none where they cannot.
    """
    node = statement(create_function)
    texts = [
        item.string.sval
        for option in node.options
        if option.def_elem.defname == "as"
        for item in option.def_elem.arg.list.items
    ]
    return frozenset(columns_in(node)).union(*map(_words, texts))


def _words(text: str) -> frozenset[str]:
    raw = text.encode()
    try:
        written = [raw[token.start : token.end].decode() for token in tokens(text)]
    except SqlSyntaxError:
        return frozenset()
    return frozenset(word[1:-1].replace('""', '"') if word.startswith('"') else word.lower() for word in written)


@lru_cache(maxsize=4096)
def index_keys(create_index: str) -> tuple[str, ...]:
    """Return each key of a CREATE INDEX as SQL, with what it says of collation, operator class and order."""
    node = statement(create_index)
    if type_of(node) != "IndexStmt":
        return ()
    keys = []
    for param in node.index_params:
        one = pg.IndexStmt(idxname="i", access_method="btree", relation=pg.RangeVar(relname="t", inh=True))
        one.relation.relpersistence = "p"
        one.index_params.append(param)
        element = one.index_params[0].index_elem
        if element.ordering == pg.SORTBY_ASC:
            element.ordering = pg.SORTBY_DEFAULT
        keys.append(deparse(one))
    return tuple(keys)


def plain_keys(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys that an index on just these columns has, as `index_keys` writes them."""
    return index_keys(compose("CREATE INDEX i ON t ({columns})", columns=Columns(columns)))
