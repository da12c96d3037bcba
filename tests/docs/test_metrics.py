"""The figures for Prometheus: its own text format, and the numbers of a real database."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import jsonschema
import psycopg
import pytest

from avdaily_sql import backup, metrics, settings
from avdaily_sql.sqltree import SqlTree
from tests.throwaway import REPOSITORY

TREE = SqlTree(REPOSITORY / "sql", "flag")
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+)\})? (-?[0-9.]+)')


def told(text):
    """Read the text as Prometheus does: HELP and TYPE before the samples of a name, each name in one block."""
    found, block, seen = {}, "", set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            block = line.split()[2]
            assert block not in seen
            seen.add(block)
        elif line.startswith("# TYPE "):
            assert line == f"# TYPE {block} gauge"
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            assert match[1] == block
            found[match[1], match[2] or ""] = float(match[3])
    return found


def test_a_migrated_database_has_figures_of_everything(avdaily, migrated_url, server):
    done = avdaily("metrics", "--database-url", migrated_url, cwd=REPOSITORY)
    assert (done.returncode, done.stderr) == (0, "")
    found = told(done.stdout)
    count = len([path for path in TREE.migrations.glob("*.sql") if not path.name.endswith(".rollback.sql")])
    assert found["avdaily_migrations", 'state="applied"'] == count
    assert found["avdaily_migrations", 'state="pending"'] == 0
    assert found["avdaily_check_rows", 'check="wallet_balances",severity="error"'] == 0
    assert found["avdaily_connections_max", ""] == int(server.execute("SHOW max_connections")[0][0])
    assert found["avdaily_database_bytes", ""] > 1_000_000
    assert any(name == "avdaily_info" and 'server_version="' in labels for name, labels in found)


def test_the_json_is_the_same_figures(avdaily, migrated_url):
    done = avdaily("metrics", "--json", "--quick", "--database-url", migrated_url, cwd=REPOSITORY)
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads((REPOSITORY / "docs/json/metrics.schema.json").read_text()))
    assert "avdaily_check_rows" not in {sample["name"] for sample in document["metrics"]}


def test_an_empty_database_has_pending_migrations_and_no_made_up_zeros(database_url, tmp_path):
    found = settings.load({}, environ={}, working_directory=tmp_path)
    result = metrics.gather(database_url, TREE, found, datetime.now(UTC))
    figures = told(metrics.as_text(result))
    assert figures["avdaily_migrations", 'state="pending"'] > 60
    names = {name for name, _ in figures}
    assert not names & {"avdaily_check_rows", "avdaily_auto_saves_today", "avdaily_backup_last_bytes"}


def test_backups_and_old_transactions_are_figures(migrated_url, tmp_path):
    environ = {"BACKUP_DIR": str(tmp_path), "BACKUP_ALLOW_PLAINTEXT": "1"}
    found = settings.load({"DATABASE_URL": migrated_url}, environ=environ, working_directory=tmp_path)
    taken_at = datetime.now(UTC)
    backup.create(migrated_url, found, backup.Reports(), now=taken_at)
    (file,) = tmp_path.glob("*.sql.gz")
    with psycopg.connect(migrated_url) as other:
        other.execute("SELECT 1")
        later = datetime.now(UTC) + timedelta(hours=2)
        figures = told(metrics.as_text(metrics.gather(migrated_url, TREE, found, later)))
    assert figures["avdaily_backup_last_bytes", ""] == file.stat().st_size
    assert figures["avdaily_backup_last_timestamp_seconds", ""] == int(taken_at.timestamp())
    assert figures["avdaily_backup_last_verified", ""] == 1
    assert 7200 <= figures["avdaily_transaction_oldest_seconds", ""] < 7300
    file.write_bytes(file.read_bytes()[:-1] + b"\xff")
    figures = told(metrics.as_text(metrics.gather(migrated_url, TREE, found, later)))
    assert figures["avdaily_backup_last_verified", ""] == 0


def test_labels_are_escaped():
    sample = metrics.Sample("avdaily_info", 1, {"database": 'a"b\\c\nd'})
    text = metrics.as_text(metrics.Metrics((sample,)))
    assert text.splitlines()[-1] == 'avdaily_info{database="a\\"b\\\\c\\nd"} 1'
    told(text)


@pytest.mark.parametrize("page", ["monitoring.md", "grafana-dashboard.json"])
def test_pages_name_figures_that_exist_and_leave_none_out(page):
    named = set(re.findall(r"\bavdaily_[a-z_]+\b", (REPOSITORY / "docs" / page).read_text())) - {"avdaily_readonly"}
    assert named <= metrics.HELP.keys()
    if page == "monitoring.md":
        assert named == metrics.HELP.keys()


def test_the_dashboard_is_whole_and_no_panel_covers_another():
    dashboard = json.loads((REPOSITORY / "docs" / "grafana-dashboard.json").read_text())
    taken = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["targets"], panel["title"]
        assert all(target["expr"] for target in panel["targets"])
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
