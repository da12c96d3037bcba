"""How careful to be with a database, and whose word is enough to destroy something in it."""

import psycopg
import pytest

from avdaily_sql import guards, settings
from avdaily_sql.errors import Refused, UsageError
from avdaily_sql.guards import Assessment, Consent
from avdaily_sql.marker import write_marker
from avdaily_sql.settings import Environment

PRODUCTION, STAGING, DEVELOPMENT = Environment.production, Environment.staging, Environment.development
BOTH = {"DB_RESET_CONFIRM": "1", "DB_RESET_ALLOW_PRODUCTION": "1"}


def settings_of(tmp_path, /, **environ):
    return settings.load(environ=environ, working_directory=tmp_path)


@pytest.fixture
def local(database_url):
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def remote(tcp_url, local):
    """The same database under a name that is not this machine's, as over a network."""
    known = psycopg.conninfo.conninfo_to_dict(tcp_url)
    known |= {"host": "db.example.org", "hostaddr": "127.0.0.1", "dbname": local.info.dbname}
    with psycopg.connect(**known, autocommit=True) as connection:
        yield connection


def fill(connection):
    connection.execute("CREATE TABLE savings AS SELECT 1 AS amount")


def test_an_unmarked_database_on_this_machine_is_development(local, tmp_path):
    fill(local)
    assert guards.assess(local, settings_of(tmp_path)) == Assessment(local.info.dbname, DEVELOPMENT, ())


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"AVDAILY_ENV": "staging"}, STAGING),
        ({"NODE_ENV": "production"}, PRODUCTION),
        ({"AVDAILY_ENV": "dev", "APP_ENV": "prod"}, PRODUCTION),
        ({"AVDAILY_ENV": "testing", "NODE_ENV": "whatever"}, Environment.testing),
    ],
)
def test_the_strictest_variable_counts(local, tmp_path, environ, expected):
    found = guards.assess(local, settings_of(tmp_path, **environ))
    assert found.environment is expected
    assert any(value in found.reasons[0] for value in environ.values())


def test_a_word_in_avdaily_env_that_nobody_knows_is_an_error(local, tmp_path):
    with pytest.raises(UsageError, match="unknown environment"):
        guards.assess(local, settings_of(tmp_path, AVDAILY_ENV="prd"))


def test_the_marker_counts_although_the_variables_say_less(local, tmp_path):
    write_marker(local, PRODUCTION)
    found = guards.assess(local, settings_of(tmp_path, AVDAILY_ENV="development"))
    assert (found.environment, found.reasons) == (PRODUCTION, (f'database "{local.info.dbname}" is marked production',))


def test_the_variables_count_although_the_marker_says_less(local, tmp_path):
    write_marker(local, DEVELOPMENT)
    assert guards.assess(local, settings_of(tmp_path, APP_ENV="production")).environment is PRODUCTION


def test_an_unmarked_remote_database_with_data_is_production(remote, tmp_path):
    assert guards.assess(remote, settings_of(tmp_path)).environment is DEVELOPMENT
    fill(remote)
    found = guards.assess(remote, settings_of(tmp_path))
    assert found.environment is PRODUCTION
    assert found.reasons == ("the server is remote, and the database is not marked and holds data",)


def test_a_remote_database_that_is_marked_development_is_development(remote, tmp_path):
    fill(remote)
    write_marker(remote, DEVELOPMENT)
    assert guards.assess(remote, settings_of(tmp_path)).environment is DEVELOPMENT


def test_a_table_that_may_not_be_read_counts_as_data(local):
    local.execute("CREATE TABLE secrets (id int)")
    assert guards.is_populated(local) is False
    local.execute("SET ROLE pg_monitor")
    assert guards.is_populated(local) is True


def test_a_table_whose_rows_may_be_hidden_counts_as_data(local):
    local.execute("CREATE TABLE hidden (id int); GRANT SELECT ON hidden TO PUBLIC")
    local.execute("SET ROLE pg_monitor")
    assert guards.is_populated(local) is False
    local.execute("RESET ROLE; ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; SET ROLE pg_monitor")
    assert guards.is_populated(local) is True


def test_the_history_of_migrations_is_not_data(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as connection:
        history = "SELECT count(*) FROM avdaily_migrations._yoyo_migration"
        assert connection.execute(history).fetchone()[0] > 0
        populated = guards.is_populated(connection)
        tables = connection.execute("SELECT format('%I', relname) FROM pg_class WHERE relkind = 'r' "
                                    "AND relnamespace = 'public'::regnamespace").fetchall()  # fmt: skip
        rows = sum(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for (table,) in tables)
        assert populated is (rows > 0)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("", True), ("/run/postgresql", True), ("@abstract", True), ("localhost", True), ("LOCALHOST", True),
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost.example.org", False), ("10.0.0.5", False),
        ("::2", False), ("db", False), ("0.0.0.0", False),
    ],
)  # fmt: skip
def test_only_sockets_and_loopback_are_this_machine(host, expected):
    assert guards._is_local_host(host) is expected


def ask_for(assessed, consent, loaded):
    assessment = Assessment("avdaily", assessed, ())
    command = ["avdaily-sql", "rollback", "--to", "0001.it's"]
    guards.require_consent(assessment, consent, loaded, action="roll back 2 migrations", command=command)


@pytest.mark.parametrize(
    ("assessed", "consent", "environ"),
    [
        (DEVELOPMENT, Consent(yes=True), {}),
        (DEVELOPMENT, Consent(confirm="avdaily"), {}),
        (DEVELOPMENT, Consent(ask=lambda _: "avdaily"), {}),
        (DEVELOPMENT, Consent(), {"DB_RESET_CONFIRM": "1"}),
        (STAGING, Consent(yes=True), {}),
        (STAGING, Consent(), {"DB_RESET_CONFIRM": "1"}),
        (PRODUCTION, Consent(confirm="avdaily"), BOTH),
    ],
)
def test_enough_to_go_on(tmp_path, assessed, consent, environ):
    ask_for(assessed, consent, settings_of(tmp_path, **environ))


@pytest.mark.parametrize(
    ("assessed", "consent", "environ"),
    [
        (DEVELOPMENT, Consent(), {}),
        (DEVELOPMENT, Consent(), {"DB_RESET_CONFIRM": "true"}),
        (DEVELOPMENT, Consent(ask=lambda _: "yes"), {}),
        (DEVELOPMENT, Consent(yes=True, confirm="other"), {}),
        (PRODUCTION, Consent(yes=True), {}),
        (PRODUCTION, Consent(yes=True, ask=lambda _: "avdaily"), BOTH),
        (PRODUCTION, Consent(confirm="avdaily"), {}),
        (PRODUCTION, Consent(confirm="avdaily"), {"DB_RESET_CONFIRM": "1"}),
        (PRODUCTION, Consent(confirm="avdaily"), {"DB_RESET_ALLOW_PRODUCTION": "1"}),
        (PRODUCTION, Consent(confirm="avdaily"), BOTH | {"DB_RESET_ALLOW_PRODUCTION": "yes"}),
        (PRODUCTION, Consent(confirm="DATABASE"), BOTH),
        (PRODUCTION, Consent(), BOTH),
    ],
)
def test_not_enough_to_go_on(tmp_path, assessed, consent, environ):
    with pytest.raises(Refused):
        ask_for(assessed, consent, settings_of(tmp_path, **environ))


def test_the_last_line_of_a_refusal_runs_as_it_stands_outside_production(tmp_path):
    with pytest.raises(Refused) as refusal:
        ask_for(DEVELOPMENT, Consent(), settings_of(tmp_path))
    assert refusal.value.message == 'not confirmed for database "avdaily": roll back 2 migrations'
    assert refusal.value.hint == """avdaily-sql rollback --to '0001.it'"'"'s' --yes"""


def test_the_last_line_of_a_refusal_in_production_destroys_nothing_when_copied(tmp_path):
    with pytest.raises(Refused) as refusal:
        ask_for(PRODUCTION, Consent(), settings_of(tmp_path))
    assert refusal.value.hint.startswith("DB_RESET_CONFIRM=1 DB_RESET_ALLOW_PRODUCTION=1 avdaily-sql rollback ")
    assert refusal.value.hint.endswith(" --confirm DATABASE")


def test_a_line_in_dotenv_confirms_in_development_only(tmp_path):
    (tmp_path / ".env").write_text("DB_RESET_CONFIRM=1\nDB_RESET_ALLOW_PRODUCTION=1\n")
    loaded = settings_of(tmp_path)
    ask_for(DEVELOPMENT, Consent(), loaded)
    for assessed, consent in ((STAGING, Consent()), (PRODUCTION, Consent(confirm="avdaily"))):
        with pytest.raises(Refused):
            ask_for(assessed, consent, loaded)
