"""What stands under the name that a table or type had, until contract, so that code which says it goes on."""

from collections.abc import Iterator
from typing import LiteralString

from online_migrate.catalog.model import Table
from online_migrate.grammar.compose import Identifier, Literal, Part, compose
from online_migrate.plan.names import RelationName
from online_migrate.strategies.interface import Facts

# The first version with security_invoker.
SECURITY_INVOKER = 150000
_FLAVOURS = ("postgresql", "aurora")
_GRANT: dict[str, LiteralString] = {
    "select": "GRANT SELECT ON {view} TO ",
    "insert": "GRANT INSERT ON {view} TO ",
    "update": "GRANT UPDATE ON {view} TO ",
    "delete": "GRANT DELETE ON {view} TO ",
}
_GRANT_COLUMN: dict[str, LiteralString] = {
    "select": "GRANT SELECT ({column}) ON {view} TO ",
    "insert": "GRANT INSERT ({column}) ON {view} TO ",
    "update": "GRANT UPDATE ({column}) ON {view} TO ",
}


def comment(new: RelationName | str) -> Literal:
    """What is said of such an object in its comment."""
    return Literal(f"{new} under its old name, until the contract phase of online-migrate")


def domain(type_: RelationName, new: RelationName) -> tuple[str, ...]:
    """Return the statements that put a domain under the name that a type had."""
    return (
        compose("CREATE DOMAIN {domain} AS {type}", domain=type_, type=new),
        compose("COMMENT ON DOMAIN {domain} IS {comment}", domain=type_, comment=comment(new)),
    )


def drop_domain(domain_: RelationName) -> str:
    """Return the statement that takes it away."""
    return compose("DROP DOMAIN {domain}", domain=domain_)


def view(table: Table, new: RelationName, facts: Facts) -> Iterator[str]:
    """Yield the statements that put a view under the name that a table had.

    The star means what the table has by then, helper columns too. The view has the rights of the table, and what it
    reads is checked with those of whoever asks (security_invoker, from 15).
    """
    if facts.catalog.server_version_num >= SECURITY_INVOKER:
        create = "CREATE VIEW {view} WITH (security_invoker = true) AS SELECT * FROM {table}"
        yield compose(create, view=table.name, table=new)
    else:
        yield compose("CREATE VIEW {view} AS SELECT * FROM {table}", view=table.name, table=new)
    yield compose("COMMENT ON VIEW {view} IS {comment}", view=table.name, comment=comment(new))
    for grant in table.grants:
        if grant.privilege in _GRANT:
            yield granted(_GRANT[grant.privilege], grant.role, grantable=grant.grantable, view=table.name)
    for column in table.columns:
        for right in column.grants:
            if right.privilege in _GRANT_COLUMN:
                template, name = _GRANT_COLUMN[right.privilege], Identifier(column.name)
                yield granted(template, right.role, grantable=right.grantable, view=table.name, column=name)
    if table.owner not in ("", facts.catalog.user):
        yield compose("ALTER VIEW {view} OWNER TO {owner}", view=table.name, owner=Identifier(table.owner))


def drop_view(view_: RelationName) -> str:
    """Return the statement that takes it away."""
    return compose("DROP VIEW {view}", view=view_)


def obstacles_to_view(table: Table, facts: Facts) -> Iterator[str]:
    """Yield why no view can stand for a table, the weightiest reason first."""
    if facts.catalog.flavour not in _FLAVOURS:
        yield f"views are not the same on {facts.catalog.flavour}"
    if table.row_security and facts.catalog.server_version_num < SECURITY_INVOKER:
        yield f"before PostgreSQL 15 it would show rows that the policies of {table.name} hide"
    if table.rules:
        yield f"the rule {', '.join(table.rules)} rewrites statements"
    if table.persistence == "t" or not table.columns:
        yield f"{table.name} is temporary or has no columns"


def granted(template: LiteralString, role: str | None, *, grantable: bool, **parts: Part) -> str:
    """Return a GRANT ... TO of a template that ends there; without a role to PUBLIC."""
    template += "PUBLIC" if role is None else "{role}"
    template += " WITH GRANT OPTION" if grantable else ""
    return compose(template, role=Identifier(role or ""), **parts)
