"""Two databases beside each other: one as the files build it, one that a developer has changed."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from avdaily_sql import programs, settings
from avdaily_sql.drafting import reading
from avdaily_sql.drafting.difference import difference
from avdaily_sql.drafting.proof import differs_in_nesting_only
from avdaily_sql.migrations import dump

if TYPE_CHECKING:
    from avdaily_sql.drafting.items import Catalog


class Look(NamedTuple):
    """One database as pg_dump writes it, and as the drafts read it."""

    dump: tuple[dump.Part, ...]
    catalog: Catalog


class Databases:
    """Both of them; ``files`` gets the drafts."""

    def __init__(self, program, files: str, developed: str) -> None:
        self.files = files
        self.developed = developed
        self.program = program
        # What the server writes with other parentheses once it has read its own text.
        self.nested: set[str] = set()

    def dump(self, url: str):
        return dump.take(url, self.program, "public")

    def read(self, url: str):
        with psycopg.connect(url, autocommit=True) as conn:
            return reading.read(conn, "public", dump.builder_of(conn, "public"))

    @staticmethod
    def run(url: str, text: str) -> None:
        """Run a file as the runner would: in one transaction, in the simple protocol."""
        with psycopg.connect(url) as conn:
            conn.execute("SET search_path = public")
            if text.strip():
                result = conn.pgconn.exec_(text.encode())
                assert result.status in {
                    psycopg.pq.ExecStatus.COMMAND_OK,
                    psycopg.pq.ExecStatus.TUPLES_OK,
                    psycopg.pq.ExecStatus.EMPTY_QUERY,
                }, f"{result.error_message.decode()}\n{text}"

    def look(self, url: str) -> Look:
        return Look(self.dump(url), self.read(url))

    def prove(self, old: Look | None = None, new: Look | None = None):
        """Run the draft and its rollback, and hold the dumps against each other; return the scripts.

        :param old: what ``files`` is, if that is known already; ``new`` is the same of ``developed``.
        """
        old, new = old or self.look(self.files), new or self.look(self.developed)
        scripts = self._draft(old, new)
        self._there_and_back(self.files, (old, new), scripts)
        return scripts

    def prove_from_both_sides(self, old: Look):
        """The same, then with the sides changed: what was made by hand is undone by the draft of the other way.

        :param old: what ``files`` is; tests that begin with the same share it.
        """
        new = self.look(self.developed)
        forward, backward = self._draft(old, new)
        self._there_and_back(self.files, (old, new), (forward, backward))
        self._there_and_back(self.developed, (new, old), (backward, forward))
        return forward, backward

    @staticmethod
    def _draft(old: Look, new: Look):
        """Return the scripts of both directions."""
        scripts = difference(old.catalog, new.catalog), difference(new.catalog, old.catalog)
        assert [script.refusals for script in scripts] == [(), ()]
        return scripts

    def _there_and_back(self, url: str, looks: tuple[Look, Look], scripts) -> None:
        """Run the first script, after which nothing is left to be drafted, and then the second."""
        (here, wanted), (forward, backward) = looks, scripts
        self.run(url, text(forward))
        found = self.dump(url)
        self._same(wanted.dump, found, forward)
        self.nested |= {each.object for each in dump.differences(wanted.dump, found)}
        if not self.nested:
            made = self.read(url)
            left = (difference(made, wanted.catalog), difference(wanted.catalog, made))
            assert [script.blocks for script in left] == [(), ()]
        self.run(url, text(backward))
        self._same(here.dump, self.dump(url), backward)

    @staticmethod
    def _same(expected, found, script) -> None:
        differences = [each for each in dump.differences(expected, found) if not differs_in_nesting_only(each)]
        assert differences == [], f"{dump.text_of(differences)}\n\n{text(script)}"


PIN = "SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);\n"


def text(script) -> str:
    body = "\n\n".join("\n".join(block) for block in script.blocks)
    return PIN + body if reading.FROM_CURRENT.strip() in body else body


@pytest.fixture(scope="session")
def program(server):
    found = settings.load(environ={"PATH": os.environ["PATH"]})
    with psycopg.connect(server.maintenance_url) as conn:
        return programs.find("pg_dump", conn.info.server_version // 10000, found, server.maintenance_url)


@pytest.fixture
def databases(server, program, database_url):
    name = f"{conninfo_to_dict(database_url)['dbname']}_dev"
    url = server.create_database(name)
    yield Databases(program, database_url, url)
    server.drop_database(name)


@contextmanager
def prepared(server, program, name: str, text: str):
    """Give the block two databases in which a text was run, again and again, and what each of them is at first."""
    template = Databases(program, url := server.create_database(name), url)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(text)
    look = template.look(url)

    @contextmanager
    def pair():
        names = (f"{name}_files", f"{name}_developed")
        yield Databases(program, *(server.create_database(each, name) for each in names)), look
        for each in names:
            server.drop_database(each)

    yield pair
    server.drop_database(name)
