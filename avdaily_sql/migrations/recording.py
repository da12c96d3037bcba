"""The history written by itself, without a file that is run: marks and rows of the log, in one transaction."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from avdaily_sql.errors import Failed
from avdaily_sql.migrations.session import StatementFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.migrations.performer import Performer

HISTORY = "the history"


@contextmanager
def recording(
    performer: Performer, consequence: str, *, what: str = HISTORY, opening: str = "BEGIN"
) -> Iterator[list[str]]:
    """Gather what the block writes into the history, and commit it in one message at its end.

    :param consequence: a sentence on what is not so, should the server refuse it.
    :param what: is written, for the error.
    :param opening: what begins the transaction.
    :raises Failed: the server refused it; nothing was written.
    """
    with writing(performer, what, consequence), performer.backend.one_message() as message:
        message.append(opening)
        yield message
        message.append("COMMIT")


@contextmanager
def writing(performer: Performer, what: str, consequence: str) -> Iterator[None]:
    """Let the block send a transaction of its own to the server; a refusal of it is one error.

    :param what: is written, for the error.
    :raises Failed: the server refused it.
    """
    try:
        yield
    except StatementFailed as failure:
        performer.session.roll_back()
        raise Failed(
            f"{what} could not be written: {failure.message}", detail=consequence, sqlstate=failure.sqlstate or None
        ) from None
    except BaseException:
        performer.session.abandon()
        raise
