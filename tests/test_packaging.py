"""An installed wheel is the whole product: it carries the SQL and works outside a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)


@pytest.mark.slow
def test_a_wheel_installed_outside_the_checkout_applies_its_own_migrations(tmp_path, database_url):
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

    # Production installs need not have the embedded server; without it and without a URL the error says what to do.
    del env["DATABASE_URL"]
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


def test_backups_are_ignored_by_git_but_their_folder_is_not():
    ignored = run("git", "check-ignore", "backups/x.sql.gz", ".env", ".venv/bin/python", cwd=ROOT)
    assert ignored.stdout.split() == ["backups/x.sql.gz", ".env", ".venv/bin/python"]
    assert (ROOT / "backups" / ".gitkeep").exists()
    assert os.access(ROOT / "avdaily", os.X_OK)
