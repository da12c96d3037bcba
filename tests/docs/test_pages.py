"""Every page: the parser takes its commands, its links and their anchors lead somewhere, the contents name it."""

from __future__ import annotations

import itertools
import re
import shlex

import click
import pytest

from avdaily_sql.cli.frame import FanningCommand, Invocation
from avdaily_sql.cli.main import root
from tests.throwaway import REPOSITORY

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])
NAMES = [str(page.relative_to(REPOSITORY)) for page in PAGES]


def calls(text):
    """Return every call of ours in the blocks for a shell, then those in sentences, and which of both it is."""
    for body in re.findall(r"^ *```(?:sh|ini|cron)\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        for rest in re.findall(r"(?:avdaily-sql|python3 avdaily)( [^\n]*)?$", body.replace("\\\n", " "), re.MULTILINE):
            yield rest, True
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    for rest in re.findall(r"`avdaily-sql( [^`…]+)`", prose):
        # Neither the usage of cli.md nor what waits for the Tab key is a call.
        if "[OPTIONS]" not in rest and not rest.endswith(" st"):
            yield rest, False


def words_of(call):
    """Return the words up to what the shell takes for itself."""
    reader = shlex.shlex(call, posix=True, punctuation_chars="|&;<>()")
    reader.whitespace_split = True
    return list(itertools.takewhile(lambda word: not set(word) <= set("|&;<>()\n"), reader))


def is_taken(words):
    """Follow the words through groups to a command, and let it parse the rest."""
    command, ctx, rest = root, click.Context(root, obj=Invocation()), list(words)
    while isinstance(command, click.Group):
        while rest and rest[0].startswith("-"):
            rest = rest[2 if "=" not in rest[0] and rest[0] in {"--database-url", "--sql-dir", "--log-format"} else 1 :]
        if not rest:
            return isinstance(command, click.Group)
        inner = command.get_command(ctx, rest[0])
        if inner is None:
            # A group that does something itself, as backup does.
            break
        command, rest = inner, rest[1:]
    # What a page leaves to the reader stands in capitals.
    placeholders = {"N": "1", "ID": "0001", "TO": "0001"}
    rest = [placeholders.get(word, word) for word in rest]
    command.make_context(command.name, rest, obj=Invocation())
    return True


@pytest.mark.parametrize("name", NAMES)
def test_every_command_on_a_page_is_one_that_the_parser_takes(name):
    for call, is_whole in calls((REPOSITORY / name).read_text()):
        # In "$(avdaily-sql db url)" the command ends with the bracket.
        words = words_of(call.partition(')"')[0] if call.count('"') % 2 else call)
        if words == ["test"]:
            continue
        try:
            assert is_taken(words), call
        except click.exceptions.Exit:
            continue
        except click.MissingParameter:
            # A sentence may speak of a command without what it needs.
            assert not is_whole, call
        except click.UsageError as error:
            pytest.fail(f"{name}: avdaily-sql{call}: {error.format_message()}")


def anchors(text):
    headings = re.findall(
        r"^#+ (.*)$", re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(name):
    page = REPOSITORY / name
    broken = []
    for target in re.findall(r"\]\((?!https?://|mailto:)([^)\s]+)\)", page.read_text()):
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text())):
            broken.append(target)
    assert broken == []


def test_the_contents_name_every_page():
    contents = (REPOSITORY / "docs" / "README.md").read_text()
    pages = {page.name for page in (REPOSITORY / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"]({page})" not in contents} == set()


def test_the_page_on_many_databases_names_every_command_that_takes_them_and_no_other():
    (sentence,) = re.findall(
        r"^(.*?)can run on many", (REPOSITORY / "docs" / "many-databases.md").read_text(), re.M | re.S
    )
    named = set(re.findall(r"`(\w+)`", sentence))
    context = click.Context(root, obj=Invocation())
    taking = {
        name for name in root.list_commands(context) if isinstance(root.get_command(context, name), FanningCommand)
    }
    assert named == taking
