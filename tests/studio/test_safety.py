"""What keeps the studio to one person, one machine and to reading: each shown by breaking it on the real thing."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from avdaily_sql.studio.database import READING_ROLE, STATEMENT_TIMEOUT_MS, ReadOnlyDatabase
from tests.studio.conftest import running

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_it_listens_on_the_loopback_address_only(studio):
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    addresses = {
        line.split()[1].partition(":")[0]
        for line in listening
        if line.split()[3] == "0A" and int(line.split()[1].partition(":")[2], 16) == studio.port
    }
    assert addresses == {"0100007F"}
    with socket.socket(socket.AF_INET6) as six, pytest.raises(ConnectionRefusedError):
        six.connect(("::1", studio.port))


def test_two_studios_have_ports_and_tokens_of_their_own(studio, studio_url, tmp_path):
    with running(tmp_path / "home", "--database-url", studio_url) as other:
        assert other.port != studio.port
        assert urlsplit(other.url).query != urlsplit(studio.url).query
        assert other.ask("/", Cookie=studio.cookie).status == 403
        token = urlsplit(studio.url).query
        assert other.ask(f"/?{token}").status == 403


def test_the_token_leaves_the_address_with_the_first_visit(studio):
    answer = studio.ask("/table/wallets?sort=id&" + urlsplit(studio.url).query)
    assert answer.status == 303
    assert answer.headers["location"] == "/table/wallets?sort=id"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert urlsplit(studio.url).query.removeprefix("token=") not in cookie


def test_a_visit_that_another_site_began_goes_on_from_our_own_page(studio):
    answer = studio.ask("/?" + urlsplit(studio.url).query, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
    assert answer.status == 200
    assert 'http-equiv="refresh" content="0; url=/"' in answer.text
    assert "set-cookie" in answer.headers


@pytest.mark.parametrize("path", ["/", "/table/user", "/static/studio.css", "/query/get_wallet", "/nowhere"])
@pytest.mark.parametrize("cookie", ["", "avdaily_studio_{port}=", "avdaily_studio_{port}=guess", "avdaily_studio_1=x"])
def test_without_the_cookie_there_is_nothing(studio, path, cookie):
    answer = studio.ask(path, Cookie=cookie.format(port=studio.port))
    assert answer.status == 403
    assert "<" not in answer.text


@pytest.mark.parametrize("token", ["", "x", "\u20a6", "%00", "a" * 5000])
def test_a_wrong_token_opens_nothing(studio, token):
    answer = studio.ask(f"/?token={token.encode().hex() if not token.isascii() else token}")
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}", ""])
def test_a_name_that_was_made_to_lead_here_is_refused(studio, host):
    answer = studio.ask("/", Cookie=studio.cookie, Host=host.format(port=studio.port))
    assert answer.status == 421
    answer = studio.ask("/?" + urlsplit(studio.url).query, Host=host.format(port=studio.port))
    assert answer.status == 421


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1:{port}"},
    ],
)
def test_a_form_of_another_page_runs_nothing(studio, headers):
    given = {name: value.format(port=studio.port) for name, value in headers.items()}
    answer = studio.ask("/query/list_table_sizes", "POST", b"show=rows", Cookie=studio.cookie, **FORM, **given)
    assert answer.status == 403


def test_our_own_form_runs(studio):
    assert studio.post("/query/list_table_sizes", show="rows").status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
def test_nothing_but_asking_is_understood(studio, method):
    assert studio.ask("/", method, Cookie=studio.cookie).status == 405


@pytest.mark.parametrize("path", ["/", "/table/wallets", "/queries", "/search"])
def test_pages_take_no_form(studio, path):
    assert studio.post(path, show="rows").status == 405


def test_a_head_is_an_answer_without_its_page(studio):
    answer = studio.ask("/", "HEAD", Cookie=studio.cookie)
    assert (answer.status, answer.text) == (200, "")


@pytest.mark.parametrize("path", ["/", "/table/nope", "/static/studio.js", "/static/nope", "/nowhere"])
@pytest.mark.parametrize("entered", [True, False])
def test_every_answer_lets_nothing_in_from_elsewhere(studio, path, entered):
    headers = studio.ask(path, Cookie=studio.cookie if entered else "").headers
    policy = {part.split()[0]: part.split()[1:] for part in headers["content-security-policy"].split(";")}
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert {tuple(policy[name]) for name in ("style-src", "script-src", "img-src", "form-action")} == {("'self'",)}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "werkzeug" not in headers["server"].lower()
    assert "python" not in headers["server"].lower()


def test_no_page_has_style_or_script_in_itself(studio):
    for path in ("/", "/table/transactions", "/queries", "/query/get_wallet", "/plan/table/wallets"):
        page = studio.get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert page.count("<script") == page.count('<script src="/static/')
        assert " onclick=" not in page
        assert "http://" not in page.replace("http://www.w3.org/", "")
        assert "https://" not in page


@pytest.mark.parametrize(
    "path", ["/static/../access.py", "/static/%2e%2e/access.py", "/static//etc/passwd", "/static/"]
)
def test_only_its_own_files_are_served(studio, path):
    assert studio.ask(path, Cookie=studio.cookie).status == 404


@pytest.fixture
def database(studio_url):
    found = ReadOnlyDatabase(studio_url)
    yield found
    found.close()


def test_the_session_reads_as_the_reading_role_and_within_limits(database):
    with database.read() as connection:
        shown = {
            name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0]
            for name in (
                "role",
                "transaction_read_only",
                "default_transaction_read_only",
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
            )
        }
    assert shown == {
        "role": READING_ROLE,
        "transaction_read_only": "on",
        "default_transaction_read_only": "on",
        "statement_timeout": f"{STATEMENT_TIMEOUT_MS // 1000}s",
        "lock_timeout": "1s",
        "idle_in_transaction_session_timeout": "15s",
    }


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO roles (name) VALUES ('mine')",
        'UPDATE "user" SET email = NULL',
        "CREATE TEMPORARY TABLE mine ()",
        "SET LOCAL transaction_read_only = off",
        "SELECT set_config('transaction_read_only', 'off', true)",
        "SELECT password FROM account",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
def test_the_session_can_do_nothing_but_read_what_reports_may(database, statement):
    with database.read() as connection:
        connection.execute("SELECT 1")
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(statement)
    assert refused.value.sqlstate in {"25006", "42501", "25001"}


def test_nothing_that_a_transaction_sets_outlives_it(database):
    with database.read() as connection:
        connection.execute("SELECT set_config('role', 'none', true), set_config('statement_timeout', '0', true)")
    with database.read() as connection:
        found = connection.execute("SELECT current_user, current_setting('statement_timeout')").fetchone()
    assert found == (READING_ROLE, "5s")


def test_secrets_are_not_shown_anywhere(studio, studio_url):
    secret = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$c2VjcmV0LWhhc2gtb2YtYS1wYXNzd29yZA"
    with psycopg.connect(studio_url) as connection:
        (user,) = connection.execute(
            "INSERT INTO \"user\" (name, email) VALUES ('Ada', %s) RETURNING id",
            [f"{os.urandom(4).hex()}@example.com"],
        ).fetchone()
        columns = {
            name
            for (name,) in connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = 'account'::regclass AND attnum > 0 "
                "AND NOT has_column_privilege('avdaily_readonly', attrelid, attnum, 'SELECT')"
            )
        }
        connection.execute(
            "INSERT INTO account (user_id, provider_id, account_id, password) VALUES (%s, 'credential', %s, %s)",
            [user, user, secret],
        )
    assert "password" in columns
    page = studio.get("/table/account", **{"f.user_id.eq": str(user)})
    assert page.status == 200
    assert page.text.count("not shown") == len(columns)
    assert secret not in page.text
    refused = studio.get("/table/account", **{"f.password.eq": secret})
    assert (refused.status, "shows no column" in refused.text) == (400, True)
    assert studio.get("/row/account", **{"k.password": secret}).status == 400
    assert "sort=password" not in page.text
    assert studio.get("/table/account", sort="password").status == 200


def test_a_login_that_may_not_become_the_reading_role_is_named_and_sees_no_secrets(server, studio_url, tmp_path):
    name = f"clerk_{os.urandom(4).hex()}"
    server.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'clerks-own-password'")
    try:
        with psycopg.connect(studio_url) as connection:
            connection.execute(f'GRANT USAGE ON SCHEMA public TO {name}; GRANT SELECT ON "user", account TO {name}')
        parts = urlsplit(server.tcp_url or studio_url)
        url = f"postgresql://{name}:clerks-own-password@{parts.hostname}:{parts.port}{urlsplit(studio_url).path}"
        with running(tmp_path / "home", env={"DATABASE_URL": url}) as found:
            found.enter()
            assert name in found.get("/").text
            page = found.get("/table/account").text
            assert "not shown" in page
            command = Path(f"/proc/{found.process.pid}/cmdline").read_text()
            assert "clerks-own-password" not in command + page + found.url
        with psycopg.connect(studio_url) as connection:
            connection.execute(f"DROP OWNED BY {name}")
    finally:
        server.execute(f"DROP ROLE IF EXISTS {name}")


def test_header_lines_cannot_be_smuggled_in(studio):
    token = urlsplit(studio.url).query
    answer = studio.ask(f"/%0d%0aX-Bad:%20yes?a=%0d%0aX-Bad:%20yes&{token}")
    assert "x-bad" not in answer.headers
    assert answer.status == 303
    answer = studio.ask("//evil.example/?" + token)
    assert answer.headers["location"].startswith("/evil.example")
    answer = studio.ask("/table/wallets?f.id.eq=&sort=%0d%0aX-Bad:%20yes", Cookie=studio.cookie)
    assert answer.status == 303
    assert "x-bad" not in answer.headers
