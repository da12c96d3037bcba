"""``sql/schema.sql``: what all files build, in one file that a pull request shows the effect of its migrations in.

It is written by PostgreSQL 18 only: the same schema is written differently by every major of pg_dump.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltree
from avdaily_sql.errors import Unsupported, UsageError
from avdaily_sql.migrations import dump
from avdaily_sql.migrations.options import Options
from avdaily_sql.migrations.workbench import origin, workbench
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avdaily_sql.migrations.dump import Part
    from avdaily_sql.migrations.workbench import Origin
    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import SqlTree

MAJOR = 18
_HEAD = f"""\
-- What sql/migrations build, written by `avdaily-sql verify --write-schema` on PostgreSQL {MAJOR}: to read, and for the
-- diff of a pull request. "{dump.OWNER}" is the role that migrates; partitions made at run time are left out.
"""


class Written(NamedTuple):
    """The file, and whether its text is another one than before."""

    path: Path
    changed: bool


def path_of(tree: SqlTree) -> Path:
    """Return where the file of a tree is."""
    return tree.root / "schema.sql"


def render(parts: tuple[Part, ...]) -> str:
    """Return the text of the file: every object under its name, in pg_dump's order."""
    blocks = [f"-- {part.object}\n{part.text}" for part in parts if part.type != "SETTINGS"]
    return "\n\n".join([_HEAD.rstrip(), *blocks]) + "\n"


def remarks(source: Origin, built: tuple[Part, ...]) -> tuple[str, ...]:
    """Return a line if the tree has such a file and it is not what the files build now."""
    path = path_of(source.tree)
    if (
        {source.program.major, source.server_major} != {MAJOR}
        or source.options.schema != "public"
        or not path.is_file()
    ):
        return ()
    if path.read_text(encoding="utf-8") == render(built):
        return ()
    return (f"{shown(path)} is out of date: run avdaily-sql verify --write-schema",)


def write(url: str, tree: SqlTree, settings: Settings, note: Callable[[str], None] = lambda _: None) -> Written:
    """Build the files in a scratch database beside a database, and write what they built.

    :param note: told of scratch databases that a killed run had left.
    :raises Unsupported: the server or pg_dump is not of the one major that writes the file.
    :raises UsageError: the file cannot be written.
    """
    pairs = sqltree.list_migrations(tree)
    source = origin(url, tree, Options(), settings)
    if {source.program.major, source.server_major} != {MAJOR}:
        raise Unsupported(
            f"schema.sql is written by PostgreSQL {MAJOR} only; "
            f"the server is {source.server_major}, and pg_dump is {source.program.version}",
            hint="Unset DATABASE_URL and AVDAILY_PG_BIN, to use the embedded server.",
        )
    with workbench(source, "schema.sql", note) as bench:
        bench.apply(pairs[-1].id)
        bench.complete()
        text = render(bench.dump())
    path = path_of(tree)
    changed = not path.is_file() or path.read_text(encoding="utf-8") != text
    if changed:
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"could not write {shown(path)}: {error.strerror}") from None
    return Written(path, changed)
