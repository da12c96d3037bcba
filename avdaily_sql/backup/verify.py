"""``backup verify``: whether a file is a whole backup. It reads; only the full level needs a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avdaily_sql.backup import encryption, manifest, script, stream
from avdaily_sql.backup.needs import Needs, needs_of
from avdaily_sql.errors import Damaged, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avdaily_sql.backup.manifest import Manifest
    from avdaily_sql.settings import Settings


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a backup is whole: ``level`` is ``quick`` or ``full``, ``problems`` are sentences."""

    file: str
    level: str
    ok: bool
    problems: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """Return 7 for a backup that is not whole."""
        return 0 if self.ok else 7


@dataclass(frozen=True, slots=True)
class Inspected:
    """A backup that was read from its first byte to its last and found whole."""

    path: Path
    manifest: Manifest | None
    identities: tuple[Any, ...] | None
    plain_bytes: int
    plain_sha256: str
    server_version: str | None
    dump_version: str | None
    needs: Needs


def quick(path: Path, settings: Settings) -> Verdict:
    """Read the whole file: checksums against the manifest, CRC, the end marker, no command of psql.

    :raises Refused: it is encrypted, and there is no identity.
    :raises UsageError: there is no such file.
    """
    try:
        found = inspect(path, settings)
    except Damaged as error:
        return Verdict(str(path), "quick", ok=False, problems=(_sentence(error),))
    problems = () if found.manifest is not None else (f"it has no manifest ({manifest.path_of(path).name})",)
    return Verdict(str(path), "quick", ok=not problems, problems=problems)


def _sentence(error: Damaged) -> str:
    return error.message if error.detail is None else f"{error.message} ({error.detail})"


def unchanged(path: Path) -> bool:
    """Tell whether the bytes of a backup are those of its manifest: what can be said without an identity."""
    try:
        described = manifest.read(path)
        if described is None:
            return False
        reader = stream.Reader(path, None)
        for _ in reader.raw_pieces():
            pass
    except (Damaged, OSError):
        return False
    return reader.sha256 == described.sha256


def inspect(path: Path, settings: Settings, progress: Callable[[str, int, int], None] = lambda *_: None) -> Inspected:
    """Read a backup from its first byte to its last.

    :raises Damaged: it is not whole; nothing was sent anywhere.
    :raises Refused: it is encrypted, and there is no identity.
    :raises UsageError: there is no such file.
    """
    described, size = _measured(path)
    identities = encryption.require_identities(settings, path) if stream.is_encrypted(path) else None
    reader, judge = stream.Reader(path, identities), script.Script()
    try:
        for piece in reader.pieces():
            judge.feed(piece)
            progress("check", reader.bytes, size)
        judge.finish()
    except Damaged as error:
        raise Damaged(f"{path}: {error.message}", detail=error.detail, hint=error.hint) from None
    except OSError as error:
        raise Damaged(f"{path} cannot be read: {error.strerror}") from None
    _compare(path, described, reader)
    return Inspected(
        path,
        described,
        identities,
        reader.plain_bytes,
        reader.plain_sha256,
        judge.server_version,
        judge.dump_version,
        needs_of(judge.statements),
    )


def glance(path: Path, settings: Settings, progress: Callable[[str, int, int], None] = lambda *_: None) -> Inspected:
    """Compare a backup with its manifest by checksum, open it, and read its header.

    It was read and judged to its end when it was written, and is judged again while it is restored.

    :raises Damaged: it is not what was written, or does not open.
    :raises Refused: it is encrypted, and there is no identity.
    :raises UsageError: there is no such file.
    """
    described, size = _measured(path)
    if described is None:
        raise Damaged(f"{path} has no manifest")
    raw = stream.Reader(path, None)
    try:
        for _ in raw.raw_pieces():
            progress("check", raw.bytes, size)
    except OSError as error:
        raise Damaged(f"{path} cannot be read: {error.strerror}") from None
    if raw.sha256 != described.sha256:
        raise Damaged(f"{path} is not what was written: its sha256 is not the manifest's")
    identities = encryption.require_identities(settings, path) if stream.is_encrypted(path) else None
    judge = script.Script()
    pieces = stream.Reader(path, identities).pieces()
    judge.feed(next(pieces, b""))
    pieces.close()
    return Inspected(
        path,
        described,
        identities,
        described.plain_bytes,
        described.plain_sha256,
        judge.server_version,
        judge.dump_version,
        described.needs,
    )


def _measured(path: Path) -> tuple[Manifest | None, int]:
    size = _require_file(path)
    described = manifest.read(path)
    if size == 0:
        raise Damaged(f"{path} is empty")
    if described is not None and described.bytes != size:
        raise Damaged(f"{path} has {size} bytes; its manifest says {described.bytes}: it was cut, or changed")
    return described, size


def _require_file(path: Path) -> int:
    try:
        if not path.is_file():
            what = "is no file" if path.exists() else "does not exist"
            raise UsageError(f"{path} {what}", hint="Run: avdaily-sql backup list")
        return path.stat().st_size
    except OSError as error:
        raise UsageError(f"could not read {path}: {error.strerror}") from None


def _compare(path: Path, described: Manifest | None, reader: stream.Reader) -> None:
    if described is None:
        return
    if reader.sha256 != described.sha256:
        raise Damaged(f"{path} is not what was written: its sha256 is not the manifest's")
    if reader.plain_sha256 != described.plain_sha256:
        raise Damaged(f"{path} holds another dump than its manifest describes")
