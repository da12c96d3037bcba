"""The queries of a directory as a whole: the list of them, their type stub, and whether all of them are in order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avdaily_sql.errors import AvDailyError, Failed
from avdaily_sql.queries.definition import Operator
from avdaily_sql.queries.described import describe_all
from avdaily_sql.queries.review import Finding, review
from avdaily_sql.queries.stubs import OWN_MODULE, write_stub
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from avdaily_sql.queries.definition import Definition
    from avdaily_sql.sqltree import SqlTree

_GIVES = {
    Operator.many: "a list of rows",
    Operator.one: "a row or none",
    Operator.scalar: "a value",
    Operator.affected: "rows affected",
    Operator.returning: "the returned row",
    Operator.bulk: "rows affected, for many rows given",
    Operator.script: "nothing",
}
_OWN_STUB = Path("avdaily_sql") / "queries" / "__init__.pyi"


@dataclass(frozen=True, slots=True)
class ListedQuery:
    """One query in a list; ``summary`` is the first line of its documentation."""

    name: str
    domain: str
    operator: str
    gives: str
    parameters: list[str]
    file: str
    line: int
    summary: str


@dataclass(frozen=True, slots=True)
class QueryList:
    """All queries of a directory, in the order of files and lines."""

    queries: list[ListedQuery]


@dataclass(frozen=True, slots=True)
class StubResult:
    """What became of a stub: written, unchanged or stale."""

    file: str
    queries: int
    state: str

    @property
    def exit_code(self) -> int:
        """Return 3 when the stub has to be written again."""
        return 3 if self.state == "stale" else 0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What is wrong with the queries; errors fail the check, warnings do not."""

    queries: int
    errors: int
    findings: list[Finding]


def list_queries(definitions: Sequence[Definition]) -> QueryList:
    """Return what a person sees of each query without a database."""
    return QueryList(
        [
            ListedQuery(
                one.name,
                one.domain,
                one.operator.name,
                _GIVES[one.operator],
                list(one.parameters),
                one.location.file,
                one.name_line,
                one.document.partition("\n")[0],
            )
            for one in definitions
        ]
    )


def stub_path(tree: SqlTree, output: str | None) -> Path:
    """Return where the stub of a tree's queries is: what was named, the package's own, or beside the directory."""
    if output is not None:
        return Path(output)
    own = tree.root.parent / _OWN_STUB
    return own if own.with_suffix(".py").exists() else tree.root / "queries.pyi"


def write_stub_file(connection: psycopg.Connection[Any], definitions: Sequence[Definition], path: Path) -> StubResult:
    """Write the stub, whole or not at all.

    :raises Failed: the server does not understand a query, or the file cannot be written.
    """
    text = _stub(connection, definitions, path)
    if _read(path) == text:
        return StubResult(shown(path), len(definitions), "unchanged")
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise Failed(f"could not write {shown(path)}: {error.strerror}") from None
    return StubResult(shown(path), len(definitions), "written")


def compare_stub(connection: psycopg.Connection[Any], definitions: Sequence[Definition], path: Path) -> StubResult:
    """Tell whether the stub is what it would be if it were written now."""
    current = _read(path) == _stub(connection, definitions, path)
    return StubResult(shown(path), len(definitions), "unchanged" if current else "stale")


def _stub(connection: psycopg.Connection[Any], definitions: Sequence[Definition], path: Path) -> str:
    module = OWN_MODULE if path.name == "__init__.pyi" else ""
    return write_stub(describe_all(connection, definitions), module)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None


def check(connection: psycopg.Connection[Any], definitions: Sequence[Definition], path: Path) -> CheckResult:
    """Return what is wrong with each query on this database, and whether the stub is up to date."""
    findings = review(connection, definitions)
    if not any(finding.rule == "prepare" for finding in findings):
        findings += _stub_findings(connection, definitions, path)
    errors = sum(finding.severity == "error" for finding in findings)
    return CheckResult(len(definitions), errors, findings)


def _stub_findings(connection: psycopg.Connection[Any], definitions: Sequence[Definition], path: Path) -> list[Finding]:
    try:
        result = compare_stub(connection, definitions, path)
    except AvDailyError as error:
        where = error.location
        return [
            Finding(
                where.file if where else shown(path), (where and where.line) or 1, 1, "stub", "error", error.message
            )
        ]
    if result.state == "stale":
        message = "the stub is out of date; run: avdaily-sql queries stubs"
        return [Finding(shown(path), 1, 1, "stub", "error", message)]
    return []
