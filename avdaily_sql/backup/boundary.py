"""Where a statement of a dump ends for psql, and what of it a restore wants to know."""

from __future__ import annotations


class OpenStatement:
    """What is known of one statement while its tokens come in; psql's own rules of where it ends."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.empty = True
        self.ended = False
        self.reads_stdin = False
        self._copy_decided = False
        self._words: list[bytes] = []
        self._previous = b""
        self._parentheses = 0
        self._begins = 0

    @property
    def names_roles_or_extensions(self) -> bool:
        """Return whether a restore must look for a role or an extension of this server first."""
        return self._words[:1] in ([b"ALTER"], [b"GRANT"], [b"REVOKE"]) or self._words[:2] in (
            [b"CREATE", b"POLICY"],
            [b"CREATE", b"EXTENSION"],
            [b"CREATE", b"SCHEMA"],
            [b"SET", b"SESSION"],
        )

    def add(self, kind: str, token: bytes) -> None:
        """Take the next token.

        :param kind: the name of its group in the regular expression: ``word``, ``semicolon``, ``sign`` and so on.
        """
        self.empty = False
        word = token.upper() if kind == "word" else token
        if kind == "word":
            self._follow(word)
        elif token == b"(":
            self._parentheses += 1
        elif token == b")":
            self._parentheses = max(0, self._parentheses - 1)
        elif kind == "semicolon" and not self._parentheses and not self._begins:
            self.ended = True
        copies = self._words[:1] == [b"COPY"] and not self._parentheses
        if copies and not self._copy_decided and self._previous == b"FROM":
            self._copy_decided = True
            self.reads_stdin = word in (b"STDIN", b"STDOUT")
        self._previous = b"" if self._previous == b"." else word

    def _follow(self, word: bytes) -> None:
        if len(self._words) < 4:
            self._words.append(word)
        words = self._words
        kind = words[3:4] if words[1:3] == [b"OR", b"REPLACE"] else words[1:2]
        if words[0] != b"CREATE" or kind not in ([b"FUNCTION"], [b"PROCEDURE"]) or self._parentheses:
            return
        if word == b"BEGIN" or (word == b"CASE" and self._begins):
            self._begins += 1
        elif word == b"END" and self._begins:
            self._begins -= 1
