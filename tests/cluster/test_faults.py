"""What a crash, a kill or a reboot leaves behind: the next start copes with it and touches no foreign process."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cluster.conftest import servers_in
from tests.waiting import eventually

pytestmark = pytest.mark.fault


@pytest.fixture
def stranger():
    """A process that has nothing to do with us; it must live on."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    assert process.poll() is None, "a foreign process was ended"
    process.kill()
    process.wait()


@pytest.fixture
def zombie():
    """A pid that answers to kill(pid, 0) and yet is nobody."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    eventually(lambda: f"{process.pid} (" in (text := _stat(process.pid)) and ") Z " in text)
    yield process
    process.wait()


def _stat(pid):
    return Path(f"/proc/{pid}/stat").read_text()


def write_pid_file(place, pid):
    """Leave postmaster.pid as a crashed server leaves it, but with a pid that is somebody else's by now."""
    lines = [str(pid), str(place.cluster), "1700000000", "5432", str(place.data / "18-socket"), "", "  1  1", "ready"]
    (place.cluster / "postmaster.pid").write_text("\n".join(lines) + "\n")


def started_and_stopped(place):
    place.run("db", "start")
    place.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    place.run("db", "stop")


def starts_with_its_data(place):
    assert place.json("db", "start")["started"] is True
    assert place.execute("SELECT answer FROM kept") == [(42,)]
    assert place.execute("SHOW data_directory") == [(str(place.cluster),)]


def test_a_pid_file_of_a_dead_process_is_removed(place):
    started_and_stopped(place)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    write_pid_file(place, gone.pid)
    starts_with_its_data(place)


def test_a_pid_file_that_names_a_foreign_process_is_removed_and_the_process_is_not_signalled(place, stranger):
    started_and_stopped(place)
    write_pid_file(place, stranger.pid)
    starts_with_its_data(place)


def test_a_pid_file_that_names_a_zombie_is_removed(place, zombie):
    started_and_stopped(place)
    write_pid_file(place, zombie.pid)
    starts_with_its_data(place)


@pytest.mark.parametrize("verb", [("db", "stop"), ("db", "down")])
def test_stop_never_signals_the_process_that_has_got_a_dead_servers_pid(place, stranger, verb):
    started_and_stopped(place)
    write_pid_file(place, stranger.pid)
    assert place.run(*verb).stdout == "not running\n"


@pytest.mark.parametrize("text", ["", "\n", "garbage\n", "-1\n", "99999999999999999999\n/nowhere\n"])
def test_a_damaged_pid_file_is_removed(place, text):
    started_and_stopped(place)
    (place.cluster / "postmaster.pid").write_text(text)
    starts_with_its_data(place)


def test_a_socket_and_its_lock_file_of_a_foreign_process_are_removed(place, stranger):
    started_and_stopped(place)
    directory = place.data / "18-socket"
    (directory / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n{place.cluster}\n1700000000\n5432\n{directory}\n")
    (directory / ".s.PGSQL.5432").touch()
    starts_with_its_data(place)


def test_a_killed_postmaster_is_followed_by_a_new_one_with_all_that_was_committed(place):
    place.run("db", "start")
    place.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(place.pid, signal.SIGKILL)
    starts_with_its_data(place)


def test_a_killed_postmaster_whose_session_is_still_at_work_is_followed_by_a_new_one(place):
    place.run("db", "start")
    place.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    # A backend in the middle of a computation notices the death of its postmaster late, and holds the memory.
    query = "SELECT count(*) FROM generate_series(1, 20000000)"
    code = "import psycopg, sys; psycopg.connect(sys.argv[1]).execute(sys.argv[2])"
    worker = subprocess.Popen([sys.executable, "-c", code, place.url(), query], stderr=subprocess.DEVNULL)
    eventually(lambda: place.execute(f"SELECT 1 FROM pg_stat_activity WHERE query = '{query}'"))
    os.kill(place.pid, signal.SIGKILL)
    starts_with_its_data(place)
    worker.wait()
    assert "pre-existing shared memory block" in place.run("db", "logs").stdout


def test_a_socket_directory_that_was_cleaned_away_is_made_anew(place):
    place.run("db", "start")
    place.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    shutil.rmtree(place.socket_directory)
    starts_with_its_data(place)
    assert len(place.postmasters()) == 1


def test_six_starts_at_once_give_one_server(place):
    processes = [place.popen("db", "start", "--json") for _ in range(6)]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, answers
    assert sorted('"started": true' in stdout for stdout, _ in answers) == [False] * 5 + [True]
    assert place.postmasters() == [place.pid]


def test_six_starts_at_once_after_a_kill_give_one_server(place):
    place.run("db", "start")
    os.kill(place.pid, signal.SIGKILL)
    processes = [place.popen("db", "start", "--json") for _ in range(6)]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, answers
    assert place.postmasters() == [place.pid]


def interrupted_initialisation(place, name):
    """Start, and send a signal as soon as initdb is at work."""
    process = place.popen("db", "start", start_new_session=True)
    eventually(lambda: list(place.data.glob("18.init-*/PG_VERSION")))
    return process, getattr(signal, name)


@pytest.fixture
def shared_memory(place):
    """Remove the shared memory that a killed initdb cannot remove itself."""
    seen = set()

    def look():
        for pid in servers_in(place.directory):
            with suppress(OSError):
                seen.update(re.findall(r"/dev/shm/PostgreSQL\.\d+", Path(f"/proc/{pid}/maps").read_text()))
        return seen

    yield look
    for path in seen:
        Path(path).unlink(missing_ok=True)


def test_an_initialisation_that_was_killed_whole_is_begun_again(place, shared_memory):
    process, kill = interrupted_initialisation(place, "SIGKILL")
    eventually(shared_memory)
    os.killpg(process.pid, kill)
    process.communicate()
    assert not (place.data / "18").exists()
    place.run("db", "start")
    assert place.execute("SELECT 1") == [(1,)]
    assert len(list(place.data.glob("18.init-*"))) == 1


def test_an_orphaned_initdb_that_is_still_writing_harms_nothing(place):
    process, kill = interrupted_initialisation(place, "SIGKILL")
    process.send_signal(kill)
    process.communicate()
    place.run("db", "start")
    assert place.execute("SELECT 1") == [(1,)]
    eventually(lambda: place.postmasters() == [place.pid])


def test_what_a_killed_initialisation_left_is_removed_when_nobody_can_write_there_any_more(place):
    fresh, old = place.data / "18.init-00", place.data / "18.init-01"
    for leftover in (fresh, old):
        (leftover / "base").mkdir(parents=True)
    os.utime(old, (time.time() - 3600,) * 2)
    place.run("db", "start")
    assert list(place.data.glob("18.init-*")) == [fresh]


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_an_interrupted_initialisation_leaves_nothing_half_done(place, name, code):
    process, number = interrupted_initialisation(place, name)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == code
    assert stderr.splitlines()[-1] == f"Error: {'interrupted' if name == 'SIGINT' else 'terminated'}"
    assert [path.name for path in place.data.iterdir()] == ["18.lock"]
    eventually(lambda: not servers_in(place.directory))
    place.run("db", "start")


def test_ctrl_c_in_the_terminal_does_not_reach_a_running_server(place):
    # The terminal signals the whole process group of the command that runs in it, also after `db start` has ended.
    starter = place.popen("db", "start", start_new_session=True)
    starter.communicate()
    with pytest.raises(ProcessLookupError):
        os.killpg(starter.pid, signal.SIGINT)
    assert place.json("db", "start")["started"] is False


def test_a_followed_log_ends_at_ctrl_c_and_the_server_stays(place):
    place.run("db", "start")
    follower = place.popen("db", "watch")
    assert "starting PostgreSQL 18" in follower.stdout.readline()
    place.execute("DO 'BEGIN RAISE LOG ''seen as it comes''; END'")
    eventually(lambda: "seen as it comes" in follower.stdout.readline())
    follower.send_signal(signal.SIGINT)
    _, stderr = follower.communicate(timeout=10)
    assert (follower.returncode, stderr.splitlines()[-1]) == (130, "Error: interrupted")
    assert place.json("db", "start")["started"] is False
