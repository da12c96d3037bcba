"""What a deploy must not do: drift, files behind a contract, views that nobody applies, a clock of another zone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from avdaily_sql import errors, migrations
from avdaily_sql.migrations import Observer, Options, deployment
from avdaily_sql.sqltree import SqlTree


@pytest.fixture
def tree(tmp_path):
    return SqlTree(tmp_path / "sql", "flag")


def add(tree, identifier, text, phase=None, rollback="SELECT 1"):
    tree.migrations.mkdir(parents=True, exist_ok=True)
    said = f"-- phase: {phase}\n" if phase else ""
    (tree.migrations / f"{identifier}.sql").write_text(f"-- {identifier}: true\n{said}\n{text};\n")
    (tree.migrations / f"{identifier}.rollback.sql").write_text(f"-- {identifier}: undone\n\n{rollback};\n")


def add_repeatable(tree, name, text):
    (tree.migrations / "repeatable").mkdir(exist_ok=True)
    (tree.migrations / "repeatable" / f"{name}.sql").write_text(f"-- {name}: true\n\n{text};\n")


def choose(url, tree, phase, **more):
    return deployment.choose(url, tree, phase, Options(), **more)


def deploy(url, tree, phase):
    choice = choose(url, tree, phase)
    if choice.upto is None:
        return []
    return [each.id for each in deployment.apply(url, tree, choice, Options(), Observer()).applied]


@pytest.fixture
def expanded(database_url, tree):
    add(tree, "0001.create-a", "CREATE TABLE a (id int, old int)")
    add(tree, "0002.add-new", "ALTER TABLE a ADD COLUMN new int")
    add(tree, "0003.drop-old", "ALTER TABLE a DROP COLUMN old", "post")
    migrations.apply(database_url, tree, Options(to="2"))
    return database_url


@pytest.fixture
def second(server, expanded):
    """Make a database beside the expanded one that has nothing yet."""
    name = f"{conninfo_to_dict(expanded)['dbname']}_second"
    yield server.create_database(name)
    server.drop_database(name)


def edit(tree, identifier):
    path = tree.migrations / f"{identifier}.sql"
    path.write_text(path.read_text().replace("int", "bigint"))


@pytest.mark.parametrize("phase", ["pre", "post"])
@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_changed_file_is_drift_in_one_line_even_where_there_is_nothing_to_do(avdaily, expanded, tree, phase, more):
    edit(tree, "0001.create-a")
    done = avdaily("--database-url", expanded, "--sql-dir", tree.root, "deploy", "--phase", phase, *more)
    assert done.returncode == 4, done.stdout
    assert done.stdout == ""
    assert "0001.create-a was changed after it was applied" in done.stderr.splitlines()[0]


@pytest.mark.parametrize("phase", ["pre", "post"])
def test_a_missing_file_is_drift(expanded, tree, phase):
    for path in tree.migrations.glob("0002.*"):
        path.unlink()
    with pytest.raises(errors.Drift, match=r"0002.add-new is applied, and its file is missing"):
        choose(expanded, tree, phase)


def test_a_new_file_below_an_applied_one_is_drift(expanded, tree):
    migrations.apply(expanded, tree)
    add(tree, "0004.first", "SELECT 1")
    migrations.apply(expanded, tree)
    for path in tree.migrations.glob("0003.*"):
        path.rename(path.with_name(path.name.replace("0003", "0005")))
    with pytest.raises(errors.Drift):
        choose(expanded, tree, "post")


def test_a_contract_that_does_not_parse_keeps_the_expand_from_running(expanded, tree):
    add(tree, "0003.drop-old", "SELECT 'open", "post")
    add(tree, "0004.next", "SELECT 1")
    with pytest.raises(errors.UsageError, match="unterminated"):
        choose(expanded, tree, "pre")


def test_one_drifted_database_keeps_the_contract_from_all(avdaily, expanded, second, tree):
    migrations.apply(second, tree, Options(to="2"))
    with psycopg.connect(second, autocommit=True) as conn:
        conn.execute("DELETE FROM avdaily_migrations._yoyo_migration WHERE migration_id = '0001.create-a'")
    both = ("--database-url", expanded, "--database-url", second)
    done = avdaily(*both, "--sql-dir", tree.root, "deploy", "--phase", "post")
    assert done.returncode == 4, done.stdout
    with psycopg.connect(expanded) as conn:
        assert conn.execute("SELECT count(old) FROM a").fetchone() == (0,)


def test_an_expand_behind_a_contract_that_is_still_to_come_is_refused(expanded, tree):
    add(tree, "0004.add-more", "ALTER TABLE a ADD COLUMN more int")
    with pytest.raises(errors.Refused, match=r"0004.add-more waits behind the contract 0003.drop-old") as caught:
        choose(expanded, tree, "pre")
    assert caught.value.hint == "avdaily-sql deploy --phase post"
    assert deploy(expanded, tree, "post") == ["0003.drop-old"]
    assert deploy(expanded, tree, "pre") == ["0004.add-more"]


def test_an_expand_that_this_run_does_not_reach_is_named(avdaily, database_url, tree):
    add(tree, "0001.create-a", "CREATE TABLE a (id int, old int)")
    add(tree, "0002.drop-old", "ALTER TABLE a DROP COLUMN old", "post")
    add(tree, "0003.add-more", "ALTER TABLE a ADD COLUMN more int")
    base = ("--database-url", database_url, "--sql-dir", tree.root)
    done = avdaily(*base, "deploy", "--phase", "pre")
    assert (done.returncode, done.stdout.split()[1]) == (0, "0001.create-a")
    assert "0003.add-more stays pending: it waits behind the contract 0002.drop-old" in done.stderr
    assert avdaily(*base, "deploy", "--phase", "pre").returncode == 6


@pytest.mark.parametrize("phase", ["pre", "post"])
def test_repeatable_files_run_with_the_last_phase_or_alone(avdaily, expanded, tree, phase):
    add_repeatable(tree, "a-view", "CREATE OR REPLACE VIEW a_view AS SELECT id, new FROM a")
    assert deploy(expanded, tree, "pre") == []
    base = ("--database-url", expanded, "--sql-dir", tree.root, "--json", "deploy", "--phase")
    planned = json.loads(avdaily(*base, "post", "--dry-run").stdout)
    assert planned["chosen"] == ["0003.drop-old", "repeatable/a-view"]
    assert deploy(expanded, tree, "post") == ["0003.drop-old", "repeatable/a-view"]
    add_repeatable(tree, "a-view", "CREATE OR REPLACE VIEW a_view AS SELECT id, new, id AS again FROM a")
    done = json.loads(avdaily(*base, phase).stdout)
    assert done["chosen"] == [each["id"] for each in done["applied"]] == ["repeatable/a-view"]
    assert json.loads(avdaily(*base, phase).stdout)["chosen"] == []


def test_a_repeatable_file_that_waits_for_the_contract_is_named(avdaily, expanded, tree):
    add_repeatable(tree, "a-view", "CREATE OR REPLACE VIEW a_view AS SELECT id FROM a")
    done = avdaily("--database-url", expanded, "--sql-dir", tree.root, "--json", "deploy", "--phase", "pre")
    (warning,) = json.loads(done.stdout)["warnings"]
    assert warning == "repeatable/a-view stays pending: it waits behind the contract 0003.drop-old"


def test_the_time_between_is_judged_by_the_clock_that_is_given(expanded, tree):
    add(tree, "0003.drop-old", "ALTER TABLE a DROP COLUMN old", "post after 24h")
    with psycopg.connect(expanded) as conn:
        now = conn.execute("SELECT max(applied_at_utc) AT TIME ZONE 'UTC' FROM avdaily_migrations._yoyo_migration")
        applied_at = now.fetchone()[0].astimezone(UTC)
    with pytest.raises(errors.Refused, match="may run from"):
        choose(expanded, tree, "post", now=applied_at + timedelta(hours=24, seconds=-1))
    chosen = choose(expanded, tree, "post", now=applied_at + timedelta(hours=24)).steps
    assert [step.id for step in chosen] == ["0003.drop-old"]


def test_a_contract_too_early_names_both_times_in_utc_whatever_the_servers_zone(avdaily, expanded, tree):
    add(tree, "0003.drop-old", "ALTER TABLE a DROP COLUMN old", "post after 24h")
    with psycopg.connect(expanded, autocommit=True) as conn:
        conn.execute(f"ALTER DATABASE \"{conn.info.dbname}\" SET TimeZone = 'Asia/Kathmandu'")
    done = avdaily("--database-url", expanded, "--sql-dir", tree.root, "--json", "deploy", "--phase", "post")
    assert (done.returncode, done.stdout) == (6, "")
    message = json.loads(done.stderr)["error"]["message"]
    said = datetime.strptime(message[-23:], "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    assert abs(said - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_cosmetic_edit_is_a_warning_of_the_answer(avdaily, expanded, tree):
    path = tree.migrations / "0001.create-a.sql"
    path.write_text(path.read_text() + "-- afterthought\n")
    done = avdaily("--database-url", expanded, "--sql-dir", tree.root, "--json", "deploy", "--phase", "post")
    assert (done.returncode, done.stderr) == (0, "")
    assert "0001.create-a" in " ".join(json.loads(done.stdout)["warnings"])


def test_a_partial_expand_keeps_the_contract_back(database_url, tree):
    add(tree, "0001.create-a", "CREATE TABLE a (id int, old int)")
    add(tree, "0002.in-parts", "CREATE TABLE b (id int);\nSELECT 1/0")
    path = tree.migrations / "0002.in-parts.sql"
    path.write_text(path.read_text().replace(": true\n", ": true\n-- transactional: false\n", 1))
    add(tree, "0003.drop-old", "ALTER TABLE a DROP COLUMN old", "post")
    with pytest.raises(errors.Failed):
        deploy(database_url, tree, "pre")
    with pytest.raises(errors.Refused, match=r"0002.in-parts comes before the contract"):
        choose(database_url, tree, "post")


def test_production_says_how_old_the_backup_is_before_a_deploy(avdaily, expanded, tree):
    base = ("--database-url", expanded, "--sql-dir", tree.root, "deploy", "--phase", "post")
    done = avdaily(*base, env={"AVDAILY_ENV": "production"})
    assert done.returncode == 0, done.stderr
    assert "no backup" in done.stderr


@pytest.mark.parametrize("phase", ["pre", "post"])
def test_a_dry_run_makes_nothing_in_a_new_database(avdaily, second, tree, phase):
    done = avdaily("--database-url", second, "--sql-dir", tree.root, "--json", "deploy", "--phase", phase, "--dry-run")
    assert done.returncode == {"pre": 0, "post": 6}[phase], done.stderr
    with psycopg.connect(second) as conn:
        assert conn.execute("SELECT count(*) FROM pg_namespace WHERE nspname ~ 'avdaily'").fetchone() == (0,)


def test_databases_that_stand_in_different_phases_each_do_what_is_theirs(avdaily, expanded, second, tree):
    add(tree, "0004.add-more", "ALTER TABLE a ADD COLUMN more int")
    base = ("--database-url", expanded, "--database-url", second, "--sql-dir", tree.root, "--json", "deploy", "--phase")
    done = avdaily(*base, "pre")
    assert done.returncode == 6
    behind, new = json.loads(done.stdout)["databases"]
    assert (behind["exit_code"], new["exit_code"]) == (6, 0)
    assert behind["error"]["hint"] == "avdaily-sql deploy --phase post"
    assert new["result"]["chosen"] == ["0001.create-a", "0002.add-new"]
    planned = json.loads(avdaily(*base, "post", "--dry-run").stdout)["databases"]
    assert [each["result"]["chosen"] for each in planned] == [["0003.drop-old"], ["0003.drop-old"]]
    assert avdaily(*base, "post").returncode == 0
    assert avdaily(*base, "pre").returncode == 0
    assert [each["result"]["chosen"] for each in json.loads(avdaily(*base, "post").stdout)["databases"]] == [[], []]


def test_a_phase_that_is_none_or_a_tree_without_files_is_a_usage_error(avdaily, database_url, tmp_path):
    (tmp_path / "sql" / "migrations").mkdir(parents=True)
    base = ("--database-url", database_url, "--sql-dir", tmp_path / "sql", "deploy")
    for words in ((), ("--phase", "mid"), ("--phase", "pre")):
        done = avdaily(*base, *words)
        assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (2, "", False)
