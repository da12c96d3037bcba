import psycopg
import pytest


def test_a_new_database_is_empty(database_url):
    with psycopg.connect(database_url) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchone() == (0,)


@pytest.mark.parametrize("attempt", [1, 2])
def test_what_one_test_writes_the_next_does_not_see(conn, attempt):
    conn.execute("CREATE TABLE written_by_a_test (id int)")


def test_a_test_cannot_commit_by_mistake(conn):
    with pytest.raises(psycopg.ProgrammingError):
        conn.commit()


def test_a_clone_has_the_migrations_and_may_be_changed(migrated_url, template, server):
    with psycopg.connect(migrated_url) as connection:
        connection.execute("CREATE TABLE mine (id int)")
    assert server.execute("SELECT datistemplate FROM pg_database WHERE datname = %s", template) == [(True,)]


def test_the_real_command_runs(avdaily):
    done = avdaily("--version")
    assert done.returncode == 0
    assert "avdaily-sql" in done.stdout
