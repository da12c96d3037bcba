"""An installed wheel is the whole product: it carries the SQL and works outside a checkout."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)


@pytest.mark.slow
def test_a_wheel_installed_outside_the_checkout_is_the_whole_product(tmp_path, database_url, server):
    wheels, environment, elsewhere = tmp_path / "dist", tmp_path / "env", tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert run(sys._base_executable, "-m", "venv", environment).returncode == 0
    pip = [environment / "bin" / "pip", "--quiet", "--disable-pip-version-check"]
    built = run(*pip, "wheel", "--no-deps", "--wheel-dir", wheels, ROOT)
    assert built.returncode == 0, built.stderr
    (wheel,) = wheels.glob("*.whl")
    installed = run(*pip, "install", wheel)
    assert installed.returncode == 0, installed.stderr

    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "DATABASE_URL": database_url}
    applied = run(environment / "bin" / "avdaily-sql", "apply", cwd=elsewhere, env=env)
    assert applied.returncode == 0, applied.stderr
    ids = sorted(
        path.stem for path in (ROOT / "sql" / "migrations").glob("*.sql") if not path.name.endswith(".rollback.sql")
    )
    assert [line.split()[1] for line in applied.stdout.splitlines() if line.startswith("applied")] == ids

    # Every file that a command reads is there: migrations, seeds, queries, rules for anonymised copies.
    (packaged,) = environment.glob("lib/*/site-packages/avdaily_sql/sql")
    assert {str(path.relative_to(packaged)) for path in packaged.rglob("*.sql")} == {
        str(path.relative_to(ROOT / "sql")) for path in (ROOT / "sql").rglob("*.sql")
    }
    env |= {"BACKUP_DIR": str(tmp_path / "kept"), "AVDAILY_PG_BIN": str(server.bin)}
    for words in ("seed --env development", "run get_wallet user_id=00000000-0000-7000-8000-000000000002", "check"):
        done = run(environment / "bin" / "avdaily-sql", *words.split(), cwd=elsewhere, env=env)
        assert done.returncode == 0, f"{words}: {done.stderr}"
    copied = run(environment / "bin" / "avdaily-sql", "backup", "--anonymise", cwd=elsewhere, env=env)
    assert copied.returncode == 0, copied.stderr
    (file,) = (tmp_path / "kept").glob("*_anonymised.sql.gz")
    text = gzip.decompress(file.read_bytes()).decode()
    assert "@example.invalid" in text
    assert "user1@avdaily.test" not in text

    # Production installs need not have the embedded server; without it and without a URL the error says what to do.
    del env["DATABASE_URL"], env["AVDAILY_PG_BIN"]
    refused = run(environment / "bin" / "avdaily-sql", "status", cwd=elsewhere, env=env)
    assert refused.returncode == 8
    assert "avdaily-sql[embedded]" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_lock_file_holds_every_dependency_and_names_public_registries_only():
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    names = {package["name"] for package in lock["package"]}
    assert {"psycopg", "psycopg-pool", "psycopg-binary", "yoyo-migrations", "click", "python-dotenv"} <= names
    assert {"pytest", "pytest-postgresql"} <= names
    sources = {package["source"].get("registry") for package in lock["package"]}
    assert sources <= {"https://pypi.org/simple", None}


def test_every_dependency_has_its_reason_among_the_decisions():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [
        project["build-system"]["requires"],
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    names = {re.match(r"[\w-]+", each)[0] for group in groups for each in group if isinstance(each, str)}
    decisions = (ROOT / "docs" / "decisions.md").read_text().lower()
    assert len(names) > 20
    assert {name for name in names if not re.search(rf"\b{re.escape(name)}\b", decisions)} == set()


def test_backups_are_ignored_by_git_but_their_folder_is_not():
    ignored = run("git", "check-ignore", "backups/x.sql.gz", ".env", ".venv/bin/python", cwd=ROOT)
    assert ignored.stdout.split() == ["backups/x.sql.gz", ".env", ".venv/bin/python"]
    assert (ROOT / "backups" / ".gitkeep").exists()
    assert os.access(ROOT / "avdaily", os.X_OK)


def test_ci_installs_every_package_that_a_test_may_want():
    files = [*ROOT.glob("tests/**/*.py")]
    wanted = {name for file in files for name in re.findall(r'mark\.needs\("([\w-]+)"\)', file.read_text())} - {"linux"}
    installed = {line for line in (ROOT / ".ci" / "apt.txt").read_text().splitlines() if not line.startswith("#")}
    assert len(wanted) > 4
    assert wanted <= installed
