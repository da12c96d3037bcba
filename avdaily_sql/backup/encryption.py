"""Encryption with age: the one door to pyrage. A file opens with the ``age`` command line, too.

https://age-encryption.org/v1
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avdaily_sql.errors import Damaged, Failed, Refused, Unsupported, UsageError

if TYPE_CHECKING:
    from avdaily_sql.settings import Settings

MAGIC = b"age-encryption.org/"


@dataclass(frozen=True, slots=True)
class Key:
    """A new identity: where its secret part is, and the public part to encrypt to."""

    file: str
    recipient: str


def _pyrage() -> Any:
    if find_spec("pyrage") is None:
        raise Unsupported("encryption is not installed", hint="Run: pip install 'avdaily-sql[encryption]'")
    import pyrage

    return pyrage


def recipients_of(settings: Settings) -> tuple[str, ...]:
    """Return the public keys that backups are encrypted to, in the order of BACKUP_AGE_RECIPIENTS.

    :raises UsageError: one of them is no age recipient.
    """
    written = settings.get("BACKUP_AGE_RECIPIENTS") or ""
    found = tuple(part.strip() for part in written.split(",") if part.strip())
    for each in found:
        _parse_recipient(each)
    return found


def _parse_recipient(text: str) -> Any:
    pyrage = _pyrage()
    try:
        return (
            pyrage.ssh.Recipient.from_str(text) if text.startswith("ssh-") else pyrage.x25519.Recipient.from_str(text)
        )
    except pyrage.RecipientError as error:
        raise UsageError(
            f'BACKUP_AGE_RECIPIENTS: "{text}" is no recipient: {error}',
            hint="A recipient begins with age1; avdaily-sql backup keygen prints one.",
        ) from None


def identities_of(settings: Settings) -> tuple[Any, ...] | None:
    """Return the secret keys of BACKUP_AGE_IDENTITY_FILE, None when it is not set.

    :raises UsageError: the file cannot be read or holds no age identity.
    """
    name = settings.get("BACKUP_AGE_IDENTITY_FILE")
    if name is None:
        return None
    pyrage = _pyrage()
    path = Path(name).expanduser()
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"could not read BACKUP_AGE_IDENTITY_FILE ({path}): {reason}") from None
    try:
        found = tuple(pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#"))
    except pyrage.IdentityError:
        # The line itself is a secret, or close to one: it is not shown.
        raise UsageError(f"{path} holds a line that is no age identity (AGE-SECRET-KEY-1…)") from None
    if not found:
        raise UsageError(f"{path} holds no age identity (AGE-SECRET-KEY-1…)")
    return found


def require_identities(settings: Settings, file: Path) -> tuple[Any, ...]:
    """Return the secret keys.

    :raises Refused: there are none, and the file is encrypted.
    """
    found = identities_of(settings)
    if found is None:
        raise Refused(
            f"{file} is encrypted, and there is no age identity to open it",
            detail="BACKUP_AGE_IDENTITY_FILE is not set.",
            hint="export BACKUP_AGE_IDENTITY_FILE=PATH",
        )
    return found


def encrypt(reader: Any, writer: Any, recipients: tuple[str, ...]) -> None:
    """Encrypt all that the reader gives."""
    pyrage = _pyrage()
    try:
        pyrage.encrypt_io(reader, writer, [_parse_recipient(text) for text in recipients])
    except pyrage.EncryptError as error:
        raise Failed(f"could not encrypt: {error}") from None


def decrypt(reader: Any, writer: Any, identities: tuple[Any, ...]) -> None:
    """Decrypt all that the reader gives; what the writer got before an error must not be trusted.

    :raises Damaged: wrong key, cut or changed.
    """
    pyrage = _pyrage()
    try:
        pyrage.decrypt_io(reader, writer, list(identities))
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise Damaged(
                "none of the age identities opens this backup",
                detail="It was encrypted to another recipient.",
                hint="Set BACKUP_AGE_IDENTITY_FILE to the identity of one of the manifest's recipients.",
            ) from None
        raise Damaged(f"the encrypted file is damaged: {error}") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise Damaged("the encrypted file is cut or was changed") from None


def keygen(settings: Settings) -> Key:
    """Write a new identity into BACKUP_AGE_IDENTITY_FILE, readable by its owner only.

    :raises UsageError: the variable is not set, or its directory is not there.
    :raises Refused: the file exists: an identity that backups need is never overwritten.
    """
    name = settings.get("BACKUP_AGE_IDENTITY_FILE")
    if name is None:
        raise UsageError(
            "BACKUP_AGE_IDENTITY_FILE is not set: it says where the key goes",
            hint="Run: BACKUP_AGE_IDENTITY_FILE=$HOME/avdaily-backup.key avdaily-sql backup keygen",
        )
    identity = _pyrage().x25519.Identity.generate()
    recipient = str(identity.to_public())
    path = Path(name).expanduser()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(
            f"{path} exists; a key is never overwritten",
            detail="Backups that were encrypted to it could not be opened any more.",
            hint=f"BACKUP_AGE_IDENTITY_FILE={shlex.quote(f'{path}.new')} avdaily-sql backup keygen",
        ) from None
    except OSError as error:
        raise UsageError(f"could not write {path}: {error.strerror}") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(f"# public key: {recipient}\n{identity}\n")
        file.flush()
        os.fsync(file.fileno())
    return Key(str(path), recipient)
