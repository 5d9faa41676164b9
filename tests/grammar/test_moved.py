"""A statement under the new names of what it is about says the same, and nothing else changes."""

import pytest

from online_migrate.grammar.moved import moved, moved_definition
from online_migrate.plan.names import RelationName
from online_migrate.strategies.parts import done

OLD = RelationName("public", "t")
NAMES = {OLD: RelationName("s", "u"), RelationName("public", "t_ix"): RelationName("s", "t_ix")}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("ALTER TABLE public.t DROP t", "ALTER TABLE s.u DROP t"),
        ("ALTER TABLE public.x ADD FOREIGN KEY (t) REFERENCES public.t (t)",
         "ALTER TABLE public.x ADD FOREIGN KEY (t) REFERENCES s.u (t)"),
        ("DROP TRIGGER IF EXISTS t ON public.t", "DROP TRIGGER IF EXISTS t ON s.u"),
        ("DROP INDEX CONCURRENTLY public.t_ix", "DROP INDEX CONCURRENTLY s.t_ix"),
        ("DROP TABLE public.t, other.t", "DROP TABLE s.u, other.t"),
        ("COMMENT ON COLUMN public.t.a IS 'public.t'", "COMMENT ON COLUMN s.u.a IS 'public.t'"),
        ("UPDATE ONLY public.t SET a = t.b WHERE public.t.c > 'public.t'",
         "UPDATE ONLY s.u t SET a = t.b WHERE t.c > 'public.t'"),
        ("UPDATE public.t AS x SET a = x.b", "UPDATE s.u x SET a = x.b"),
        ("INSERT INTO public.t (a) SELECT t.b FROM public.t", "INSERT INTO s.u AS t (a) SELECT t.b FROM s.u t"),
        ("SELECT * FROM other.t, t", "SELECT * FROM other.t, t"),
    ],
)  # fmt: skip
def test_it_is_about_the_new_name(statement: str, expected: str) -> None:
    assert moved(statement, NAMES) == expected


def test_a_done_check_asks_for_the_new_name() -> None:
    assert moved(done.column_exists(OLD, "a"), NAMES) == done.column_exists(NAMES[OLD], "a")
    assert moved(done.index_attached(OLD, OLD), NAMES) == done.index_attached(NAMES[OLD], NAMES[OLD])


def test_a_foreign_key_refers_to_the_new_name() -> None:
    assert moved_definition("FOREIGN KEY (a) REFERENCES public.t(t)", NAMES) == "FOREIGN KEY (a) REFERENCES s.u (t)"
    assert moved_definition("CHECK (t > 0)", NAMES) == "CHECK (t > 0)"
