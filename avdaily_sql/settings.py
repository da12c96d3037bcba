"""Where each setting comes from: flag, environment, ``.env``, default. Nothing here opens a connection."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import unquote

from avdaily_sql.errors import Location, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HIDDEN = "***"
_SCHEMES = {"postgres", "postgresql", "postgresql+psycopg"}
_SECRET_NAMES = ("BACKUP_ANONYMISE_KEY",)
_URL_NAMES = ("DATABASE_URL", "AVDAILY_TEST_DATABASE_URL")


class Environment(IntEnum):
    """How careful to be; a larger number is stricter."""

    development = 0
    testing = 1
    staging = 2
    production = 3


_ENVIRONMENT_WORDS = {
    "development": Environment.development,
    "develop": Environment.development,
    "dev": Environment.development,
    "local": Environment.development,
    "testing": Environment.testing,
    "test": Environment.testing,
    "staging": Environment.staging,
    "stage": Environment.staging,
    "stg": Environment.staging,
    "production": Environment.production,
    "prod": Environment.production,
    "live": Environment.production,
}

# The names that `config` lists, with their defaults; None is "not set".
_DEFAULTS: dict[str, str | None] = {
    "DATABASE_URL": None,
    "AVDAILY_ENV": None,
    "APP_ENV": None,
    "NODE_ENV": None,
    "AVDAILY_DATA_DIR": None,
    "AVDAILY_SQL_DIR": None,
    "AVDAILY_PG_BIN": None,
    "AVDAILY_OPS_LOG": None,
    "BACKUP_DIR": "backups",
    "BACKUP_AGE_RECIPIENTS": None,
    "BACKUP_AGE_IDENTITY_FILE": None,
    "BACKUP_ALLOW_PLAINTEXT": None,
    "BACKUP_AFTER_CMD": None,
    "BACKUP_ANONYMISE_KEY": None,
    "DB_RESET_CONFIRM": None,
    "DB_RESET_ALLOW_PRODUCTION": None,
    "DB_RESTORE_CONFIRM": None,
    "DB_RESTORE_ALLOW_PRODUCTION": None,
    "AVDAILY_TEST_DATABASE_URL": None,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One value and where it came from: ``flag``, ``environment``, a ``.env`` file's path, or ``default``."""

    name: str
    value: str | None
    source: str

    @property
    def shown(self) -> str | None:
        """Return the value as it may be printed: a URL without its password, a key not at all."""
        if self.name in _SECRET_NAMES:
            return self.value and _HIDDEN
        if self.value is None or self.name not in _URL_NAMES:
            return self.value
        return redact_url(self.value)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one invocation; built once by :func:`load` and never changed."""

    values: Mapping[str, Setting]
    working_directory: Path

    def get(self, name: str) -> str | None:
        """Return the value of one setting, None when it is not set."""
        return self.values[name].value

    def from_process(self, name: str) -> str | None:
        """Return a value that was set in the process environment itself, None when it came from a file.

        The confirmations for production count only from there: a line forgotten in ``.env`` must confirm nothing.
        """
        setting = self.values[name]
        return setting.value if setting.source == "environment" else None

    @property
    def database_url(self) -> str | None:
        """Return DATABASE_URL with its scheme as libpq knows it, None when the embedded server is meant."""
        value = self.get("DATABASE_URL")
        return None if value is None else normalise_url(value)

    @property
    def environment(self) -> Environment:
        """Return the strictest of AVDAILY_ENV, APP_ENV and NODE_ENV; development when none is set.

        An unknown word is an error in AVDAILY_ENV only: the other two belong to other programs, too.
        """
        found = [Environment.development]
        own = self.get("AVDAILY_ENV")
        if own is not None:
            found.append(parse_environment(own, self.values["AVDAILY_ENV"].source))
        for name in ("APP_ENV", "NODE_ENV"):
            word = (self.get(name) or "").strip().lower()
            if word in _ENVIRONMENT_WORDS:
                found.append(_ENVIRONMENT_WORDS[word])
        return max(found)

    @property
    def data_directory(self) -> Path:
        """Return where the embedded server keeps its clusters: AVDAILY_DATA_DIR or the user's data directory.

        https://specifications.freedesktop.org/basedir-spec/latest/
        """
        value = self.get("AVDAILY_DATA_DIR")
        if value is not None:
            return Path(value).expanduser().absolute()
        base = os.environ.get("XDG_DATA_HOME")
        root = Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "share"
        return root / "avdaily-sql"


def load(
    flags: Mapping[str, str | None] | None = None,
    environ: Mapping[str, str] | None = None,
    working_directory: Path | None = None,
) -> Settings:
    """Gather the settings: flag, then environment, then the nearest ``.env`` upwards, then default.

    An empty value counts as not set, as it does for libpq.

    :param flags: values given on the command line, by the name of the variable that they override.
    :raises UsageError: a ``.env`` that cannot be read.
    """
    environ = os.environ if environ is None else environ
    try:
        directory = Path.cwd() if working_directory is None else working_directory
    except FileNotFoundError:
        raise UsageError("the working directory is gone", hint="Change to one that exists: cd") from None
    env_file, from_file = _read_env_file(directory)
    values = {}
    for name, default in _DEFAULTS.items():
        layers = (
            (flags.get(name) if flags else None, "flag"),
            (environ.get(name), "environment"),
            (from_file.get(name), str(env_file)),
            (default, "default"),
        )
        values[name] = next(
            (Setting(name, value, source) for value, source in layers if value), Setting(name, None, "default")
        )
    return Settings(MappingProxyType(values), directory)


def _read_env_file(directory: Path) -> tuple[Path | None, Mapping[str, str | None]]:
    for folder in (directory, *directory.parents):
        path = folder / ".env"
        if path.is_file():
            # Without such a file the start need not import its reader.
            from dotenv.parser import parse_stream

            try:
                with path.open(encoding="utf-8-sig") as stream:
                    bindings = list(parse_stream(stream))
            except (OSError, UnicodeDecodeError) as error:
                raise UsageError(f"could not read {path}: {error}") from error
            for binding in bindings:
                if binding.error:
                    _refuse_lost_setting(binding.original.string, Location(str(path), binding.original.line))
            return path, {binding.key: binding.value for binding in bindings if binding.key is not None}
    return None, {}


def _refuse_lost_setting(text: str, where: Location) -> None:
    """Refuse an unreadable line that sets something of ours: without it another database might be worked on.

    Such lines of other programs that share the file are passed over.
    """
    found = re.match(r"\s*(?:export\s+)?(?P<name>[A-Z_]+)\s*=", text)
    if found and found["name"] in _DEFAULTS:
        raise UsageError(
            f"{found['name']} cannot be read from the .env file",
            hint="Close its quotes, and write nothing but a comment after them.",
            location=where,
        )


def parse_environment(word: str, source: str = "argument") -> Environment:
    """Return the environment that a word names, without regard to case.

    :raises UsageError: the word is none of the known ones.
    """
    try:
        return _ENVIRONMENT_WORDS[word.strip().lower()]
    except KeyError:
        raise UsageError(
            f'unknown environment "{word}" ({source})',
            hint="Use one of: development, testing, staging, production.",
        ) from None


def normalise_url(url: str) -> str:
    """Return the URL as libpq reads it; ``postgres://`` and ``postgresql+psycopg://`` mean ``postgresql://``.

    :raises UsageError: another scheme, or no URL at all.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
    """
    # A URL out of a file that holds a secret often ends in a newline.
    scheme, separator, rest = url.strip().partition("://")
    if not separator or scheme.lower() not in _SCHEMES:
        shown = f'the scheme "{scheme}"' if separator else "no scheme"
        raise UsageError(
            f"DATABASE_URL has {shown}; it must be a PostgreSQL URL",
            hint="Write it as: postgresql://USER@HOST:PORT/DATABASE",
        )
    return f"postgresql://{rest}"


# From the first colon after the user name to the last @: also a password that was not escaped is hidden whole.
_USER_INFO = re.compile(r"(?P<before>^[^:/?#]*://[^:@/?#]*:)(?P<password>.*)(?P<after>@)", re.DOTALL)
_QUERY_PASSWORD = re.compile(r"(?P<before>[?&](?:ssl)?password=)(?P<password>[^&#]*)(?P<after>)", re.IGNORECASE)


def redact_url(url: str) -> str:
    """Return the URL with every password replaced by ``***``, also one that stands in its query part."""
    for pattern in (_USER_INFO, _QUERY_PASSWORD):
        url = pattern.sub(rf"\g<before>{_HIDDEN}\g<after>", url)
    return url


def remove_passwords(url: str) -> str:
    """Return the URL with nothing in the place of its passwords, so that libpq asks PGPASSWORD or the password file."""
    url = _USER_INFO.sub(lambda found: found["before"].removesuffix(":") + found["after"], url)
    base, separator, query = url.partition("?")
    kept = [part for part in query.split("&") if not part.lower().startswith(("password=", "sslpassword="))]
    return base + (separator + "&".join(kept) if kept and separator else "")


def passwords_in(url: str) -> frozenset[str]:
    """Return the passwords of a URL, as written and decoded, so that no output may carry either."""
    raw = {match["password"] for pattern in (_USER_INFO, _QUERY_PASSWORD) for match in pattern.finditer(url)}
    return frozenset(password for written in raw for password in (written, unquote(written)) if password)
