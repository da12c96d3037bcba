"""The page on security: every claim names a test that is there; and the tests that no other file has."""

from __future__ import annotations

import re
import shutil

import pytest

from avdaily_sql import migrations, queries
from avdaily_sql.errors import AvDailyError
from avdaily_sql.sqltree import SqlTree
from tests.throwaway import REPOSITORY

PAGES = ("security.md", "scale.md")
LINK = re.compile(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)")


@pytest.mark.parametrize("name", PAGES)
def test_every_test_that_a_page_names_is_in_the_file_that_it_links_to(name):
    text = (REPOSITORY / "docs" / name).read_text()
    links = LINK.findall(text)
    there = {file: (REPOSITORY / file).read_text() for _, file in links if (REPOSITORY / file).exists()}
    assert [link for link in links if not re.search(rf"^ *def {link[0]}\(", there.get(link[1], ""), re.MULTILINE)] == []
    assert len(re.findall(r"test_\w+\]", text)) == len(links), "a test is named without its file"


def test_every_threat_says_what_is_not_protected_and_every_row_of_a_claim_has_a_proof():
    text = (REPOSITORY / "docs" / "security.md").read_text()
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[2:]
    assert len(sections) >= 8
    for section in sections:
        rows = [line for line in section.splitlines() if line.startswith("| ") and "claim | proof" not in line]
        assert all(LINK.search(row) for row in rows), section.splitlines()[0]
        assert "Not protected: " in section or section.startswith(("On the way", "Destroying")), section.splitlines()[0]


@pytest.mark.parametrize("value", ["'; DROP TABLE wallets; --", "x' OR '1'='1", "\\", "$$", "%s %(email)s", ":email"])
def test_attacks_in_values_stay_values(conn, value):
    loaded = queries.load(REPOSITORY / "sql" / "queries")
    assert loaded.get_user_by_email(conn, email=f"{value}@example.com") is None
    conn.execute("INSERT INTO roles (name, display_name) VALUES ('user', 'User') ON CONFLICT DO NOTHING")
    user_id = loaded.create_user(
        conn, user_id=None, name=value, email="an@example.com", phone_number=None, date_of_birth=None
    )
    assert loaded.get_user(conn, user_id=getattr(user_id, "id", user_id)).name == value.strip()
    assert conn.execute("SELECT to_regclass('wallets') IS NOT NULL").fetchone() == (True,)


def test_an_edited_applied_file_stops_apply(database_url, tmp_path):
    shutil.copytree(REPOSITORY / "sql" / "migrations", tmp_path / "migrations")
    tree = SqlTree(tmp_path, "flag")
    migrations.apply(database_url, tree, migrations.Options(to="3"))
    file = next(path for path in (tmp_path / "migrations").glob("0003.*.sql") if "rollback" not in path.name)
    file.write_text(file.read_text().replace("BETWEEN 0 AND 2", "BETWEEN 0 AND 3"))
    with pytest.raises(AvDailyError) as caught:
        migrations.apply(database_url, tree)
    assert caught.value.exit_code == 4


def test_control_characters_of_a_file_do_not_reach_the_terminal(avdaily, database_url, tmp_path):
    directory = tmp_path / "sql" / "migrations"
    directory.mkdir(parents=True)
    (directory / "0001.one.sql").write_text("-- 0001.one: x\nCREATE TABLE one (id \x1b[2Jbigint);\n")
    (directory / "0001.one.rollback.sql").write_text("-- 0001.one: x\nDROP TABLE one;\n")
    done = avdaily("apply", "--sql-dir", tmp_path / "sql", "--database-url", database_url)
    assert done.returncode != 0
    assert "\x1b" not in done.stdout + done.stderr
