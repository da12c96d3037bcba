"""The migration files as texts: header, pairs, what must not be in them, and squawk."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.schema.files import rollback_of
from tests.throwaway import REPOSITORY, migration_files

MIGRATIONS = REPOSITORY / "sql" / "migrations"
FILES = migration_files()
ROLLBACKS = sorted(MIGRATIONS.glob("*.rollback.sql"))
LABELS = ["Why", "Locks", "Runtime", "Rollback"]
PIN = "DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;"
# Dropping and taking back is what a rollback is for.
DROPPING = """
    ban-drop-table ban-drop-column ban-drop-function ban-drop-domain ban-drop-view ban-drop-trigger ban-drop-index
    ban-drop-constraint ban-drop-policy
""".split()  # noqa: SIM905

every_file = pytest.mark.parametrize("path", [*FILES, *ROLLBACKS], ids=lambda path: path.name)
every_migration = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def without_comments_and_bodies(text):
    """Return the statements themselves: function bodies, literals and comments are blanked."""
    return re.sub(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'|--[^\n]*", " ", text, flags=re.DOTALL)


def without_comments(text):
    return re.sub(r"--[^\n]*", " ", text)


def test_there_is_a_rollback_for_every_file_and_a_file_for_every_rollback():
    assert [rollback_of(path) for path in FILES] == ROLLBACKS


def test_names_are_numbers_and_verbs_and_no_number_is_used_twice():
    assert [path.name for path in FILES if not re.fullmatch(r"\d{4}\.[a-z]+(-[a-z0-9]+)+\.sql", path.name)] == []
    numbers = [path.name[:4] for path in FILES]
    assert len(numbers) == len(set(numbers))


@every_migration
def test_the_header_says_in_order_what_why_which_locks_how_long_and_how_to_undo(path):
    lines = path.read_text().splitlines()
    assert re.fullmatch(rf"-- {re.escape(path.stem)}: \S.*", lines[0])
    header = lines[1 : lines.index("")] if "" in lines else lines[1:]
    found = [match[1] for line in header if (match := re.match(r"-- (\w+): ", line))]
    assert found[:4] == LABELS
    assert found[4:] in ([], ["depends"])
    for line in header:
        assert re.match(rf"-- ({'|'.join(LABELS)}|depends): \S|--   +\S", line), line


@every_migration
def test_a_file_depends_on_an_earlier_one(path):
    earlier = [other.stem for other in FILES[: FILES.index(path)]]
    named = re.findall(r"^-- depends: (.*)$", path.read_text(), re.MULTILINE)
    assert len(named) == min(1, len(earlier))
    assert set(named) <= set(earlier)


@every_migration
def test_the_rollback_begins_with_one_line_that_says_what_is_true_then(path):
    lines = rollback_of(path).read_text().splitlines()
    assert re.fullmatch(rf"-- {re.escape(path.stem)}: \S.*", lines[0])
    assert not lines[1].startswith("--")


@every_migration
def test_a_file_has_one_theme_and_is_not_long(path):
    assert len(path.read_text().splitlines()) <= 300


@every_file
def test_a_file_names_no_schema(path):
    assert re.findall(r"\bpublic\b.{0,20}|\bavdaily_migrations\b", without_comments(path.read_text())) == []


@every_file
def test_a_file_does_not_hide_drift_nor_end_the_transaction_nor_drop_what_it_does_not_name(path):
    code = without_comments_and_bodies(path.read_text())
    assert re.findall(r"\bIF\s+(?:NOT\s+)?EXISTS\b", code) == []
    assert re.findall(r"\bDROP\b[^;]*\bCASCADE\b", code) == []
    statements = [statement.split(maxsplit=2)[:2] for statement in code.split(";") if statement.strip()]
    assert [words for words in statements if words[0] in {"BEGIN", "COMMIT", "ROLLBACK", "SELECT", "COPY"}] == []
    assert re.findall(r"^\\\w+", code, re.MULTILINE) == []


@every_migration
def test_a_file_that_creates_functions_pins_the_path_before_the_first_one(path):
    text = path.read_text()
    first = re.search(r"^CREATE (?:OR REPLACE )?FUNCTION", text, re.MULTILINE)
    if first is not None:
        assert 0 <= text.find(PIN) < first.start()


@every_file
def test_a_text_ends_with_one_line_end_and_has_no_trailing_blanks(path):
    text = path.read_text()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert re.findall(r"[ \t]+$|\t", text, re.MULTILINE) == []


def test_each_refusal_has_one_row_in_the_table_of_sqlstates():
    raised = set(re.findall(r"'(AV\d{3})'", "".join(without_comments(path.read_text()) for path in FILES)))
    listed = re.findall(r"^\|\s*`?(AV\d{3})`?\s*\|", (REPOSITORY / "docs" / "sqlstates.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(raised)


def squawk(*arguments):
    done = subprocess.run(
        [
            Path(sys.executable).with_name("squawk"),
            "--config",
            REPOSITORY / ".squawk.toml",
            "--reporter",
            "gcc",
            *arguments,
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


def test_squawk_finds_nothing_in_the_files():
    assert squawk(*FILES) == (0, "")


def test_squawk_finds_nothing_in_the_rollbacks_but_that_they_drop():
    # A list on the command line replaces the one of the configuration.
    excluded = tomllib.loads((REPOSITORY / ".squawk.toml").read_text())["excluded_rules"] + DROPPING
    assert squawk("--exclude", ",".join(excluded), *ROLLBACKS) == (0, "")
