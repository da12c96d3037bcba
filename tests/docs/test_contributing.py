"""The recipes of the page for contributors, walked through on a copy of the tree."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import clean_environment
from tests.throwaway import REPOSITORY

pytestmark = pytest.mark.slow
PAGE = (REPOSITORY / "docs" / "contributing.md").read_text()


def recipe(title):
    return re.search(rf"^## {title}.*?\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]


def block(title, language="sh"):
    return re.search(rf"```{language}\n(.*?)```", recipe(title), re.DOTALL)[1]


@pytest.fixture
def copy(tmp_path, migrated_url, server):
    """A copy of the tree with its own package, on a migrated database."""
    tree = tmp_path / "checkout"
    tree.mkdir()
    for name in ("avdaily_sql", "sql", "docs"):
        shutil.copytree(REPOSITORY / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(REPOSITORY / "pyproject.toml", tree)
    (tree / "bin").mkdir()
    program = tree / "bin" / "avdaily-sql"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(tree)!r})\n"
        "from avdaily_sql.cli.main import main\nmain()\n"
    )
    program.chmod(0o755)
    environment = clean_environment(tmp_path) | {
        "DATABASE_URL": migrated_url,
        "AVDAILY_PG_BIN": str(server.bin),
        "PATH": f"{tree / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
    }

    def run(lines):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines], cwd=tree, env=environment, capture_output=True, text=True,
            check=False, stdin=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{lines}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    run.tree = tree
    return run


def test_a_query_is_added_checked_typed_and_called(copy):
    file = copy.tree / "sql" / "queries" / "wallets.sql"
    file.write_text(file.read_text() + "\n" + block("Add a query", "sql"))
    out = copy(block("Add a query"))
    assert "0 errors" in out
    assert out.splitlines()[-3:] == ["wallets", "0", "(1 row)"]
    stub = (copy.tree / "avdaily_sql" / "queries" / "__init__.pyi").read_text()
    assert "count_wallets: Final[" in stub


def test_a_table_is_added_proven_and_on_the_pages(copy):
    new, *rest = block("Add a table").splitlines()
    copy(new)
    down = max((copy.tree / "sql" / "migrations").glob("*.rollback.sql"))
    up = down.with_name(down.name.replace(".rollback.sql", ".sql"))
    header = (
        "-- {0}: a note can be kept with a wallet\n-- Why: support asks for it.\n-- Locks: {1}\n"
        "-- Runtime: milliseconds.\n-- Rollback: drops the table.\n"
    )
    depends = re.search(r"^-- depends: .*$", up.read_text(), re.MULTILINE)
    up.write_text(
        header.format(up.stem, "new table only; SHARE ROW EXCLUSIVE on wallets for the foreign key.")
        + (f"{depends[0]}\n" if depends else "")
        + "\nCREATE TABLE wallet_notes (\n  wallet_id uuid NOT NULL,\n  note text NOT NULL,\n"
        "  CONSTRAINT wallet_notes_pkey PRIMARY KEY (wallet_id),\n"
        "  CONSTRAINT wallet_notes_wallet_id_fkey FOREIGN KEY (wallet_id) REFERENCES wallets (id) ON DELETE RESTRICT,\n"
        "  CONSTRAINT wallet_notes_note_length_check CHECK (length(note) BETWEEN 1 AND 500)\n);\n\n"
        "COMMENT ON TABLE wallet_notes IS 'What support noted about a wallet.';\n"
        "COMMENT ON COLUMN wallet_notes.wallet_id IS 'The wallet.';\n"
        "COMMENT ON COLUMN wallet_notes.note IS 'The note, 1 to 500 characters.';\n\n"
        "GRANT SELECT ON wallet_notes TO avdaily_app, avdaily_readonly;\n"
    )
    down.write_text(f"-- {up.stem}: the table is gone\nDROP TABLE wallet_notes;\n")
    domains = copy.tree / "avdaily_sql" / "schema_docs" / "domains.py"
    domains.write_text(domains.read_text().replace('"wallets",', '"wallets",\n        "wallet_notes",', 1))
    copy("\n".join(rest))
    assert "CREATE TABLE public.wallet_notes" in (copy.tree / "sql" / "schema.sql").read_text()
    pages = "".join(path.read_text() for path in (copy.tree / "docs" / "schema").glob("*.md"))
    assert "What support noted about a wallet." in pages
    copy("avdaily-sql rollback --yes")


def test_a_seed_is_added_and_again_changes_nothing(copy):
    file = copy.tree / "sql" / "seeds" / "testing" / "002.note.sql"
    file.write_text(
        "-- testing/002.note: one more role, for tests\n-- Why: a test needs it.\n-- Again: finds it by name.\n\n"
        "INSERT INTO roles (name, display_name) VALUES ('tester', 'Tester') ON CONFLICT (name) DO NOTHING;\n"
    )
    first, second = block("Add a seed").splitlines()
    assert "testing/002.note" in copy(first)
    assert "0 rows new, 0 changed" in copy(second)


def test_a_command_is_added_by_one_function_and_one_row(copy):
    (copy.tree / "avdaily_sql" / "cli" / "greet.py").write_text(
        "from avdaily_sql.cli.frame import Invocation, command\n\n\n"
        '@command("greet")\ndef greet(invocation: Invocation) -> None:\n'
        '    """Say hello.\n\n    Example: avdaily-sql greet\n\n    Never shouts.\n    """\n'
        '    invocation.console.result({"greeting": "hello"}, "hello")\n'
    )
    table = copy.tree / "avdaily_sql" / "cli" / "main.py"
    row = '    "greet": ("avdaily_sql.cli.greet", "Say hello."),\n    "config": ('
    table.write_text(table.read_text().replace('    "config": (', row, 1))
    assert copy("avdaily-sql greet") == "hello\n"
    assert json.loads(copy("avdaily-sql greet --json")) == {"greeting": "hello"}
    copy("avdaily-sql docs")
    assert "## greet" in (copy.tree / "docs" / "cli.md").read_text()


def test_a_finding_is_added_by_one_function_and_one_row(copy):
    folder = copy.tree / "avdaily_sql" / "doctor"
    (folder / "weather.py").write_text(
        "from avdaily_sql.doctor.finding import warn\n\n\ndef weather():\n"
        '    yield warn("weather", "it rains", "Take an umbrella.")\n'
    )
    chief = folder / "__init__.py"
    row = '        ("weather", lambda: weather.weather()),\n        ("clock",'
    text = chief.read_text().replace('        ("clock",', row, 1)
    text = text.replace("from avdaily_sql.errors", "from avdaily_sql.doctor import weather\nfrom avdaily_sql.errors", 1)
    chief.write_text(text)
    out = copy("avdaily-sql doctor || true")
    assert re.search(r"weather +it rains", out)
    assert "Take an umbrella." in out


def test_every_file_that_a_recipe_names_is_there():
    named = re.findall(r"`((?:avdaily_sql|tests|sql|docs)/[\w/.]+)`", PAGE)
    assert len(named) > 8
    assert [name for name in named if "NNN" not in name and not (REPOSITORY / name).exists()] == []
