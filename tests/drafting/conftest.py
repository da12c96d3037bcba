"""Two databases beside each other: one as the files build it, one that a developer has changed."""

from __future__ import annotations

import os

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import programs, settings
from avdaily_sql.drafting import reading
from avdaily_sql.drafting.difference import difference
from avdaily_sql.drafting.proof import differs_in_nesting_only
from avdaily_sql.migrations import dump


class Databases:
    """Both of them; ``files`` gets the drafts."""

    def __init__(self, server, files: str, developed: str) -> None:
        self.files = files
        self.developed = developed
        found = settings.load(environ={"PATH": os.environ["PATH"]})
        with psycopg.connect(files) as conn:
            self.program = programs.find("pg_dump", conn.info.server_version // 10000, found, files)
        # What the server writes with other parentheses once it has read its own text.
        self.nested: set[str] = set()

    def dump(self, url: str):
        return dump.take(url, self.program, "public")

    def read(self, url: str):
        with psycopg.connect(url, autocommit=True) as conn:
            return reading.read(conn, "public", dump.builder_of(conn, "public"))

    def draft(self):
        """Return the scripts of both directions."""
        old, new = self.read(self.files), self.read(self.developed)
        return difference(old, new), difference(new, old)

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

    def prove(self):
        """Run the draft and its rollback, and hold the dumps against each other; return the scripts."""
        forward, backward = self.draft()
        assert (forward.refusals, backward.refusals) == ((), ())
        before, wanted = self.dump(self.files), self.dump(self.developed)
        self.run(self.files, text(forward))
        self._same(wanted, self.dump(self.files), forward)
        self.nested |= {each.object for each in dump.differences(wanted, self.dump(self.files))}
        if not self.nested:
            assert [script.blocks for script in self.draft()] == [(), ()]
        self.run(self.files, text(backward))
        self._same(before, self.dump(self.files), backward)
        return forward, backward

    @staticmethod
    def _same(expected, found, script) -> None:
        differences = [each for each in dump.differences(expected, found) if not differs_in_nesting_only(each)]
        assert differences == [], f"{dump.text_of(differences)}\n\n{text(script)}"


PIN = "SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);\n"


def text(script) -> str:
    body = "\n\n".join("\n".join(block) for block in script.blocks)
    return PIN + body if reading.FROM_CURRENT.strip() in body else body


@pytest.fixture
def databases(server, database_url):
    name = f"{psycopg.conninfo.conninfo_to_dict(database_url)['dbname']}_dev"
    url = server.create_database(name)
    yield Databases(server, database_url, url)
    server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
