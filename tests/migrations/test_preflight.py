"""What is refused before anything is tried: the way to the server, the server, the role."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import database
from avdaily_sql.cluster import privileges
from avdaily_sql.errors import Drift, Refused, Unsupported
from tests.migrations.conftest import recorded, tables
from tests.waiting import eventually


@pytest.fixture
def filled(tree):
    tree.table(1)
    return tree


@pytest.fixture
def role(db):
    """Return the name of a role that may connect and nothing else; dropped afterwards."""
    name = f"limited_{db.info.dbname}"
    db.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
    yield name
    db.execute(sql.SQL("DROP OWNED BY {0} CASCADE; DROP ROLE {0}").format(sql.Identifier(name)))


def as_role(url: str, role: str, password: str = "") -> str:
    return url.replace("postgres@", f"{role}{':' if password else ''}{password}@", 1)


def test_a_role_that_may_not_create_tables_is_refused_at_once(filled, command, db, role, database_url):
    started = time.monotonic()
    done = command("apply", env={"DATABASE_URL": as_role(database_url, role)})
    assert time.monotonic() - started < 10
    assert done.returncode == 6
    assert done.stderr.splitlines()[0] == f'Error: role "{role}" may not create tables in schema "public"'
    assert f'GRANT CREATE ON SCHEMA public TO "{role}"' in done.stderr.splitlines()[-1]
    assert db.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'avdaily_migrations'").fetchone() == (0,)


def test_a_role_that_may_not_create_the_history_is_refused(filled, runner, db, role):
    db.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(sql.Identifier(role)))
    runner.url = as_role(runner.url, role)
    with pytest.raises(Refused, match='may not create the schema "avdaily_migrations"') as caught:
        runner.apply()
    assert "GRANT CREATE ON DATABASE" in caught.value.hint
    assert tables(db) == set()


def test_an_owner_without_superuser_can_migrate(filled, runner, db, role):
    db.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(db.info.dbname), sql.Identifier(role)))
    runner.url = as_role(runner.url, role)
    runner.apply()
    assert tables(db) == {"t1"}
    db.execute(sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(sql.Identifier(db.info.dbname)))


def test_an_administrator_may_make_the_history_schema_beforehand(filled, runner, db, role):
    name = sql.Identifier(role)
    db.execute(
        sql.SQL("GRANT CREATE ON SCHEMA public TO {0}; CREATE SCHEMA avdaily_migrations AUTHORIZATION {0}").format(name)
    )
    runner.url = as_role(runner.url, role)
    runner.apply()
    assert tables(db) == {"t1"}


def test_a_role_that_may_not_read_the_history_is_refused(filled, runner, db, role):
    runner.apply()
    runner.url = as_role(runner.url, role)
    with pytest.raises(Refused, match="cannot be read"):
        runner.status()


def test_the_hint_of_a_missing_right_can_be_run_as_it_stands(filled, runner, db, role, server):
    admin_url = runner.url
    db.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(sql.Identifier(role)))
    runner.url = as_role(runner.url, role)
    with pytest.raises(Refused) as caught:
        runner.apply()
    line = caught.value.hint.replace("psql -d " + db.info.dbname, f"{server.program('psql')} -X -d '{admin_url}'")
    subprocess.run(line, shell=True, check=True, capture_output=True)
    runner.apply()
    assert tables(db) == {"t1"}


def test_a_server_that_is_too_old_is_refused(filled, runner, db, monkeypatch):
    monkeypatch.setattr(database.require_version, "__defaults__", (99,))
    with pytest.raises(Unsupported, match=r"the server is PostgreSQL \d+; 99 or later is needed"):
        runner.apply()
    assert tables(db) == set()


def test_a_wrong_database_is_one_line(filled, command, database_url):
    name = database_url.partition("?")[0].rpartition("/")[2]
    done = command("apply", env={"DATABASE_URL": database_url.replace(name, "no_such_database")})
    assert done.returncode == 1
    assert "the server has no such database or role" in done.stderr.splitlines()[0]
    assert "Traceback" not in done.stderr


def test_a_wrong_host_is_one_line(filled, command):
    done = command("apply", env={"DATABASE_URL": "postgresql://u:Sup3rSecret@no-such-host.invalid/d"})
    assert done.returncode == 1
    assert "the host name is not known" in done.stderr.splitlines()[0]
    assert "Sup3rSecret" not in done.stderr


def test_a_port_where_nothing_listens_is_one_line(filled, command):
    done = command("apply", "--json", env={"DATABASE_URL": "postgresql://u:Sup3rSecret@127.0.0.1:1/d"})
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing listens there" in done.stderr
    assert "Sup3rSecret" not in done.stderr


def test_a_wrong_scheme_is_a_usage_error(filled, command):
    done = command("apply", env={"DATABASE_URL": "mysql://u:Sup3rSecret@localhost/d"})
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == 'Error: DATABASE_URL has the scheme "mysql"; it must be a PostgreSQL URL'
    assert "Sup3rSecret" not in done.stderr


def test_a_wrong_password_is_one_line_without_it(filled, command, db, role, database_url, server):
    hba = Path(db.execute("SHOW hba_file").fetchone()[0])
    before = hba.read_text()
    db.execute(sql.SQL("ALTER ROLE {} PASSWORD 'right'").format(sql.Identifier(role)))
    # In place: the file keeps its owner.
    hba.write_text(f"local all {role} scram-sha-256\n{before}")
    try:
        db.execute("SELECT pg_reload_conf()")
        eventually(lambda: _is_refused(as_role(database_url, role, "wrong")))
        done = command("apply", env={"DATABASE_URL": as_role(database_url, role, "wr0ngS3cret")})
    finally:
        text = hba.read_text()
        hba.write_text(text.replace(f"local all {role} scram-sha-256\n", ""))
        db.execute("SELECT pg_reload_conf()")
    assert done.returncode == 1
    assert "wrong user name or password" in done.stderr.splitlines()[0]
    assert "wr0ngS3cret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def _is_refused(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return True
    return False


def test_the_password_is_in_no_process_list(filled, start, db, database_url):
    filled.write("0002.slow", "SELECT pg_sleep(600);")
    process = start("apply", url=as_role(database_url, "postgres", "Sup3rSecret"))
    eventually(lambda: db.execute("SELECT FROM pg_stat_activity WHERE query LIKE 'BEGIN%pg_sleep%'").fetchall())
    listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(filled.root) in listed
    assert "Sup3rSecret" not in listed
    assert process.poll() is None


@pytest.fixture
def pgbouncer(server, tmp_path, database_url):
    """Start the real PgBouncer in front of the server; returns a function of the pool mode."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    started = []
    parts = urlsplit(database_url)
    directory = parse_qs(parts.query)["host"][0]
    port = parse_qs(parts.query).get("port", ["5432"])[0]

    def run(mode: str) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            own_port = probe.getsockname()[1]
        configuration = tmp_path / f"pgbouncer-{mode}.ini"
        users = tmp_path / "users.txt"
        users.write_text('"postgres" ""\n')
        configuration.write_text(
            f"[databases]\n* = host={directory} port={port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {own_port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {users}\n"
            f"pool_mode = {mode}\npidfile = {tmp_path / mode}.pid\n"
        )
        # It refuses to run as root, and the socket belongs to whoever runs the server.
        identity = privileges.find_identity(server.bin / "postgres")
        process = subprocess.Popen(
            identity.command([program, "-q", configuration]), stderr=subprocess.DEVNULL, **identity.process_options
        )
        started.append(process)
        url = f"postgresql://postgres@127.0.0.1:{own_port}{parts.path}"
        eventually(lambda: not _is_refused(url))
        return url

    yield run
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.needs("pgbouncer")
@pytest.mark.parametrize("mode", ["transaction", "statement", "session"])
def test_pgbouncer_is_refused_and_its_server_session_is_left_alone(filled, command, db, pgbouncer, mode):
    url = pgbouncer(mode)
    done = command("apply", env={"DATABASE_URL": url})
    assert done.returncode == 6
    assert done.stderr.splitlines()[0].startswith("Error: DATABASE_URL leads to a connection pooler")
    assert re.fullmatch(r"avdaily-sql --database-url '.*' .*apply", done.stderr.splitlines()[-1])
    assert (tables(db), recorded(db)) == (set(), [])
    with psycopg.connect(url, autocommit=True) as next_user:
        # The same server session, as the runner found it.
        row = next_user.execute("SELECT current_setting('search_path'), current_setting('TimeZone')").fetchone()
    assert (
        row
        == db.execute(
            "SELECT reset_val, current_setting('TimeZone') FROM pg_settings WHERE name = 'search_path'"
        ).fetchone()
    )


def test_a_newer_history_is_refused(filled, command, runner, db):
    runner.apply()
    db.execute("INSERT INTO avdaily_migrations.avdaily_format VALUES (99, '9.9')")
    for words in (("apply",), ("status",), ("rollback", "--yes")):
        done = command(*words)
        assert done.returncode == 4
        assert "this database was migrated by a newer avdaily-sql (history format 99" in done.stderr


def test_a_history_without_a_format_is_refused(filled, runner, db):
    runner.apply()
    db.execute("DELETE FROM avdaily_migrations.avdaily_format")
    with pytest.raises(Drift, match="has no format version"):
        runner.apply()


def test_a_history_that_is_not_whole_is_refused(filled, runner, db):
    runner.apply()
    db.execute("DROP TABLE avdaily_migrations.avdaily_format")
    with pytest.raises(Drift, match="is not whole"):
        runner.apply()


def test_a_history_that_cannot_be_made_is_one_line(filled, command, db):
    db.execute("CREATE SCHEMA avdaily_migrations; CREATE TABLE avdaily_migrations._yoyo_log (id int)")
    done = command("apply")
    assert done.returncode == 1
    assert 'could not create the history in schema "avdaily_migrations": relation "_yoyo_log"' in done.stderr
    assert "Traceback" not in done.stderr
    assert tables(db) == set()


def test_a_history_of_stock_yoyo_is_named_and_left_alone(filled, command, db, database_url, tmp_path):
    yoyo = Path(sys.executable).with_name("yoyo")
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    subprocess.run([yoyo, "apply", "-b", "--no-config-file", "-d", url, filled.migrations], check=True, cwd=tmp_path)
    done = command("apply")
    assert done.returncode == 4
    assert "this database was migrated with stock yoyo: its history is in schema public" in done.stderr
    assert "avdaily-sql baseline --to ID" in done.stderr
    assert db.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'avdaily_migrations'").fetchone() == (0,)
