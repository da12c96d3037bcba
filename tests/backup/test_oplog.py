"""The operations log: an intent before, a result after, refusals too, and a chain that shows every change."""

from __future__ import annotations

import stat

import pytest

from avdaily_sql import oplog
from avdaily_sql.errors import Failed, Refused


@pytest.fixture
def settings(settings_for):
    settings = settings_for()
    for number in range(3):
        with oplog.recorded(settings, "restore", f"bank {number}", "postgresql://u:secret@h/d") as words:
            words.append("did it")
    return settings


def test_an_operation_has_a_line_before_and_a_line_after(settings):
    log = oplog.read(settings)
    assert [line.event for line in log.lines] == ["intent", "done"] * 3
    assert log.lines[0].operation == log.lines[1].operation != log.lines[2].operation
    assert (log.lines[1].detail, log.lines[1].database) == ("did it", "bank 0")
    assert log.ok


def test_refusals_and_failures_are_written_down(settings):
    with pytest.raises(Refused), oplog.recorded(settings, "reset", "bank", "postgresql://h/d"):
        raise Refused("not confirmed")
    with pytest.raises(ZeroDivisionError), oplog.recorded(settings, "reset", "bank", "postgresql://h/d"):
        _ = 1 / 0
    assert [(line.event, line.detail) for line in oplog.read(settings).lines[-4:]] == [
        ("intent", None), ("refused", "not confirmed"), ("intent", None), ("failed", "ZeroDivisionError"),
    ]  # fmt: skip


def test_it_is_private_and_holds_no_password(settings):
    path = oplog.locate(settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "secret" not in path.read_text()


@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        (lambda lines: [*lines[:2], lines[2].replace("bank 1", "bank 9"), *lines[3:]], 4),
        (lambda lines: [*lines[:2], *lines[3:]], 3),
        (lambda lines: [*lines[:2], lines[0], *lines[2:]], 3),
        (lambda lines: [*lines[:3], "garbage", *lines[3:]], 4),
        (lambda lines: lines[1:], 1),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
    ],
    ids=["changed", "removed", "inserted", "garbage", "beginning cut", "swapped"],
)
def test_tampering_is_found_at_its_first_line(settings, tamper, line):
    path = oplog.locate(settings)
    path.write_text("\n".join([*tamper(path.read_text().splitlines()), ""]))
    log = oplog.read(settings)
    assert (log.ok, log.bad_line, log.exit_code) == (False, line, 4)


def test_an_unfinished_last_line_is_reported_and_the_next_operation_goes_on_after_it(settings):
    path = oplog.locate(settings)
    path.write_text(path.read_text() + '{"at": "2026')
    assert oplog.read(settings).problem == "the last line is unfinished: a crash, or a full disk"
    with oplog.recorded(settings, "restore", "bank", "postgresql://h/d"):
        pass
    log = oplog.read(settings)
    assert (log.bad_line, len(log.lines)) == (7, 8)
    assert log.lines[-1].event == "done"


def test_what_cannot_be_written_down_is_not_done(settings_for):
    began = []
    log = oplog.recorded(settings_for(AVDAILY_OPS_LOG="/proc/no/log"), "restore", "bank", "postgresql://h/d")
    with pytest.raises(Failed, match="could not write the operations log"), log:
        began.append(1)
    assert began == []
