"""The bytes of a backup file, both ways: plain SQL ⇄ gzip ⇄ age, hashed on the way, never whole in memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import IO, TYPE_CHECKING, Any

from isal import isal_zlib

from avdaily_sql.backup import encryption
from avdaily_sql.backup.pipe import Closed, Pipe, Worker
from avdaily_sql.errors import Damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

CHUNK = 1 << 18
# Level 2 is ten times as fast as zlib's 6, and its files are no larger.
_LEVEL = 2
_GZIP = 31


class _Sink:
    """The file, its size and its checksum."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.bytes = 0
        self._digest = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        piece = bytes(piece)
        self._file.write(piece)
        self._digest.update(piece)
        self.bytes += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Do nothing: the file is flushed once, at its end."""

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class Writer:
    """Takes plain SQL, writes the compressed and perhaps encrypted file."""

    def __init__(self, file: IO[bytes], recipients: tuple[str, ...]) -> None:
        self._file = file
        self._sink = _Sink(file)
        self._plain = hashlib.sha256()
        self._gzip = isal_zlib.compressobj(_LEVEL, wbits=_GZIP)
        self._pipe: Pipe | None = None
        self._worker: Worker | None = None
        self.plain_bytes = 0
        if recipients:
            pipe = self._pipe = Pipe()
            self._worker = Worker(lambda: self._encrypt(pipe, recipients))
            self._worker.start()

    def _encrypt(self, pipe: Pipe, recipients: tuple[str, ...]) -> None:
        try:
            encryption.encrypt(pipe, self._sink, recipients)
        finally:
            pipe.stop()

    @property
    def size(self) -> int:
        """Return how much was written to the file."""
        return self._sink.bytes

    @property
    def sha256(self) -> str:
        """Return the checksum of the file."""
        return self._sink.sha256

    @property
    def plain_sha256(self) -> str:
        """Return the checksum of the SQL."""
        return self._plain.hexdigest()

    def write(self, piece: bytes) -> None:
        """Take a piece of SQL."""
        self._plain.update(piece)
        self.plain_bytes += len(piece)
        self._forward(self._gzip.compress(piece))

    def finish(self) -> None:
        """Write what is left, and see it on the disk.

        :raises OSError: the disk is full, or gone.
        """
        self._forward(self._gzip.flush())
        if self._pipe is not None and self._worker is not None:
            with contextlib.suppress(Closed):
                self._pipe.close()
            self._worker.finish()
        self._file.flush()
        os.fsync(self._file.fileno())

    def abandon(self) -> None:
        """End the encrypting thread; what it wrote is worth nothing."""
        if self._pipe is not None and self._worker is not None:
            self._pipe.stop()
            self._worker.join()

    def _forward(self, piece: bytes) -> None:
        if not piece:
            return
        if self._pipe is None or self._worker is None:
            self._sink.write(piece)
            return
        try:
            self._pipe.write(piece)
        except Closed:
            self._worker.finish()
            raise


class Reader:
    """Gives the plain SQL of a backup file, piece by piece; what it is made of is seen in its first bytes."""

    def __init__(self, path: Path, identities: tuple[Any, ...] | None) -> None:
        self._path = path
        self._identities = identities
        self._file_digest = hashlib.sha256()
        self._plain_digest = hashlib.sha256()
        self.bytes = 0
        self.plain_bytes = 0

    @property
    def sha256(self) -> str:
        """Return the checksum of the file, once it was read to its end."""
        return self._file_digest.hexdigest()

    @property
    def plain_sha256(self) -> str:
        """Return the checksum of the SQL, once it was read to its end."""
        return self._plain_digest.hexdigest()

    def pieces(self) -> Generator[bytes, None, None]:
        """Yield the SQL.

        :raises Damaged: empty, cut, changed, wrong key, no gzip. What was yielded before must not be trusted.
        """
        with self._path.open("rb") as file:
            source = self._decrypted(file) if is_encrypted(self._path) else self._raw(file)
            for piece in _decompressed(source):
                self._plain_digest.update(piece)
                self.plain_bytes += len(piece)
                yield piece

    def raw_pieces(self) -> Iterator[bytes]:
        """Yield the bytes of the file as they are, for their checksum."""
        with self._path.open("rb") as file:
            yield from self._raw(file)

    def _raw(self, file: IO[bytes]) -> Iterator[bytes]:
        while piece := file.read(CHUNK):
            self._count(piece)
            yield piece

    def _count(self, piece: bytes) -> None:
        self._file_digest.update(piece)
        self.bytes += len(piece)

    def _decrypted(self, file: IO[bytes]) -> Iterator[bytes]:
        pipe = Pipe()
        worker = Worker(lambda: self._decrypt(file, pipe))
        worker.start()
        try:
            while piece := pipe.read():
                yield piece
        except Closed:
            worker.finish()
            raise
        finally:
            pipe.stop()
            worker.join()
        worker.finish()

    def _decrypt(self, file: IO[bytes], pipe: Pipe) -> None:
        try:
            encryption.decrypt(_Counted(file, self._count), pipe, self._identities or ())
            pipe.close()
        finally:
            pipe.stop()


class _Counted:
    """The file, read by somebody else, and counted by us."""

    def __init__(self, file: IO[bytes], count: Callable[[bytes], None]) -> None:
        self._file = file
        self._count = count

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._count(piece)
        return piece


def is_encrypted(path: Path) -> bool:
    """Tell whether a file is age's, by its first bytes and not by its name."""
    with path.open("rb") as file:
        return file.read(len(encryption.MAGIC)) == encryption.MAGIC


def _decompressed(source: Iterator[bytes]) -> Iterator[bytes]:
    inflate = None
    for piece in source:
        rest = piece
        while rest:
            if inflate is None:
                inflate = isal_zlib.decompressobj(_GZIP)
            yield from _inflated(inflate, rest)
            rest = inflate.unused_data if inflate.eof else b""
            if inflate.eof:
                # Another member may follow: files joined by cat are one gzip file.
                inflate = None
    if inflate is not None:
        raise Damaged("the compressed data ends too early: the file was cut")


def _inflated(inflate: Any, piece: bytes) -> Iterator[bytes]:
    try:
        while True:
            # Bounded, so that a small piece that inflates to gigabytes does not fill the memory.
            plain = inflate.decompress(piece, 4 * CHUNK)
            if plain:
                yield plain
            piece = inflate.unconsumed_tail
            if inflate.eof or (not piece and len(plain) < 4 * CHUNK):
                return
    except isal_zlib.error as error:  # type: ignore[misc]
        raise Damaged(f"the compressed data is damaged: {error}") from None
