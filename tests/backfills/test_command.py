"""The ``backfill`` command: its list, its plan, its run, its JSON and its refusals."""

from __future__ import annotations

from tests.test_json_output import held_against


def test_a_dry_run_shows_the_plans_of_one_batch_and_changes_nothing(house):
    house.fill(50_000)
    shown = house.preview()
    assert 40_000 <= shown.estimated_rows <= 50_000
    assert (shown.batch, shown.resumes_after) == (1000, None)
    assert "Index Scan using payments_pkey on payments" in "\n".join(shown.select_plan)
    assert "payments" in "\n".join(shown.change_plan)
    assert shown.warnings == ()
    assert house.touched() == [(0, 50_000)]
    assert house.value("SELECT to_regclass('avdaily_migrations.avdaily_backfill') IS NULL")


def test_a_dry_run_warns_of_a_batch_that_reads_or_sorts_the_whole_table(house):
    house.fill(2000)
    with house.connect() as conn:
        conn.execute("ALTER TABLE payments DROP CONSTRAINT payments_pkey")
    shown = house.preview()
    assert len(shown.warnings) == 2
    assert "sorts all rows that remain" in shown.warnings[0]
    assert "reads the whole table payments" in shown.warnings[1]


def test_the_command_lists_shows_runs_and_says_what_it_did(avdaily, house):
    house.fill(120)
    base = ("--database-url", house.url, "--sql-dir", house.root, "backfill")
    assert avdaily(*base, "--list").stdout == "channels\n"
    shown = avdaily(*base, "channels", "--dry-run")
    assert shown.stdout.startswith("channels: about ")
    done = avdaily(*base, "channels")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("done  channels: 120 rows in ")
    assert avdaily(*base, "channels").stdout.startswith("nothing to do  channels")


def test_its_json_is_what_the_schemas_say(avdaily, house):
    house.fill(120)

    def run(*words):
        return avdaily("--json", "--database-url", house.url, "--sql-dir", house.root, "backfill", *words).stdout

    assert held_against("backfill-list", run("--list")) == {"backfills": ["channels"]}
    assert held_against("backfill-plan", run("channels", "--dry-run"))["batch"] == 1000
    assert held_against("backfill", run("channels"))["rows"] == 120


def test_an_unknown_name_says_which_there_are(avdaily, house):
    refused = avdaily("--database-url", house.url, "--sql-dir", house.root, "backfill", "chanels")
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == ['Error: no backfill "chanels"', "Hint: There are: channels."]


def test_production_needs_yes(avdaily, house):
    house.fill(5)
    base = ("--database-url", house.url, "--sql-dir", house.root, "backfill", "channels")
    environment = {"AVDAILY_ENV": "production"}
    refused = avdaily(*base, env=environment)
    assert refused.returncode == 6
    assert refused.stderr.splitlines()[-1].endswith("backfill channels --yes")
    assert house.touched() == [(0, 5)]
    assert avdaily(*base, "--yes", env=environment).returncode == 0


def test_a_database_without_history_says_what_to_do(avdaily, house):
    with house.connect() as conn:
        conn.execute("DROP SCHEMA avdaily_migrations")
    refused = avdaily("--database-url", house.url, "--sql-dir", house.root, "backfill", "channels")
    assert refused.returncode == 1
    assert "no migration has been applied" in refused.stderr
    assert "avdaily-sql apply" in refused.stderr


def test_batches_of_no_time_are_refused(avdaily, house):
    refused = avdaily("--database-url", house.url, "--sql-dir", house.root, "backfill", "channels", "--batch-time", "0")
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (2, "Error: --batch-time is at least 1ms")
