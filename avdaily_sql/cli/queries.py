"""The commands around named queries: ``run`` and ``queries list|show|stubs|check``."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import click

from avdaily_sql import guards, server, sqltree
from avdaily_sql.cli import findings
from avdaily_sql.cli.frame import Group, command
from avdaily_sql.cli.working import working
from avdaily_sql.database import connect
from avdaily_sql.output import counted, table
from avdaily_sql.queries import listing, running
from avdaily_sql.queries.library import read_definitions

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation
    from avdaily_sql.queries.definition import Definition


def _definitions(invocation: Invocation) -> list[Definition]:
    return read_definitions(sqltree.find(invocation.settings).root / "queries")


def _url(invocation: Invocation) -> str:
    return server.resolve(invocation.settings, invocation.console.note).url


@command("run")
@click.argument("name")
@click.argument("values", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--write", is_flag=True, help="Let the query change data.")
@click.option("--yes", is_flag=True, help="With --write in production: this is meant.")
@click.option(
    "--format", "shape", type=click.Choice(("table", "json", "csv")), default="table", help="How the rows are printed."
)
def run(invocation: Invocation, *, name: str, values: tuple[str, ...], write: bool, yes: bool, shape: str) -> None:
    """Run a named query.

    Example: avdaily-sql run list_table_sizes

    Never changes data without --write. KEY= is null.
    """
    definition = running.find(_definitions(invocation), name)
    parsed = running.parse_values(definition, values)
    console = invocation.console
    with connect(_url(invocation)) as conn:
        if write:
            guards.require_yes_in_production(
                guards.assess(conn, invocation.settings),
                yes=yes,
                action=f"run {name}",
                command=["avdaily-sql", "run", name, *values, "--write"],
            )
        result = running.run(conn, definition, parsed, write=write)
    console.json_output = console.json_output or shape == "json"
    console.result(result, _csv(result) if shape == "csv" else _rows(result))


def _rows(result: running.RunResult) -> str:
    if result.rows_affected is not None:
        return counted(result.rows_affected, "row")
    lines = table(result.columns, [[running.as_text(value) for value in row.values()] for row in result.rows])
    return f"{lines}\n({counted(len(result.rows), 'row')})"


def _csv(result: running.RunResult) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows([running.as_text(value) for value in row.values()] for row in result.rows)
    return text.getvalue().removesuffix("\n")


@click.group("queries", cls=Group)
def queries() -> None:
    """List, show and check the named queries.

    Example: avdaily-sql queries show get_wallet

    Never runs a query: avdaily-sql run does.
    """


@command("list")
def list_queries(invocation: Invocation) -> None:
    """List the queries with their parameters.

    Example: avdaily-sql queries list

    Never connects.
    """
    result = listing.list_queries(_definitions(invocation))
    rows = [(f"{each.domain}.{each.name}", _signature(each), each.summary) for each in result.queries]
    invocation.console.result(result, table(("query", "parameters", "what it does"), rows))


def _signature(query: listing.ListedQuery, width: int = 44) -> str:
    text = ", ".join(query.parameters)
    return text if len(text) <= width else f"{text[: width - 1].rstrip(', ')}…"


@command("show")
@click.argument("name")
@click.option("--sql", "sql_only", is_flag=True, help="Print the statement alone, as it stands in the file, for psql.")
def show(invocation: Invocation, *, name: str, sql_only: bool) -> None:
    """Show a query's SQL, parameters, result columns and plan.

    Example: avdaily-sql queries show get_wallet

    Never runs the query. With --sql it does not even connect.
    """
    definition = running.find(_definitions(invocation), name)
    if sql_only:
        text = definition.sql.decode()
        invocation.console.result({"name": name, "sql": text}, f"{text};")
        return
    with connect(_url(invocation)) as conn:
        shown = running.show(conn, definition)
    invocation.console.result(shown, _shown(shown))


def _shown(shown: running.Shown) -> str:
    parts = [f"{shown.name}  {shown.file}:{shown.line}", shown.document, shown.sql + ";"]
    for heading, listed in (("parameter", shown.parameters), ("column", shown.columns)):
        if listed:
            parts.append(table((heading, "type", "in Python"), [(one.name, one.type, one.python) for one in listed]))
    if shown.plan:
        parts.append("\n".join(["plan", *shown.plan]))
    return "\n\n".join(part for part in parts if part)


@command("stubs")
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit with 3 when the stub is out of date.")
@click.option(
    "--output", type=click.Path(dir_okay=False), metavar="FILE", help="Where the stub is; default beside the code."
)
def stubs(invocation: Invocation, *, check_only: bool, output: str | None) -> int:
    """Write the type stub of the queries from a migrated development database.

    Example: avdaily-sql queries stubs --check

    Never changes the database: what it makes there is rolled back.
    """
    tree = sqltree.find(invocation.settings)
    path = listing.stub_path(tree, output)
    definitions = _definitions(invocation)
    with connect(_url(invocation)) as conn, working(invocation.console, "describing the queries"):
        result = (listing.compare_stub if check_only else listing.write_stub_file)(conn, definitions, path)
    hint = "\nWrite it: avdaily-sql queries stubs" if result.state == "stale" else ""
    invocation.console.result(result, f"{result.state}  {result.file}  {result.queries} queries{hint}")
    return result.exit_code


@command("check")
def check(invocation: Invocation) -> int:
    """Check every query against a migrated development database.

    Example: avdaily-sql queries check

    Never changes the database: what it makes there is rolled back. Exits with 1 when it finds an error.
    """
    tree = sqltree.find(invocation.settings)
    definitions = _definitions(invocation)
    with connect(_url(invocation)) as conn, working(invocation.console, "checking the queries"):
        result = listing.check(conn, definitions, listing.stub_path(tree, None))
    invocation.console.result(result, findings.as_lines(result, f"{result.queries} queries"))
    return 1 if result.errors else 0


for _each in (list_queries, show, stubs, check):
    queries.add_command(_each)
