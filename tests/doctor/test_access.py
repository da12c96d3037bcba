"""Who may do what: a role with too much, an application that is the owner, a connection that can be read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest

from avdaily_sql.cluster import privileges
from avdaily_sql.doctor import access
from avdaily_sql.settings import Environment
from tests import throwaway
from tests.doctor.conftest import levels


def test_missing_roles_fail(sick, examine):
    found = {each.name: each for each in examine(sick.maintenance_url)}
    assert found["roles"].level == "fail"
    assert found["roles"].message == "missing: avdaily_ledger, avdaily_app, avdaily_readonly"


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("ALTER ROLE avdaily_ledger LOGIN", "ledger_login"),
        ("ALTER ROLE avdaily_app SUPERUSER", "avdaily_app_powers"),
        ("ALTER ROLE avdaily_readonly BYPASSRLS", "avdaily_readonly_powers"),
        ("CREATE ROLE clerk LOGIN IN ROLE avdaily_ledger", "ledger_members"),
    ],
)
def test_a_role_that_may_more_than_it_should_fails(conn, statement, name):
    assert "fail" not in levels(access.roles(conn)).values()
    conn.execute(statement)
    found = {each.name: each for each in access.roles(conn)}
    assert found[name].level == "fail"
    conn.execute(found[name].hint)
    assert "fail" not in levels(access.roles(conn)).values()


def test_a_role_that_may_write_every_table_fails(conn):
    conn.execute("GRANT pg_write_all_data TO avdaily_app")
    assert levels(access.roles(conn))["avdaily_app_powers"] == "fail"


@pytest.mark.parametrize(("environment", "level"), [("development", "warn"), ("production", "fail")])
def test_an_application_that_connects_as_superuser_is_told(migrated_url, examine, environment, level):
    assert levels(examine(migrated_url, AVDAILY_ENV=environment))["application_role"] == "ok"
    with psycopg.connect(migrated_url, application_name="savings-api"):
        found = {each.name: each for each in examine(migrated_url, AVDAILY_ENV=environment)}
    assert found["application_role"].level == level
    assert "postgres (superuser)" in found["application_role"].message


def test_an_application_that_connects_as_the_owner_is_told_and_one_with_its_own_role_is_not(migrated_url, server):
    server.execute("CREATE ROLE doctor_owner LOGIN")
    server.execute("CREATE ROLE doctor_client LOGIN IN ROLE avdaily_app")
    try:
        with psycopg.connect(migrated_url, autocommit=True) as conn:
            conn.execute("ALTER TABLE wallets OWNER TO doctor_owner")
            with psycopg.connect(migrated_url, user="doctor_client", application_name="savings-api"):
                assert levels(access.applications(conn, Environment.development)) == {"application_role": "ok"}
            with psycopg.connect(migrated_url, user="doctor_owner", application_name="savings-api"):
                (found,) = access.applications(conn, Environment.development)
            assert (found.level, "doctor_owner (owner)" in found.message) == ("warn", True)
            conn.execute("ALTER TABLE wallets OWNER TO postgres")
    finally:
        server.execute("DROP ROLE doctor_owner")
        server.execute("DROP ROLE doctor_client")


def test_signing_in_as_superuser_is_told_in_production_only(conn):
    assert levels(access.own_role(conn, Environment.production)) == {"own_role": "warn"}
    assert levels(access.own_role(conn, Environment.development)) == {"own_role": "ok"}


def over_the_network(url):
    """Return the same address by a name that is not this machine's: what counts is what the URL says."""
    return f"{url.replace('@127.0.0.1', '@db.example.com')}?hostaddr=127.0.0.1"


@pytest.mark.parametrize(("environment", "level"), [("development", "warn"), ("production", "fail")])
def test_a_connection_over_the_network_without_tls_is_told(tcp_url, environment, level):
    with psycopg.connect(tcp_url) as conn:
        assert levels(access.encryption(conn, Environment[environment])) == {"encryption": "ok"}
    with psycopg.connect(over_the_network(tcp_url)) as conn:
        assert levels(access.encryption(conn, Environment[environment])) == {"encryption": level}


@pytest.mark.slow
@pytest.mark.needs("postgresql-15")
def test_tls_that_does_not_look_who_the_server_is_is_told():
    session = throwaway.Session()
    key, certificate = session.directory / "server.key", session.directory / "server.crt"
    subject = ["-subj", "/CN=db.example.com", "-addext", "subjectAltName=DNS:db.example.com"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, *subject],
        check=True,
        capture_output=True,
    )
    programs = Path("/usr/lib/postgresql/15/bin")
    privileges.find_identity(programs / "postgres").give(key)
    try:
        options = ("ssl=on", f"ssl_key_file={key}", f"ssl_cert_file={certificate}")
        own = throwaway.start_server(session, programs, options=options)
        url = over_the_network(own.tcp_url)
        with psycopg.connect(url) as conn:
            (found,) = access.encryption(conn, Environment.production)
            assert (found.level, "does not check who the server is" in found.message) == ("warn", True)
        with psycopg.connect(f"{url}&sslmode=verify-full&sslrootcert={certificate}") as conn:
            assert levels(access.encryption(conn, Environment.production)) == {"encryption": "ok"}
    finally:
        session.close()


def test_what_a_role_may_not_see_is_a_finding(migrated_url, server, examine):
    server.execute("CREATE ROLE doctor_visitor LOGIN")
    try:
        findings = examine(migrated_url.replace("postgres@", "doctor_visitor@"))
    finally:
        server.execute("DROP ROLE doctor_visitor")
    found = {each.name: each for each in findings}
    assert found["migrations"].level == "fail"
    assert found["connection"].level == "ok"
    assert all(each.hint for each in findings if each.level != "ok")
