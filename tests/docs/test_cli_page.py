"""The page of the commands is the commands: names, options, examples."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from avdaily_sql.cli import reference
from avdaily_sql.cli.frame import Invocation
from avdaily_sql.output import size, span
from tests.commands import commands
from tests.throwaway import REPOSITORY

PAGE = (REPOSITORY / "docs" / "cli.md").read_text()


ALL = dict(commands())


def test_the_page_does_not_depend_on_the_terminal_of_its_writer(monkeypatch):
    before = reference.render()
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERMINAL_WIDTH", "40")
    assert reference.render() == before


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_every_option_is_on_the_page(name):
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", reference.render(), re.MULTILINE | re.DOTALL)
    assert section, name
    assert ALL[name].help.splitlines()[0] in section[1]
    own = [each for each in ALL[name].params if isinstance(each, click.Option) and not each.hidden]
    missing = [
        option
        for each in own
        for option in each.opts
        if option not in section[1]
        and each.name not in {"database_url", "sql_dir", "json", "quiet", "verbose", "log_format"}
    ]
    assert missing == []


@pytest.mark.parametrize("name", ALL)
def test_the_example_of_every_command_is_one_that_its_parser_takes(name):
    example = next(line for line in ALL[name].help.splitlines() if line.strip().startswith("Example: "))
    _, called, rest = example.partition(f"avdaily-sql {name}")
    assert called, example
    # In "$(avdaily-sql db url)" the command ends before the bracket.
    words = shlex.split(rest.removesuffix(')"') if "$(avdaily-sql" in example else rest)
    if not isinstance(ALL[name], click.Group):
        ALL[name].make_context(name, words, obj=Invocation())


def test_sizes_and_times_are_read_at_a_glance():
    assert [size(number) for number in (0, 900, 2048, 8 << 20, 5 << 30, 3 << 40)] == [
        "0 bytes",
        "900 bytes",
        "2.0 kB",
        "8.0 MB",
        "5.0 GB",
        "3.0 TB",
    ]
    assert [span(seconds) for seconds in (1, 119, 600, 3 * 3600, 4 * 86400)] == [
        "1 s",
        "119 s",
        "10 minutes",
        "3 hours",
        "4 days",
    ]


def test_db_status_is_for_people_and_its_json_is_for_programs(avdaily, server):
    text = avdaily("db", "status", "--database-url", server.maintenance_url).stdout
    assert re.search(r"^size +\d+(\.\d)? [kMG]B$", text, re.MULTILINE), text
    assert text.startswith("server")
    assert '"bytes": 7' in avdaily("db", "status", "--json", "--database-url", server.maintenance_url).stdout


def test_status_ends_with_the_counts_and_the_next_step(avdaily, database_url, tmp_path):
    directory = tmp_path / "sql" / "migrations"
    directory.mkdir(parents=True)
    file = directory / "0001.create-one.sql"
    file.write_text("-- 0001.create-one: it is there\nCREATE TABLE one (id bigint);\n")
    (directory / "0001.create-one.rollback.sql").write_text("-- 0001.create-one: it is gone\nDROP TABLE one;\n")
    where = ("--sql-dir", tmp_path / "sql", "--database-url", database_url)

    def ends():
        done = avdaily("status", *where)
        return done.stdout.rpartition(": ")[2].strip(), done.stderr.splitlines()[-1]

    assert ends() == ("1 pending", "next: avdaily-sql apply")
    assert avdaily("apply", *where).returncode == 0
    assert ends()[0] == "1 applied"
    assert not ends()[1].startswith("next: ")
    file.write_text(file.read_text().replace("bigint", "integer"))
    assert ends() == ("1 changed", "next: put the files back as they were applied; a change goes into a new migration")
