"""Which databases are meant: named once and in one place, and recognised under whatever name they come."""

from __future__ import annotations

import tempfile
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import fanout
from avdaily_sql.errors import UsageError
from tests.fanout.cells import has_table, several
from tests.queries.clusters import pgbouncer, primary_and_standby
from tests.test_json_output import held_against

# Nothing listens there: what is refused is refused by its text.
NOBODY = "postgresql://a:hidden1@127.0.0.1:1/cell"


@pytest.fixture(autouse=True)
def _no_libpq_settings(monkeypatch):
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)


# Before and after the command


@pytest.mark.parametrize("command", [("apply",), ("status",), ("reset", "--yes"), ("db", "status")])
def test_a_url_before_the_command_and_one_after_it_are_refused(avdaily, tree, urls, command):
    refused = avdaily("--database-url", urls[0], "--sql-dir", tree, *command, "--database-url", urls[1])
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.splitlines()[0] == "Error: --database-url is given before the command and after it"
    assert not has_table(urls[0])
    assert not has_table(urls[1])


def test_two_urls_before_the_command_are_two_databases(avdaily, tree, urls):
    done = avdaily(*several(urls[:2]), "--sql-dir", tree, "apply")
    assert done.returncode == 0, done.stderr
    assert has_table(urls[0])
    assert has_table(urls[1])


def test_urls_and_a_file_of_them_are_one_list(avdaily, tree, urls, tmp_path):
    file = tmp_path / "databases.txt"
    file.write_text(urls[2] + "\n")
    done = avdaily("--json", *several(urls[:2]), "--sql-dir", tree, "apply", "--databases", file)
    assert len(held_against("databases", done.stdout)["databases"]) == 3
    assert all(has_table(url) for url in urls)


def test_an_empty_url_is_not_taken_for_the_settings(avdaily, tree, urls):
    refused = avdaily("--database-url", "", "--sql-dir", tree, "apply", env={"DATABASE_URL": urls[0]})
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[0] == "Error: --database-url is empty"
    assert not has_table(urls[0])


# Flag, file, environment, .env


def test_a_file_of_databases_counts_and_neither_environment_nor_env_file(avdaily, tree, urls, tmp_path):
    (tmp_path / ".env").write_text(f"DATABASE_URL='{urls[0]}'\n")
    file = tmp_path / "databases.txt"
    file.write_text(urls[2] + "\n")
    done = avdaily("--sql-dir", tree, "apply", "--databases", file, env={"DATABASE_URL": urls[1]})
    assert done.returncode == 0, done.stderr
    assert [has_table(url) for url in urls] == [False, False, True]


def test_several_flags_count_and_neither_environment_nor_env_file(avdaily, tree, urls, server, tmp_path):
    (tmp_path / ".env").write_text(f"DATABASE_URL='{server.url('nothing_of_this_name')}'\n")
    done = avdaily("--sql-dir", tree, "apply", *several(urls[:2]), env={"DATABASE_URL": urls[2]})
    assert done.returncode == 0, done.stderr
    assert [has_table(url) for url in urls] == [True, True, False]


@pytest.mark.parametrize("is_in_environment", [True, False])
def test_schemas_without_a_url_are_those_of_the_settings_database(avdaily, tree, urls, tmp_path, is_in_environment):
    (tmp_path / ".env").write_text(f"DATABASE_URL='{urls[0]}'\n")
    chosen = urls[1] if is_in_environment else urls[0]
    with psycopg.connect(chosen, autocommit=True) as conn:
        conn.execute("CREATE SCHEMA cell_a; CREATE SCHEMA cell_b")
    words = ("--sql-dir", tree, "apply", "--schema", "cell_a", "--schema", "cell_b")
    done = avdaily(*words, env={"DATABASE_URL": urls[1]} if is_in_environment else {})
    assert done.returncode == 0, done.stdout + done.stderr
    assert has_table(chosen, "cell_a")
    assert has_table(chosen, "cell_b")


# One database under several names


@pytest.mark.parametrize(
    "other",
    [
        "postgresql://a:hidden2@127.0.0.1:1/cell",
        "postgresql://b@127.0.0.1:1/cell",
        "postgres://a@127.0.0.1:1/cell?application_name=x",
        "postgresql+psycopg://a@127.0.0.1:1/cell",
        "postgresql://a@LOCALHOST:1/cell",
        "postgresql://a@[::1]:1/cell",
        "postgresql:///cell?host=localhost&port=1&user=a",
        "postgresql://a@db.example/cell?hostaddr=127.0.0.1&port=1",
        "postgresql://a@127.0.0.1:1/%63ell",
    ],
)
def test_one_address_in_two_spellings_is_refused_without_a_connection(other):
    with pytest.raises(UsageError) as caught:
        fanout.targets([NOBODY, other], None, ())
    assert "named twice" in caught.value.message or "are the same database" in caught.value.message
    assert "hidden" not in caught.value.message


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("postgresql://db.invalid/cell", "postgresql://db.invalid:5432/cell"),
        ("postgresql://cell@db.invalid", "postgresql://cell@db.invalid/cell"),
        ("postgresql://a.invalid,b.invalid/cell", "postgresql://b.invalid:5432,a.invalid:5432/cell"),
    ],
)
def test_what_libpq_fills_in_makes_no_other_database(one, other):
    with pytest.raises(UsageError, match="are the same database"):
        fanout.targets([one, other], None, ())


@pytest.mark.parametrize(
    "other", ["postgresql://a@127.0.0.1:1/Cell", "postgresql://a@127.0.0.1:2/cell", "postgresql://a@127.0.0.2:1/cell"]
)
def test_another_address_is_another_database(other):
    assert len(fanout.targets([NOBODY, other], None, ())) == 2


def test_one_database_by_its_socket_and_over_the_network_is_recognised_by_its_server(avdaily, tree, urls, tcp_url):
    with psycopg.connect(urls[0]) as conn:
        over_the_network = f"{tcp_url.rpartition('/')[0]}/{conn.info.dbname}"
    password = tcp_url.partition("postgres:")[2].partition("@")[0]
    refused = avdaily("--sql-dir", tree, "apply", *several([urls[0], urls[1], over_the_network]))
    assert refused.returncode == 2
    assert "are the same database" in refused.stderr.splitlines()[0]
    assert password not in refused.stderr
    assert not any(has_table(url) for url in urls)


def test_a_role_without_any_right_recognises_it_too(urls, server):
    role = f"nobody_{server.session}".lower()
    server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    try:
        url = urls[0].replace("postgres@", f"{role}@")
        with pytest.raises(UsageError, match="are the same database"):
            # Another spelling of the directory of the socket, so that only the server can tell.
            fanout.targets([urls[0], url.replace("%2Fsocket", "%2F.%2Fsocket")], None, ())
    finally:
        server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.mark.needs("pgbouncer")
def test_one_database_through_a_pooler_and_beside_it_is_recognised(urls, server, tmp_path_factory):
    with (
        pgbouncer(tmp_path_factory.mktemp("pooler"), urls[0], server.bin) as through,
        pytest.raises(UsageError, match="are the same database"),
    ):
        fanout.targets([urls[0], through], None, ())


@pytest.mark.slow
def test_a_replica_is_another_database_than_its_primary(server):
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="avdaily-twins-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        with primary_and_standby(directory, server.bin) as (primary, standby):
            assert len(fanout.targets([primary.url(), standby.url()], None, ())) == 2


def test_a_database_that_cannot_be_reached_hides_no_other(avdaily, tree, urls):
    done = avdaily("--json", "--sql-dir", tree, "apply", *several([urls[0], NOBODY, urls[1]]))
    assert [each["exit_code"] for each in held_against("databases", done.stdout)["databases"]] == [0, 1, 0]


# Schemas


def test_a_schema_that_is_named_twice_is_refused(avdaily, tree, urls):
    refused = avdaily("--database-url", urls[0], "--sql-dir", tree, "apply", "--schema", "a", "--schema", "a")
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (2, "Error: schema a is named twice")


@pytest.mark.parametrize("command", [("new", "x"), ("push",), ("baseline", "--to", "1"), ("backfill", "--list")])
def test_a_command_for_one_schema_refuses_two(avdaily, tree, urls, command):
    refused = avdaily("--database-url", urls[0], "--sql-dir", tree, *command, "--schema", "a", "--schema", "b")
    assert refused.returncode == 2
    assert "this command works on one schema at a time" in refused.stderr


def test_verify_looks_at_every_schema_that_is_named(avdaily, tree, urls):
    with psycopg.connect(urls[0], autocommit=True) as conn:
        conn.execute("CREATE SCHEMA cell_a; CREATE SCHEMA cell_b")
    words = ("--json", "--database-url", urls[0], "--sql-dir", tree)
    schemas = ("--schema", "cell_a", "--schema", "cell_b")
    assert avdaily(*words, "apply", *schemas).returncode == 0
    done = avdaily(*words, "verify", *schemas)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each["schema"] for each in held_against("databases", done.stdout)["databases"]] == ["cell_a", "cell_b"]


# What is to be run again


def test_a_refusal_names_its_database_and_schema_in_what_would_be_allowed(avdaily, tree, urls):
    assert avdaily("--sql-dir", tree, "apply", *several(urls[:2])).returncode == 0
    words = ("--json", "--sql-dir", tree, "rollback", *several(urls[:2]))
    refused = avdaily(*words, env={"AVDAILY_ENV": "production"})
    assert refused.returncode == 6
    found = held_against("databases", refused.stdout)["databases"]
    for url, each in zip(urls, found, strict=False):
        with psycopg.connect(url) as conn:
            assert f"/{conn.info.dbname}?" in each["error"]["hint"]
    assert has_table(urls[0])


@pytest.mark.needs("pgbouncer")
def test_behind_a_pooler_the_hint_is_the_command_that_was_given(avdaily, tree, urls, server, tmp_path_factory):
    with pgbouncer(tmp_path_factory.mktemp("pooler"), urls[0], server.bin) as through:
        done = avdaily("--json", "--sql-dir", tree, "apply", *several([through, urls[1]]), "--wait", "1s")
    found = held_against("databases", done.stdout)["databases"]
    assert [each["exit_code"] for each in found] == [6, 0]
    hint = found[0]["error"]["hint"]
    assert hint.startswith("avdaily-sql --database-url 'postgresql://USER@SERVER:5432/DATABASE' ")
    assert hint.endswith("apply --wait 1s")
    assert "127.0.0.1" not in hint
