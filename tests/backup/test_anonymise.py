"""``backup --anonymise``: nothing of anybody is left in the copy, and all that must hold in a database holds in it."""

from __future__ import annotations

import datetime
import gzip
import json
import re
import shutil
import uuid
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import backup, maintenance, seeds, sqltree
from avdaily_sql import settings as settings_module
from avdaily_sql.backup import directory, manifest
from avdaily_sql.errors import Failed, Refused, UsageError
from tests.backup.conftest import drop_family

ROOT = Path(__file__).resolve().parent.parent.parent
TREE = sqltree.SqlTree(ROOT / "sql", "test")
NOW = datetime.datetime(2026, 11, 23, 3, 0, tzinfo=datetime.UTC)
KEY = "a key that nobody guesses, for tests"

PERSONAL = (Path(__file__).parent / "personal.sql").read_text()


@pytest.fixture(scope="module")
def peopled(server, template):
    """A database with everybody: the seeds of development, a small demo, and Adaeze in every column that has a rule."""
    name = f"test_{server.session}_people_{uuid.uuid4().hex[:8]}"
    url = server.create_database(name, template)
    for environment, users in (("development", None), ("demo", 40)):
        seeds.seed(url, seeds.list_files(TREE, environment), environment, users=users)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(PERSONAL)
        conn.execute("SELECT seal_audit_log()")
    yield url
    drop_family(server, name)


@pytest.fixture(scope="module")
def anonymised(peopled, server, tmp_path_factory):
    """The backup, and a database made of it."""
    directory = tmp_path_factory.mktemp("anonymised")
    directory.chmod(0o700)
    known = {"BACKUP_DIR": str(directory), "AVDAILY_PG_BIN": str(server.bin), "BACKUP_ANONYMISE_KEY": KEY}
    settings = settings_module.load({}, known, directory)
    made = backup.create_anonymised(
        peopled, settings, backup.Reports(), backup.read_rules(TREE, settings, backup.Reports()), now=NOW
    )
    name = f"{maintenance.database_name(peopled)}_copy"
    backup.restore(peopled, settings, backup.Order(file=Path(made.file), now=NOW, into=name))
    yield Path(made.file), server.url(name)
    server.drop_database(name)


@pytest.fixture
def copied(anonymised, backups):
    """The backup in a directory of the test's own, for a test that moves it about."""
    file, _ = anonymised
    shutil.copy(manifest.path_of(file), backups)
    return Path(shutil.copy(file, backups))


def judged_columns():
    """Return every row of the table of rules: table, column, rule."""
    text = (ROOT / "sql" / "anonymise.sql").read_text()
    return re.findall(r"^  \('(\w+)', '(\w+)',\s+(?:'(keep)'|)", text, re.MULTILINE)


def columns(conn, condition):
    return conn.execute(
        "SELECT n.nspname, c.relname, a.attname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " JOIN pg_type AS t ON t.oid = a.atttypid"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%'"
        f" AND n.nspname <> 'information_schema' AND ({condition}) ORDER BY 1, 2, 3"
    ).fetchall()


def distinct(conn, schema, table, column):
    query = sql.SQL("SELECT DISTINCT {0}::text FROM {1} WHERE {0} IS NOT NULL").format(
        sql.Identifier(column), sql.Identifier(schema, table)
    )
    return {value for (value,) in conn.execute(query).fetchall()}


def strings_in(value):
    if isinstance(value, dict):
        return {found for each in value.values() for found in strings_in(each)}
    if isinstance(value, list):
        return {found for each in value for found in strings_in(each)}
    return {str(value)} if isinstance(value, str | int) and not isinstance(value, bool) else set()


UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Words of the schema, dates and amounts: in everybody's rows, and nobody's secret.
PLAIN = re.compile(
    r"[a-z]+(_[a-z]+)*(:[a-z]+)?|\d{4}-\d\d-\d\d|\d{1,5}|-?\d+\.\d\d|[A-Z]{2,8}(-[0-9a-f]{1,12}){5,12}|NGN|true|false"
)
# A date of birth is a day like others in other columns, and four digits are in any number.
SHORT = ("date_of_birth", "government_id_last_four")


def originals(url):
    """Return each personal value of a database by its column, those inside of JSON by themselves."""
    found = {}
    with psycopg.connect(url) as conn:
        query = (
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
        )
        types = {(table, column): kind for table, column, kind in conn.execute(query)}
        for table, column, keep in judged_columns():
            if keep or (table, column) not in types:
                continue
            values = distinct(conn, "public", table, column)
            if types[table, column] == "jsonb":
                values = {text for value in values for text in strings_in(json.loads(value))}
                values = {value for value in values if not UUID.fullmatch(value)}
            is_plain = re.compile("(?!)") if column in SHORT else PLAIN
            found[table, column] = {value for value in values if len(value) > 3 and not is_plain.fullmatch(value)}
    return found


def test_no_original_is_left_in_any_column_nor_in_the_dump(peopled, anonymised):
    file, copy = anonymised
    values = originals(peopled)
    assert [place for place, found in values.items() if not found] == [], "the rich data set leaves a rule untried"
    everywhere = {value for (_, column), found in values.items() for value in found
                  if column not in SHORT}  # fmt: skip
    # The seeds call somebody Admin: the name of a role as well.
    with psycopg.connect(peopled) as conn:
        kept = {value for table in ("roles", "permissions") for column in ("name", "display_name", "description")
                for value in distinct(conn, "public", table, column)}  # fmt: skip
    everywhere = {value for value in everywhere if not any(value in word for word in kept)}
    assert len(everywhere) > 150
    any_of_them = re.compile("|".join(re.escape(value) for value in sorted(everywhere, key=len, reverse=True)))
    with psycopg.connect(copy) as conn:
        scanned = 0
        places = columns(conn, "t.typcategory IN ('S', 'U', 'I', 'A', 'D') AND t.typname <> 'uuid'")
        for schema, table, column in places:
            for value in distinct(conn, schema, table, column):
                hit = any_of_them.search(value)
                assert hit is None, f"{schema}.{table}.{column} still holds {hit[0]}"
                scanned += 1
    assert scanned > 1000
    plain = gzip.decompress(file.read_bytes()).decode()
    data = "\n".join(re.findall(r"^COPY [^\n]* FROM stdin;\n(.*?)^\\\.$", plain, re.MULTILINE | re.DOTALL))
    # Texts of our functions are in the dump as well: only the rows are searched, backslashes as COPY writes them.
    assert any_of_them.search(data.replace("\\\\", "\\")) is None
    for word in ("daeze", "DAEZE", "Nwosu", "Ngozi", "Chidubem", "8031234567", "22345678901", "12345678901"):
        assert word not in plain, word


def test_each_column_that_may_hold_something_has_a_rule_or_is_kept_on_purpose(conn):
    """What the file itself stops at, told here at once, with the names: add a row to sql/anonymise.sql."""
    judged = {(table, column) for table, column, _ in judged_columns()}
    there = {(table, column) for _, table, column in columns(
        conn,
        "t.typtype <> 'e' AND (t.typbasetype = ANY (ARRAY['text', 'jsonb', 'bytea', 'varchar']::regtype[]::oid[])"
        " OR t.oid = ANY (ARRAY['text', 'json', 'jsonb', 'bytea', 'varchar', 'inet', 'date']::regtype[]::oid[]))",
    )}  # fmt: skip
    assert sorted(there - judged) == []
    assert len(judged) == len(judged_columns()), "a column has two rules"
    history = {(table, column) for table, column in judged if "_yoyo" in table or table.startswith("avdaily_")}
    assert sorted(judged - there - history) == [], "a rule for a column that is not there"


def test_a_new_column_without_a_rule_stops_the_backup_and_leaves_nothing(peopled, settings_for, reports, backups):
    with psycopg.connect(peopled, autocommit=True) as conn:
        conn.execute('ALTER TABLE "user" ADD COLUMN nickname text')
    settings = settings_for(peopled, BACKUP_ANONYMISE_KEY=KEY)
    rules = backup.read_rules(TREE, settings, reports.reports)
    try:
        with pytest.raises(Failed, match=r'no rule says what becomes of public\."user"\.nickname') as caught:
            backup.create_anonymised(peopled, settings, reports.reports, rules, now=NOW)
    finally:
        with psycopg.connect(peopled, autocommit=True) as conn:
            conn.execute('ALTER TABLE "user" DROP COLUMN nickname')
    assert "anonymise.sql:" in str(caught.value.location)
    assert list(backups.iterdir()) == []
    with psycopg.connect(peopled) as conn:
        assert maintenance.list_related(conn, maintenance.database_name(peopled)) == []


def test_the_copy_is_sound_its_chain_is_sealed_and_its_guards_are_on(peopled, anonymised, rows):
    _, copy = anonymised
    before = dict(rows(peopled, "SELECT name, count FROM check_integrity()"))
    assert dict(rows(copy, "SELECT name, count FROM check_integrity()")) == before
    assert rows(
        copy, "SELECT is_intact, checked_rows = (SELECT count(*) FROM audit_log) FROM verify_audit_chain()"
    ) == [(True, True)]
    assert rows(copy, "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'") == [(0,)]
    for query in (
        "SELECT user_id, balance FROM wallets ORDER BY 1",
        "SELECT count(*), sum(amount) FROM transactions",
        'SELECT id, kyc_tier, created_at, updated_at FROM "user" ORDER BY 1',
    ):
        assert rows(copy, query) == rows(peopled, query)
    with pytest.raises(psycopg.DatabaseError, match="append-only"):
        rows(copy, "UPDATE audit_log SET action = 'a.b' RETURNING 1")


def test_what_was_equal_is_equal_and_what_was_different_is_different(peopled, anonymised, rows):
    _, copy = anonymised
    (email, phone), *_ = rows(copy, 'SELECT email, phone_number FROM "user" ORDER BY id LIMIT 1')
    assert rows(copy, "SELECT invited_email, invited_phone FROM group_invitations") == [(email, phone)]
    assert rows(copy, "SELECT payload #>> '{customer,email}', payload #>> '{customer,phone}' FROM payment_events") == [
        (email, phone)
    ]
    assert {value for (value,) in rows(copy, "SELECT identifier FROM verification")} == {
        f"reset-password:{email}",
        phone,
    }
    both = (
        "SELECT provider_reference FROM payment_events NATURAL JOIN (SELECT provider_reference FROM transactions) AS t"
    )
    assert len(rows(copy, both)) == len(rows(peopled, both)) == 1
    devices = "SELECT device_id FROM {} WHERE device_id IS NOT NULL"
    told = [rows(copy, devices.format(table)) for table in ("push_tokens", "biometric_auth", "session")]
    assert told[0] == told[1] == told[2]
    counted = 'SELECT count(DISTINCT email), count(DISTINCT phone_number) FROM "user"'
    assert rows(copy, counted) == rows(peopled, counted)
    assert "example.invalid" in email


def test_the_same_key_gives_the_same_people_and_another_key_others(peopled, settings_for, reports):
    def people(key):
        settings = settings_for(peopled, BACKUP_ANONYMISE_KEY=key)
        rules = backup.read_rules(TREE, settings, reports.reports)
        made = Path(backup.create_anonymised(peopled, settings, reports.reports, rules, now=NOW).file)
        plain = gzip.decompress(made.read_bytes()).decode()
        return re.search(r'^COPY public\."user" .*?^\\\.$', plain, re.MULTILINE | re.DOTALL)[0]

    first = people(KEY)
    assert people(KEY) == first
    assert people(KEY + "!") != first


def test_the_file_and_its_manifest_say_what_it_is_and_it_stands_for_no_backup(peopled, copied, settings_for):
    file = copied
    settings = settings_for(peopled)
    assert file.name == "avdaily_backup_2026-11-23_03-00-00_anonymised.sql.gz"
    assert manifest.read(file).anonymised
    assert manifest.read(file).database == maintenance.database_name(peopled)
    assert [each.anonymised for each in backup.listed(settings).backups] == [True]
    assert backup.newest_of(settings, maintenance.database_name(peopled)) is None
    with pytest.raises(UsageError, match="no backups in"):
        backup.newest(settings)
    assert backup.prune(settings, backup.Keep(0, 0, 0)).removed == ()


def test_restoring_it_in_production_is_refused_also_without_its_manifest(peopled, copied, settings_for, avdaily):
    file = copied
    settings = settings_for(peopled, AVDAILY_ENV="production", DB_RESTORE_CONFIRM="1", DB_RESTORE_ALLOW_PRODUCTION="1")
    for consent in (backup.Order(file=file, now=NOW), backup.Order(file=file, now=NOW, into="elsewhere")):
        with pytest.raises(Refused, match="is a copy without personal data, and this is production"):
            backup.restore(peopled, settings, consent)
        with pytest.raises(Refused):
            backup.plan(peopled, settings, consent)
    renamed = file.with_name("avdaily_backup_2026-11-23_04-00-00.sql.gz")
    shutil.copy(file, renamed)
    shutil.copy(manifest.path_of(file), manifest.path_of(renamed))
    manifest.path_of(file).unlink()
    for each in (file, renamed):
        with pytest.raises(Refused, match="without personal data"):
            backup.restore(peopled, settings, backup.Order(file=each, now=NOW, without_manifest=True))
    done = avdaily(
        "restore",
        str(renamed),
        env={"DATABASE_URL": peopled, "AVDAILY_ENV": "production", "BACKUP_DIR": str(file.parent)},
    )
    assert done.returncode == 6
    assert done.stderr.splitlines()[-1] == "avdaily-sql backup list"


@pytest.mark.parametrize("label", ["anonymised", "anonymised-x"])
def test_no_other_backup_may_call_itself_so(label):
    with pytest.raises(UsageError, match="without personal data"):
        directory.check_label(label)
    assert directory.anonymised_label("dev") == "anonymised-dev"
    with pytest.raises(UsageError, match="too long"):
        directory.anonymised_label("x" * 30)


def test_a_key_that_can_be_guessed_is_refused_and_none_is_a_new_one(settings_for, reports):
    with pytest.raises(UsageError, match="fewer than 16 characters"):
        backup.read_rules(TREE, settings_for(BACKUP_ANONYMISE_KEY="short"), reports.reports)
    first, second = (backup.read_rules(TREE, settings_for(), reports.reports) for _ in range(2))
    assert first.key != second.key
    assert "is not set" in reports.said[0]


def test_the_key_is_in_no_output(avdaily):
    done = avdaily("config", env={"BACKUP_ANONYMISE_KEY": KEY})
    assert KEY not in done.stdout + done.stderr
    assert "BACKUP_ANONYMISE_KEY" in done.stdout
