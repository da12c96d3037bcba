"""Where a tree is taken over to: all pairs or none, even if the run is killed."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from avdaily_sql import errors, importing
from tests.conftest import clean_environment

PROGRAMS = Path(sys.executable).parent


def test_a_target_that_holds_anything_is_refused(made, tree):
    directory = made(**{"V1__a.sql": "SELECT 1;"})
    for name, what in (("repeatable/x.sql", "there is repeatable in"), ("README.md", "there is README.md in")):
        (tree.migrations / name).parent.mkdir(parents=True, exist_ok=True)
        (tree.migrations / name).write_text("SELECT 1;")
        with pytest.raises(errors.UsageError, match=what):
            importing.import_tree("flyway", directory, tree)
        subprocess.run(["rm", "-r", tree.migrations], check=True)
    tree.root.joinpath("migrations").write_text("")
    with pytest.raises(errors.UsageError, match=r"could not read .*Not a directory"):
        importing.import_tree("flyway", directory, tree)


def test_an_empty_target_is_filled_and_one_below_a_file_is_refused(made, tree, tmp_path, avdaily):
    directory = made(**{"V1__a.sql": "SELECT 1;"})
    tree.migrations.mkdir(parents=True)
    (tree.root / "seeds").mkdir()
    importing.import_tree("flyway", directory, tree)
    assert sorted(path.name for path in tree.root.iterdir()) == ["migrations", "seeds"]
    assert oct((tree.migrations).stat().st_mode & 0o777) == oct((tree.root / "seeds").stat().st_mode & 0o777)
    (tmp_path / "file").write_text("")
    done = avdaily("--sql-dir", tmp_path / "file" / "sql", "import", "flyway", directory)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr


def test_the_line_to_run_next_can_be_copied_into_a_shell(avdaily, made, tmp_path):
    directory = made(**{"V1__a.sql": "SELECT 1;", "U1__a.sql": "SELECT 1;"})
    done = avdaily("--sql-dir", tmp_path / "new sql", "import", "flyway", directory)
    assert f"--sql-dir '{tmp_path}/new sql' baseline --to 0001.a" in done.stderr


@pytest.fixture
def large(made):
    return made(**{f"{number}_a.up.sql": f"SELECT {number};\n" * 20 for number in range(1, 1501)})


@pytest.mark.fault
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_whoever_looks_sees_all_files_or_none_even_if_the_run_is_killed(large, tree, tmp_path, number):
    whole = 0
    for turn in itertools.count():
        target = tree.root / str(turn)
        command = [PROGRAMS / "avdaily-sql", "--sql-dir", target, "import", "golang-migrate", large]
        run = subprocess.Popen(
            command, env=clean_environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        # The first half of the turns strikes while files are written beside the target, later ones ever later.
        while run.poll() is None and not list(target.glob(f".import-*/migrations/{turn * 375 + 1:04}.a.sql")):
            if (target / "migrations").exists():
                break
        run.send_signal(number)
        _, said = run.communicate(timeout=60)
        assert b"Traceback" not in said
        seen = len(list((target / "migrations").glob("*.sql")))
        assert seen in {0, 1500}
        if number != signal.SIGKILL and seen == 0:
            assert run.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
            assert not target.exists()
        whole += seen == 1500
        if whole:
            break
    assert turn > 2, "it was never struck while it wrote"
