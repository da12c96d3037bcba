"""The environment marker: where it is kept, who may write it, and what does not carry it."""

import subprocess
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from avdaily_sql.errors import Refused
from avdaily_sql.marker import read_marker, write_marker
from avdaily_sql.settings import Environment

PRODUCTION, STAGING, DEVELOPMENT = Environment.production, Environment.staging, Environment.development


def name_of(url):
    return urlsplit(url).path.removeprefix("/")


@pytest.fixture
def admin(database_url):
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def owner(admin, database_url):
    """A connection as the database's owner, who is no superuser."""
    role = f"owner_of_{name_of(database_url)}"
    admin.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    admin.execute(
        sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name_of(database_url)), sql.Identifier(role))
    )
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(role)))
        yield connection
    admin.execute(
        sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(sql.Identifier(name_of(database_url)))
        + sql.SQL("; REVOKE SET ON PARAMETER avdaily.environment FROM {}").format(sql.Identifier(role))
        + sql.SQL("; DROP ROLE {}").format(sql.Identifier(role))
    )


def comment(connection):
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    return connection.execute(query).fetchone()[0]


def set_comment(connection, text):
    name = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(text)))


def test_a_new_database_has_no_marker(admin):
    assert read_marker(admin) is None


@pytest.mark.parametrize("environment", list(Environment))
def test_a_superusers_marker_is_a_setting_of_the_database(admin, environment):
    assert write_marker(admin, environment) == "setting"
    assert read_marker(admin) is environment
    assert comment(admin) is None


def test_an_owners_marker_is_a_line_of_the_comment_and_the_rest_of_it_stays(owner):
    set_comment(owner, "The savings of Lagos.\nAsk Ada before you touch it.")
    assert write_marker(owner, STAGING) == "comment"
    assert write_marker(owner, PRODUCTION) == "comment"
    assert read_marker(owner) is PRODUCTION
    assert comment(owner) == "The savings of Lagos.\nAsk Ada before you touch it.\navdaily.environment=production"


def test_a_role_that_may_set_the_parameter_writes_the_setting(admin, owner):
    role = owner.execute("SELECT session_user").fetchone()[0]
    admin.execute(sql.SQL("GRANT SET ON PARAMETER avdaily.environment TO {}").format(sql.Identifier(role)))
    assert write_marker(owner, PRODUCTION) == "setting"
    assert read_marker(owner) is PRODUCTION


def test_the_setting_takes_the_place_of_an_older_line_in_the_comment(admin, owner):
    set_comment(owner, "Kept.")
    write_marker(owner, PRODUCTION)
    assert write_marker(admin, DEVELOPMENT) == "setting"
    assert (read_marker(admin), comment(admin)) == (DEVELOPMENT, "Kept.")


def test_of_setting_and_comment_the_strictest_counts(admin):
    write_marker(admin, DEVELOPMENT)
    set_comment(admin, "avdaily.environment=production")
    assert read_marker(admin) is PRODUCTION
    write_marker(admin, STAGING)
    set_comment(admin, "avdaily.environment=development")
    assert read_marker(admin) is STAGING


def test_an_owner_cannot_lower_what_a_superuser_has_set(admin, owner):
    write_marker(admin, PRODUCTION)
    set_comment(admin, "Kept.")
    with pytest.raises(Refused, match="may not mark database") as refusal:
        write_marker(owner, DEVELOPMENT)
    assert "says production" in refusal.value.detail
    assert "avdaily.environment" in refusal.value.hint
    assert (read_marker(admin), comment(admin)) == (PRODUCTION, "Kept.")


def test_a_stranger_cannot_mark_a_database(admin, owner):
    with psycopg.connect(admin.info.dsn, autocommit=True) as stranger:
        stranger.execute("SET SESSION AUTHORIZATION pg_monitor")
        with pytest.raises(Refused, match="may not mark database"):
            write_marker(stranger, DEVELOPMENT)
    assert read_marker(admin) is None


@pytest.mark.parametrize("word", ["prd", "", "PRODUCTION ", "Live"])
def test_a_word_that_nobody_knows_counts_as_production(admin, word):
    set_comment(admin, f"One.\n avdaily.environment = {word}\nTwo.")
    assert read_marker(admin) is PRODUCTION


def test_a_session_cannot_override_the_marker(admin):
    write_marker(admin, PRODUCTION)
    admin.execute("SET avdaily.environment = 'development'")
    assert read_marker(admin) is PRODUCTION


def test_the_marker_survives_a_rename_and_a_clone_does_not_have_it(server, admin, database_url):
    name = name_of(database_url)
    write_marker(admin, PRODUCTION)
    set_comment(admin, "avdaily.environment=production")
    admin.close()
    moved, clone = f"{name}_moved", f"{name}_clone"
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(moved)))
    server.create_database(clone, template=moved)
    try:
        with psycopg.connect(server.maintenance_url) as connection:
            assert read_marker(connection, moved) is PRODUCTION
            assert read_marker(connection, clone) is None
    finally:
        server.drop_database(clone)
        server.drop_database(moved)


def test_a_plain_dump_does_not_carry_the_marker(server, admin, database_url):
    write_marker(admin, PRODUCTION)
    set_comment(admin, "avdaily.environment=production")
    dump = subprocess.run([server.program("pg_dump"), database_url], capture_output=True, text=True, check=True)
    assert "avdaily.environment" not in dump.stdout
