"""The recipes of docs/recipes.md: each applied to a table with rows, rolled back, held against what its text says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from avdaily_sql import lint
from avdaily_sql.migrations import Options, tracing
from tests.throwaway import REPOSITORY

RECIPES = Path(__file__).parent / "recipes"
NAMES = sorted(path.name for path in RECIPES.iterdir() if path.name != "base")
PAGE = REPOSITORY / "docs" / "recipes.md"
ROWS = 5000
_FILL = (
    f"INSERT INTO users (name) SELECT 'user ' || n FROM generate_series(1, {ROWS}) AS n",
    "INSERT INTO wallets (user_id, label, points, theme, nickname)"
    " SELECT id, CASE id % 5 WHEN 0 THEN '$' ELSE '' END || 'w' || id, id, 'dark', 'n' || id FROM users",
)
# What an instant is made of: nothing that grows with the table.
_EXCLUSIVE = "AccessExclusiveLock"


@pytest.fixture
def recipe(tree, runner, db):
    """Put a recipe behind the base, of which the tables have rows."""
    for path in (RECIPES / "base").iterdir():
        shutil.copy(path, tree.migrations)
    runner.apply()
    for statement in _FILL:
        db.execute(statement)
    # The scratch copy of a trace gets the rows of the seeds.
    seeds = tree.root / "seeds" / "development"
    seeds.mkdir(parents=True)
    (seeds / "001.rows.sql").write_text("".join(f"{statement};\n" for statement in _FILL))

    def put(name: str) -> list[str]:
        for path in (RECIPES / name).iterdir():
            shutil.copy(path, tree.migrations)
        return sorted(path.stem for path in (RECIPES / name).glob("*.sql") if ".rollback" not in path.name)

    return put


def _said(name: str, identifier: str) -> tuple[dict[str, str], set[str], set[str]]:
    """Return what the header of a file says: the strongest lock by table, the tables that are read, the indexes."""
    text = (RECIPES / name / f"{identifier}.sql").read_text()
    line = re.search(r"^-- Locks: (.*)$", text, re.MULTILINE)[1]
    locks, *more = line.split("; ")
    scans = {word.removeprefix("scans ") for word in more if word.startswith("scans ")}
    builds = {word.removeprefix("builds ") for word in more if word.startswith("builds ")}
    return dict(each.split() for each in locks.split(", ")), scans, builds


def _bare(relation: str) -> str:
    return relation.rpartition(".")[2]


def _seen(file) -> tuple[dict[str, str], set[str], set[str]]:
    strength = tracing.report.STRENGTH
    locks: dict[str, str] = {}
    for statement in file.statements:
        for taken in statement.locks:
            name = _bare(taken.relation)
            if name in {"wallets", "users", "purses", "wallet_looks"}:
                locks[name] = max(locks.get(name, taken.mode), taken.mode, key=strength.index)
    scans = {_bare(scan.relation) for statement in file.statements for scan in statement.scans}
    return locks, scans, {_bare(index) for statement in file.statements for index in statement.index_builds}


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_takes_the_locks_that_its_text_says_and_never_rewrites(recipe, tree, database_url, name):
    files = recipe(name)
    result = tracing.trace(database_url, tree.sql, Options())
    assert ([file.id for file in result.trace], result.warnings) == (files, ())
    for file in result.trace:
        assert _seen(file) == _said(name, file.id), file.id
        for statement in file.statements:
            assert not statement.rewrites
        if any(taken.mode == _EXCLUSIVE for statement in file.statements for taken in statement.locks):
            _, scans, builds = _seen(file)
            assert not scans | builds, f"{file.id} reads or builds while nobody may read"


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_goes_up_down_and_up_on_a_table_with_rows(recipe, runner, db, database_url, dump, name):
    files = recipe(name)
    before = {None: dump(database_url, "--schema-only")}
    for identifier in files:
        runner.apply(to=identifier)
        before[identifier] = dump(database_url, "--schema-only")
    for identifier, earlier in zip(reversed(files), [*reversed(files[:-1]), None], strict=True):
        runner.rollback()
        if not _comes_back_elsewhere(identifier):
            assert dump(database_url, "--schema-only") == before[earlier], identifier
    assert db.execute("SELECT count(*), sum(points) FROM wallets").fetchone() == (ROWS, ROWS * (ROWS + 1) // 2)
    runner.apply()
    assert db.execute(f"SELECT count(*) FROM {'purses' if name == 'rename' else 'wallets'}").fetchone() == (ROWS,)


def _comes_back_elsewhere(identifier: str) -> bool:
    """Tell of the one file whose rollback brings a column back as the last one: nothing can put it where it was."""
    return identifier in {"0004.drop-wallets-theme", "0003.fill-wallet-looks", "0002.create-wallet-looks"}


def test_the_rule_of_not_null_column_holds_for_old_and_new_rows(recipe, runner, db):
    recipe("not-null-column")
    runner.apply()
    query = "SELECT currency, count(*) FROM wallets GROUP BY currency ORDER BY currency"
    assert db.execute(query).fetchall() == [("NGN", ROWS - ROWS // 5), ("USD", ROWS // 5)]
    with pytest.raises(Exception, match="violates not-null"):
        db.execute("UPDATE wallets SET currency = NULL")


def test_type_change_and_split_keep_what_is_written_between_their_files(recipe, runner, db):
    recipe("type-change")
    runner.apply(to="0002")
    db.execute("INSERT INTO wallets (user_id, label, points, nickname) VALUES (1, 'new', 7, 'x')")
    db.execute("UPDATE wallets SET points = 8 WHERE user_id = 1")
    runner.apply()
    assert db.execute("SELECT label, points FROM wallets WHERE user_id = 1 ORDER BY id").fetchall() == [
        ("w1", 8),
        ("new", 8),
    ]
    db.execute("UPDATE wallets SET points = 3000000000 WHERE user_id = 2")


def test_an_old_application_writes_through_the_view_of_rename(recipe, runner, db):
    recipe("rename")
    runner.apply(to="0002")
    db.execute("INSERT INTO wallets (user_id, label, points, nickname) VALUES (1, 'new', 7, 'x')")
    assert db.execute("SELECT points FROM purses WHERE label = 'new'").fetchone() == (7,)


def test_the_page_shows_each_file_as_it_is():
    shown = re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    files = [path.read_text(encoding="utf-8") for path in RECIPES.rglob("*.sql")]
    assert sorted(shown) == sorted(files)


@pytest.mark.parametrize("name", NAMES)
def test_lint_has_nothing_to_say_to_a_recipe(recipe, tree, name):
    recipe(name)
    found = [f"{each.file.rpartition('/')[2]}:{each.line} {each.rule}" for each in lint.lint(tree.sql).findings]
    assert found == []
