"""Settings: flag, environment, .env, default; and no password ever shown."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avdaily_sql import settings
from avdaily_sql.errors import UsageError
from avdaily_sql.settings import Environment
from tests.throwaway import REPOSITORY


def load(environ=None, flags=None, directory=None):
    return settings.load(flags or {}, environ or {}, directory)


def test_a_flag_wins_over_the_environment_which_wins_over_the_env_file_which_wins_over_the_default(tmp_path):
    (tmp_path / ".env").write_text("BACKUP_DIR=from-file\nDATABASE_URL=postgresql:///file\nAVDAILY_SQL_DIR=file\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    loaded = load({"DATABASE_URL": "postgresql:///env", "AVDAILY_SQL_DIR": "env"}, {"AVDAILY_SQL_DIR": "flag"}, inner)
    assert loaded.get("BACKUP_DIR") == "from-file"
    assert loaded.values["BACKUP_DIR"].source == str(tmp_path / ".env")
    assert loaded.get("DATABASE_URL") == "postgresql:///env"
    assert loaded.get("AVDAILY_SQL_DIR") == "flag"
    assert load(directory=tmp_path / "a").get("BACKUP_AFTER_CMD") is None


def test_the_nearest_env_file_upwards_is_the_only_one_read(tmp_path):
    (tmp_path / ".env").write_text("BACKUP_DIR=far\nAVDAILY_PG_BIN=far\n")
    near = tmp_path / "near"
    near.mkdir()
    (near / ".env").write_text("BACKUP_DIR=near\n")
    loaded = load(directory=near)
    assert (loaded.get("BACKUP_DIR"), loaded.get("AVDAILY_PG_BIN")) == ("near", None)


def test_an_empty_value_counts_as_not_set(tmp_path):
    assert load({"DATABASE_URL": ""}, directory=tmp_path).database_url is None


def test_a_dollar_sign_in_an_env_file_is_no_reference_to_another_variable(tmp_path):
    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://u:pa${HOME}ss@h/d\n")
    assert load(directory=tmp_path).database_url == "postgresql://u:pa${HOME}ss@h/d"


@pytest.mark.parametrize("line", ['DATABASE_URL="postgresql://u:secret@h/d', "export AVDAILY_ENV='production"])
def test_a_setting_of_ours_that_an_env_file_spoils_is_an_error_and_not_the_default(line, tmp_path):
    (tmp_path / ".env").write_text(f"# ours\n{line}\n")
    with pytest.raises(UsageError, match="cannot be read") as caught:
        load({}, directory=tmp_path)
    assert str(caught.value.location) == f"{tmp_path / '.env'}:2"
    assert "secret" not in str(caught.value)


def test_an_unreadable_line_of_another_program_in_an_env_file_is_passed_over(tmp_path):
    (tmp_path / ".env").write_text("OTHER='open\nBACKUP_DIR=/srv/b\n")
    assert load({}, directory=tmp_path).get("BACKUP_DIR") == "/srv/b"


def test_a_confirmation_for_production_in_an_env_file_confirms_nothing(tmp_path):
    (tmp_path / ".env").write_text("DB_RESET_CONFIRM=1\n")
    loaded = load(directory=tmp_path)
    assert loaded.get("DB_RESET_CONFIRM") == "1"
    assert loaded.from_process("DB_RESET_CONFIRM") is None
    assert load({"DB_RESET_CONFIRM": "1"}, directory=tmp_path).from_process("DB_RESET_CONFIRM") == "1"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "POSTGRES"])
def test_the_three_schemes_are_the_same(scheme, tmp_path):
    assert load({"DATABASE_URL": f"{scheme}://h/d"}, directory=tmp_path).database_url == "postgresql://h/d"


def test_a_newline_after_the_url_as_in_a_file_that_holds_a_secret_is_no_part_of_it(tmp_path):
    assert load({"DATABASE_URL": "postgresql://h/d\n"}, directory=tmp_path).database_url == "postgresql://h/d"


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "h/d", "sqlite:///x", "host=h dbname=d password=secret"])
def test_another_scheme_is_a_usage_error_that_does_not_show_the_password(url, tmp_path):
    with pytest.raises(UsageError) as caught:
        _ = load({"DATABASE_URL": url}, directory=tmp_path).database_url
    assert "secret" not in str(caught.value)
    assert "postgresql://" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Environment.development),
        ({"AVDAILY_ENV": "PROD"}, Environment.production),
        ({"AVDAILY_ENV": "test"}, Environment.testing),
        ({"AVDAILY_ENV": "dev", "NODE_ENV": "production"}, Environment.production),
        ({"APP_ENV": "stage"}, Environment.staging),
        ({"NODE_ENV": "something-of-another-program"}, Environment.development),
    ],
)
def test_the_strictest_of_the_environment_variables_counts(environ, expected, tmp_path):
    assert load(environ, directory=tmp_path).environment is expected


def test_an_unknown_environment_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="prodution"):
        _ = load({"AVDAILY_ENV": "prodution"}, directory=tmp_path).environment


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_no_password_is_ever_shown_escaped_or_not(password):
    for written in {password, quote(password, safe="")}:
        for url in (
            f"postgresql://user:{written}@host:1/database",
            f"postgresql://host/d?password={quote(password, safe='')}",
        ):
            shown = settings.redact_url(url)
            assert "***" in shown
            assert shown.replace("***", "") in {"postgresql://user:@host:1/database", "postgresql://host/d?password="}


def test_a_url_without_a_password_is_shown_as_it_is():
    url = "postgresql://user@host:5432/database?sslmode=require"
    assert settings.redact_url(url) == url
    assert settings.passwords_in(url) == frozenset()


def test_the_page_and_the_example_name_every_setting_and_no_other():
    rows = [line for line in (REPOSITORY / "docs" / "settings.md").read_text().splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])]
    assert sorted(named) == sorted(load().values)
    example = (REPOSITORY / ".env.example").read_text()
    assert set(re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE)) <= set(named)
    assert "BACKUP_ANONYMISE_KEY" in example
