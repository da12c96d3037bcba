"""0001.create-roles: four kinds of applying role, what each role may do, and what a rollback leaves."""

import itertools
import threading
import time
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from tests.schema.files import apply, apply_all, as_role, psql, roll_back_all, rollback_of
from tests.throwaway import migration_files

ROLES = ("avdaily_app", "avdaily_ledger", "avdaily_readonly")
_numbers = itertools.count(1)


def roles_file():
    return next(path for path in migration_files() if path.name == "0001.create-roles.sql")


@pytest.fixture
def bare(bare_server):
    """The server without databases and roles of an earlier test."""
    yield bare_server
    for (name,) in bare_server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'kind%'"):
        bare_server.drop_database(name)
    for (name,) in bare_server.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^(pg_|postgres$)'"):
        bare_server.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
        bare_server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def new_database(server, owner="postgres"):
    name = f"kind_{next(_numbers)}"
    server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner)))
    return as_role(server.url(name), owner)


def superuser(server):
    return new_database(server)


def owner_with_createrole(server):
    server.execute("CREATE ROLE owner LOGIN CREATEROLE")
    return new_database(server, "owner")


def owner_helped_by_an_administrator(server):
    server.execute("CREATE ROLE owner LOGIN")
    for role in ROLES:
        server.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    server.execute("GRANT avdaily_ledger TO owner")
    return new_database(server, "owner")


def owner_without(server):
    server.execute("CREATE ROLE owner LOGIN")
    return new_database(server, "owner")


KINDS_THAT_MAY = [superuser, owner_with_createrole, owner_helped_by_an_administrator]


def our_roles(server):
    return tuple(
        name for (name,) in server.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^avdaily_' ORDER BY 1")
    )


def lines_of(error):
    return error.diag.message_hint.removeprefix("An administrator runs this once: ").split("; ")


def rights(url):
    """Everything that 0001 gives: rights on the schema, and the default privileges."""
    with psycopg.connect(url) as conn:
        schema = conn.execute(
            """SELECT grantee::regrole::text, privilege_type FROM pg_namespace, aclexplode(nspacl)
               WHERE nspname = 'public' ORDER BY 1, 2"""
        ).fetchall()
        defaults = conn.execute("SELECT defaclrole::regrole::text, defaclacl::text FROM pg_default_acl").fetchall()
    return schema, defaults


@pytest.mark.parametrize("kind", KINDS_THAT_MAY)
def test_every_file_applies_rolls_back_and_applies_again_as(bare, kind):
    url = kind(bare)
    apply_all(bare, url)
    assert our_roles(bare) == ROLES
    roll_back_all(bare, url)
    with psycopg.connect(url) as conn:
        left = conn.execute(
            """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
               UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
               UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"""
        ).fetchall()
    assert left == []
    apply_all(bare, url)


def test_an_owner_without_the_roles_is_refused_with_the_administrators_lines(bare):
    url = owner_without(bare)
    before = rights(url)
    done = psql(bare, url, roles_file())
    assert done.returncode == 3
    assert 'ERROR:  role "owner" may not set up the database roles' in done.stderr
    with psycopg.connect(url) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
        conn.execute(roles_file().read_text())
    hint = refused.value.diag.message_hint
    assert hint.startswith("An administrator runs this once: CREATE ROLE avdaily_app NOLOGIN;")
    assert hint.endswith("GRANT avdaily_ledger TO owner;")
    assert our_roles(bare) == ()
    assert rights(url) == before

    # The lines are enough, as they stand.
    for line in lines_of(refused.value):
        bare.execute(line)
    apply_all(bare, url)


def test_roles_made_by_somebody_else_without_membership_are_refused_with_the_one_line_missing(bare):
    url = owner_without(bare)
    for role in ROLES:
        bare.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    with psycopg.connect(url) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
        conn.execute(roles_file().read_text())
    assert refused.value.diag.message_hint == "An administrator runs this once: GRANT avdaily_ledger TO owner;"


def test_a_role_that_does_not_own_the_schema_is_refused_with_the_line_that_gives_it(bare):
    url = new_database(bare)
    owner = as_role(url, "owner")
    owner_helped_by_an_administrator(bare)
    with psycopg.connect(owner) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
        conn.execute(roles_file().read_text())
    assert refused.value.diag.message_hint == "An administrator runs this once: ALTER SCHEMA public OWNER TO owner;"
    with psycopg.connect(url) as conn:
        conn.execute("ALTER SCHEMA public OWNER TO owner")
    apply(bare, owner, roles_file())


def test_a_member_without_inherit_is_told_so_and_what_helps(bare):
    bare.execute("CREATE ROLE owner LOGIN NOINHERIT")
    url = new_database(bare, "owner")
    for role in ROLES:
        bare.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    bare.execute("GRANT avdaily_ledger TO owner WITH ADMIN OPTION")
    with psycopg.connect(url) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
        conn.execute(roles_file().read_text())
    assert "without INHERIT" in refused.value.diag.message_detail
    for line in lines_of(refused.value):
        bare.execute(line)
    apply_all(bare, url)


@pytest.mark.parametrize("kind", KINDS_THAT_MAY)
def test_a_rollback_takes_this_databases_grants_and_leaves_the_roles(bare, kind):
    url = kind(bare)
    elsewhere = new_database(bare)
    before = rights(url)
    apply(bare, url, roles_file())
    assert rights(url) != before
    apply(bare, elsewhere, roles_file())
    there = rights(elsewhere)
    apply(bare, url, rollback_of(roles_file()))
    assert our_roles(bare) == ROLES
    assert rights(elsewhere) == there
    schema, defaults = rights(url)
    assert [entry for entry in schema if entry[0] in ROLES] == []
    assert defaults == []


@pytest.mark.parametrize("kind", KINDS_THAT_MAY)
def test_a_new_function_is_executable_by_nobody_but_its_owner(bare, kind):
    url = kind(bare)
    apply(bare, url, roles_file())
    with psycopg.connect(url) as conn:
        conn.execute("CREATE FUNCTION move_money() RETURNS int LANGUAGE sql RETURN 1")
        for role in ROLES[0], ROLES[2]:
            row = conn.execute("SELECT has_function_privilege(%s, 'move_money()', 'EXECUTE')", [role]).fetchone()
            assert row == (False,)
        entries = conn.execute(
            "SELECT grantee::regrole::text FROM pg_proc, aclexplode(proacl) WHERE proname = 'move_money'"
        ).fetchall()
    assert entries == [(url.partition("//")[2].partition("@")[0],)]


@contextmanager
def applying(url):
    """Run 0001 up to, but not including, its commit."""
    with psycopg.connect(url) as conn:
        conn.execute(roles_file().read_text())
        yield conn


def apply_in_thread(url):
    outcome = []

    def run():
        try:
            with applying(url):
                pass
        except psycopg.Error as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def wait_until_blocked(server, url):
    database = url.partition("?")[0].rpartition("/")[2]
    deadline = time.monotonic() + 20
    while not server.execute(
        "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock' AND state = 'active'", database
    ):
        assert time.monotonic() < deadline, "the second migration did not wait for the first"
        time.sleep(0.005)


@pytest.mark.parametrize("first_ends", ["commit", "rollback"])
@pytest.mark.parametrize("kind", [superuser, owner_with_createrole])
def test_a_database_waits_for_another_that_creates_the_roles_at_this_moment(bare, kind, first_ends):
    first = kind(bare)
    second = new_database(bare, first.partition("//")[2].partition("@")[0])
    with applying(first) as conn:
        thread, errors = apply_in_thread(second)
        wait_until_blocked(bare, second)
        getattr(conn, first_ends)()
    thread.join(20)
    assert errors == []
    assert our_roles(bare) == ROLES
    assert rights(second)[1] != []


def test_two_databases_may_make_the_owner_a_member_at_once(bare):
    first = owner_with_createrole(bare)
    second = new_database(bare, "owner")
    with psycopg.connect(first, autocommit=True) as conn:
        for role in ROLES:
            conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        assert conn.execute("SELECT pg_has_role('avdaily_ledger', 'USAGE')").fetchone() == (False,)
    with applying(first) as conn:
        thread, errors = apply_in_thread(second)
        wait_until_blocked(bare, second)
        conn.commit()
    thread.join(20)
    assert errors == []
    with psycopg.connect(second) as conn:
        assert conn.execute("SELECT pg_has_role('avdaily_ledger', 'USAGE')").fetchone() == (True,)


@pytest.mark.parametrize("kind", [superuser, owner_with_createrole])
def test_many_databases_may_apply_the_first_files_at_once(bare, kind):
    first = kind(bare)
    owner = first.partition("//")[2].partition("@")[0]
    urls = [first, *(new_database(bare, owner) for _ in range(5))]
    failures = []

    def run(url):
        done = psql(bare, url, *migration_files()[:5])
        if done.returncode:
            failures.append(done.stderr)

    threads = [threading.Thread(target=run, args=[url]) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
