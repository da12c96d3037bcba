"""``lint``: every file of a tree against squawk's rules and ours. Opens no connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltree
from avdaily_sql.errors import UsageError
from avdaily_sql.lint import squawk
from avdaily_sql.lint.finding import Finding, LintResult
from avdaily_sql.lint.keys import Keys
from avdaily_sql.lint.optout import BadOptOut, OptOut, opt_outs
from avdaily_sql.lint.rules import broken
from avdaily_sql.lint.tokens import tokens
from avdaily_sql.migrations import directives, files, repeatable
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avdaily_sql.migrations.files import SqlFile
    from avdaily_sql.sqltree import MigrationFiles, SqlTree

_SHAPES = ("CREATE", "ALTER", "DROP")


class _Read(NamedTuple):
    """A file that could be read, and how it would be run."""

    file: SqlFile
    transactional: bool
    is_rollback: bool


def lint(tree: SqlTree) -> LintResult:
    """Return what is wrong with the migrations of a tree, by file and line.

    A file that ``apply`` would refuse is one finding, and the others are judged all the same.

    :raises Unsupported: squawk is not installed.
    :raises UsageError: the directory cannot be read, or names contradict each other.
    """
    pairs = sqltree.list_migrations(tree)
    program = squawk.find()
    read: list[_Read] = []
    findings: list[Finding] = []
    known: set[str] = set()
    for pair in pairs:
        findings += _read_pair(pair, known, read)
        known.add(pair.id)
    findings += _read_repeatable(tree, read)
    for each in read:
        findings += _own(each)
    findings += _foreign_keys(read)
    findings += _squawk(program, tree, read)
    return LintResult(tuple(sorted(set(_without_opt_outs(findings, read)))))


def _read_pair(pair: MigrationFiles, known: set[str], read: list[_Read]) -> Iterator[Finding]:
    """Read both files of a pair as far as that goes; yield why ``apply`` would refuse it."""
    backward = None
    try:
        forward = files.SqlFile(pair.path)
        transactional = forward.directives.transactional is not False
        read.append(_Read(forward, transactional, is_rollback=False))
        if pair.rollback_path is not None:
            backward = files.SqlFile(pair.rollback_path, directives.ROLLBACK_NAMES)
            own = backward.directives.transactional
            read.append(_Read(backward, transactional if own is None else own, is_rollback=True))
        elif forward.directives.irreversible is None:
            message = f"{pair.id} has no rollback file: write it, or say in the header: -- irreversible: REASON"
            yield Finding(shown(pair.path), 1, 1, "missing-rollback", "error", message)
            return
        files.load(pair, known)
    except UsageError as error:
        yield _refused(error, pair.path)


def _read_repeatable(tree: SqlTree, read: list[_Read]) -> Iterator[Finding]:
    """Read the repeatable files; they may drop, as a rollback may, what they make again."""
    found = repeatable.list_files(tree)
    for each in found:
        try:
            read.append(_Read(repeatable.read_file(each), transactional=True, is_rollback=True))
        except UsageError as error:
            yield _refused(error, each.path)
            return
    try:
        repeatable.load(found)
    except UsageError as error:
        yield _refused(error, str(tree.migrations))


def _refused(error: UsageError, path: str) -> Finding:
    where = error.location
    message = " ".join(part for part in (f"apply would refuse this file: {error.message}.", error.hint) if part)
    file = where.file if where else shown(path)
    return Finding(file, (where and where.line) or 1, (where and where.column) or 1, "refused", "error", message)


def _own(each: _Read) -> Iterator[Finding]:
    for found in broken(each.file, transactional=each.transactional):
        yield _finding(each.file, found.start, found.rule, found.message)


def _foreign_keys(read: Sequence[_Read]) -> Iterator[Finding]:
    keys = Keys()
    for each in read:
        if each.is_rollback:
            continue
        for statement in each.file.statements:
            if statement.keywords[:1] and statement.keywords[0] in _SHAPES:
                keys.take(tokens(each.file.text, statement), each.file)
    for key in keys.without_index():
        columns = ", ".join(key.columns)
        message = (
            f"the foreign key on {key.table} ({columns}) has no index: each delete or update of a referred row "
            f"would read all of {key.table}"
        )
        assert isinstance(key.file, files.SqlFile)  # noqa: S101 (what was given to take)
        yield _finding(key.file, key.start, "foreign-key-without-index", message)


def _squawk(program: str, tree: SqlTree, read: Sequence[_Read]) -> Iterator[Finding]:
    config = squawk.configuration(tree.root)
    for transactional in (True, False):
        for is_rollback in (False, True):
            chosen = [
                each.file for each in read if (each.transactional, each.is_rollback) == (transactional, is_rollback)
            ]
            for report in squawk.judge(program, config, squawk.Batch(chosen, transactional, is_rollback)):
                yield _finding(report.file, report.start, report.rule, report.message)


def _finding(file: SqlFile, start: int, rule: str, message: str, severity: str = "error") -> Finding:
    where = file.location(start)
    return Finding(where.file, where.line or 1, where.column or 1, rule, severity, message)


def _without_opt_outs(findings: Sequence[Finding], read: Sequence[_Read]) -> Iterator[Finding]:
    """Yield what is not opted out of, and which opt-outs are wrong or of no use."""
    out: dict[tuple[str, int, str], tuple[_Read, OptOut]] = {}
    for each in read:
        for found in opt_outs(each.file.text):
            if isinstance(found, BadOptOut):
                yield _finding(each.file, found.start, "opt-out-without-reason", found.message)
                continue
            for rule in found.rules:
                out[shown(each.file.path), found.line, rule] = (each, found)
    used = set()
    for finding in findings:
        place = (finding.file, finding.line, finding.rule)
        if place in out:
            used.add(place)
        else:
            yield finding
    for place in out.keys() - used:
        each, opt_out = out[place]
        message = f"nothing on line {opt_out.line} breaks {place[2]}: remove the opt-out"
        yield _finding(each.file, opt_out.start, "unused-opt-out", message, "warning")
