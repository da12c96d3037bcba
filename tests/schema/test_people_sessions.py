"""0047: sessions begin, are refreshed and end; a refresh token that is seen twice ends its whole family."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from tests.schema.people import call, call_at, digest, one, open_house, refused, register, rows, value

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def conn(house_conn):
    return house_conn


@pytest.fixture
def ada(conn, admin):
    return register(conn)


def sign_in(conn, user_id, name="r0", moment=NOW):
    return call_at(
        conn,
        moment,
        "create_session",
        user_id,
        digest(f"token {name}"),
        digest(name),
        "102.89.34.17",
        "Firefox",
        "phone",
    )


def refresh(conn, old, new, moment=NOW):
    return call_at(conn, moment, "rotate_refresh_token", digest(old), digest(f"token {new}"), digest(new), None, None)


def alive(conn, user_id):
    return value(conn, "SELECT count(*) FROM session WHERE user_id = %s AND revoked_at IS NULL", user_id)


def test_a_session_lasts_thirty_days_and_keeps_no_token(conn, ada):
    session = one(conn, "SELECT * FROM session WHERE id = %s", sign_in(conn, ada))
    assert session.expires_at == session.refresh_token_expires_at == NOW + 30 * DAY
    assert (session.token_hash, session.refresh_token_hash) == (digest("token r0"), digest("r0"))
    assert (str(session.ip_address), session.user_agent, session.device_id) == ("102.89.34.17", "Firefox", "phone")


def test_a_session_without_a_refresh_token_cannot_be_refreshed(conn, ada):
    session_id = call(conn, "create_session", ada, digest("token"))
    session = one(conn, "SELECT * FROM session WHERE id = %s", session_id)
    assert (session.refresh_token_hash, session.refresh_token_expires_at) == (None, None)


@pytest.mark.parametrize(
    ("sqlstate", "standing"),
    [
        ("AV051", "is_active = false"),
        ("AV052", "is_suspended = true, suspended_at = now(), suspension_reason = 'under inquiry'"),
    ],
)
def test_who_may_not_act_gets_no_session(conn, ada, sqlstate, standing):
    conn.execute(f'UPDATE "user" SET {standing} WHERE id = %s', [ada])
    assert refused(conn, sqlstate, "create_session", ada, digest("token")) == {"user_id": str(ada)}
    refused(conn, "AV050", "create_session", UUID(int=99), digest("token"))
    assert alive(conn, ada) == 0


def test_a_token_in_plain_text_is_refused(conn, ada):
    diagnostics = refused(conn, "23514", "create_session", ada, b"a token in plain text")
    assert diagnostics.constraint_name == "session_token_hash_sha256_check"


def test_a_refresh_gives_a_new_session_of_the_same_family_and_ends_the_old_one(conn, ada):
    first = sign_in(conn, ada)
    answer = refresh(conn, "r0", "r1", NOW + DAY)
    assert (answer.outcome, answer.user_id) == ("rotated", ada)
    old = one(conn, "SELECT * FROM session WHERE id = %s", first)
    new = one(conn, "SELECT * FROM session WHERE id = %s", answer.session_id)
    assert (old.used_at, old.revoked_at) == (NOW + DAY, NOW + DAY)
    assert (new.family_id, new.device_id, new.expires_at) == (old.family_id, "phone", NOW + 31 * DAY)
    assert new.refresh_token_hash == digest("r1")
    assert alive(conn, ada) == 1


def test_a_chain_of_refreshes_stays_one_family_with_one_living_session(conn, ada):
    sign_in(conn, ada)
    for number in range(5):
        assert refresh(conn, f"r{number}", f"r{number + 1}").outcome == "rotated"
    assert value(conn, "SELECT count(DISTINCT family_id) FROM session WHERE user_id = %s", ada) == 1
    assert alive(conn, ada) == 1


@pytest.mark.parametrize("stolen", ["r0", "r1", "r2"])
def test_a_token_seen_again_ends_the_family_and_no_other(conn, ada, stolen):
    sign_in(conn, ada)
    sign_in(conn, ada, "other device")
    for number in range(3):
        refresh(conn, f"r{number}", f"r{number + 1}")
    assert refresh(conn, stolen, "thief") == ("reused", ada, None)
    assert alive(conn, ada) == 1
    assert refresh(conn, "r3", "r4").outcome == "revoked"
    assert rows(conn, "SELECT FROM session WHERE refresh_token_hash = %s", digest("thief")) == []
    assert refresh(conn, "other device", "still fine").outcome == "rotated"


def test_an_unknown_an_expired_and_a_revoked_token_give_nothing(conn, ada):
    assert refresh(conn, "never given", "x") == ("unknown", None, None)
    sign_in(conn, ada)
    assert refresh(conn, "r0", "x", NOW + 30 * DAY).outcome == "expired"
    assert refresh(conn, "r0", "r1", NOW + 30 * DAY - timedelta(microseconds=1)).outcome == "rotated"
    call(conn, "revoke_user_sessions", ada)
    assert refresh(conn, "r1", "x").outcome == "revoked"
    assert alive(conn, ada) == 0


@pytest.mark.parametrize(
    "standing",
    ["is_active = false", "is_suspended = true, suspended_at = now(), suspension_reason = 'under inquiry'"],
)
def test_who_may_not_act_refreshes_nothing(conn, ada, standing):
    sign_in(conn, ada)
    conn.execute(f'UPDATE "user" SET {standing} WHERE id = %s', [ada])
    assert refresh(conn, "r0", "r1") == ("user_inactive", ada, None)
    assert rows(conn, "SELECT FROM session WHERE refresh_token_hash = %s", digest("r1")) == []


def test_signing_out_everywhere_else_leaves_the_session_given(conn, ada, admin):
    here = sign_in(conn, ada)
    sign_in(conn, ada, "there")
    sign_in(conn, admin, "somebody else")
    assert call(conn, "revoke_user_sessions", ada, here) == 1
    assert [row.id for row in rows(conn, "SELECT id FROM session WHERE user_id = %s AND revoked_at IS NULL", ada)] == [
        here
    ]
    assert call(conn, "revoke_user_sessions", ada) == 1
    assert call(conn, "revoke_user_sessions", ada) == 0
    assert alive(conn, admin) == 1


# At once


@pytest.fixture
def house(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
        yield conn


def together(number, action):
    """Run the same action in many threads that begin at once; return what each gave."""
    start = threading.Barrier(number)

    def run(index):
        start.wait()
        return action(index)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def test_of_parallel_refreshes_one_wins_and_the_reuse_ends_the_family(house, migrated_url):
    ada = register(house)
    sign_in(house, ada)

    def attempt(index):
        with psycopg.connect(migrated_url) as conn:
            return refresh(conn, "r0", f"r{index + 1}").outcome

    outcomes = together(6, attempt)
    assert sorted(outcomes) == ["reused"] * 5 + ["rotated"]
    assert alive(house, ada) == 0
    assert value(house, "SELECT count(*) FROM session WHERE user_id = %s", ada) == 2


@pytest.mark.parametrize("turn", range(5))
def test_a_replay_beside_an_honest_refresh_leaves_no_living_session(house, migrated_url, turn):
    """The thief shows r0 while the owner refreshes r1: whoever comes first, nobody keeps a session."""
    ada = register(house)
    sign_in(house, ada)
    refresh(house, "r0", "r1")

    def attempt(index):
        with psycopg.connect(migrated_url) as conn:
            return refresh(conn, "r0", "thief") if index == 0 else refresh(conn, "r1", "r2")

    replay, honest = together(2, attempt)
    assert replay.outcome == "reused"
    assert honest.outcome in {"rotated", "revoked"}
    assert alive(house, ada) == 0


@pytest.mark.parametrize("begin", ["refresh", "sign in"])
def test_no_session_slips_in_beside_a_suspension(house, migrated_url, begin):
    admin = value(house, """SELECT user_id FROM user_roles JOIN roles ON roles.id = role_id WHERE name = 'admin'""")
    ada = register(house)
    sign_in(house, ada)
    outcome = []

    def attempt():
        with psycopg.connect(migrated_url) as conn:
            try:
                if begin == "refresh":
                    outcome.append(refresh(conn, "r0", "r1").outcome)
                else:
                    sign_in(conn, ada, "new")
                    outcome.append("signed in")
            except psycopg.Error as error:
                outcome.append(error.sqlstate)

    thread = threading.Thread(target=attempt)
    with psycopg.connect(migrated_url) as conn, conn.transaction():
        assert call(conn, "suspend_user", ada, admin, "under inquiry") == 1
        thread.start()
        while not house.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone():
            assert thread.is_alive()
    thread.join()
    assert outcome == ["revoked" if begin == "refresh" else "AV052"]
    assert alive(house, ada) == 0
