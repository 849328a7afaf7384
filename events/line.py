"""A connection to PostgreSQL on which a write waits for nothing: it travels with the next question, or with the COMMIT.

psycopg's cursors cost 20 to 60 microseconds a statement and wait for each one's answer: of a lone commit's processor
time that was half, and at each wait the interpreter's lock was anybody's.  Here statements go by libpq's pipeline
(PostgreSQL, "Pipeline Mode"), which psycopg hands through as `Connection.pgconn`; some 2 microseconds a write, 10 a
question.  Everything else (cursors, COPY, SQLAlchemy) works on such a connection as on any, behind what was told.
"""

from __future__ import annotations

import select
from contextlib import suppress
from itertools import count
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGresult

Values = tuple[Any, ...]  # a row's columns or a text's parameters, each of its own type

# After so many writes they are sent, so that the server works while we make the next.
_SENT_AT_ONCE = 32
_NOT_PREPARED = b"26000"
_IN_TRANSACTION = (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)
_TEXT, _BINARY = pq.Format.TEXT, pq.Format.BINARY


class Line(psycopg.Connection[Values]):
    """`tell` and `ask` take a text with `%s` where a parameter goes, which must be one of few: each is prepared once.

    What the server refuses of what was told is raised by whatever comes next, at the latest by `commit`.
    """

    def __init__(self, *given: Any, **named: Any) -> None:  # as psycopg makes it
        super().__init__(*given, **named)
        # All of ours in one attribute: psycopg may use any name.
        self._piped = _Piped(self)

    def ask(self, text: str, given: Values) -> list[Values]:
        """What it answers."""
        [rows] = self._piped.ask_each(text, [given])
        return rows

    def ask_each(self, text: str, each: list[Values]) -> list[list[Values]]:
        """What it answers to each of these, at one go."""
        return self._piped.ask_each(text, each)

    def foresee(self, text: str, given: Values) -> None:
        """Send this question with the next one: whoever asks it then, before anything else is told, has the answer."""
        self._piped.foresee(text, given)

    def tell(self, text: str, given: Values) -> None:
        """Have it done before anything that is asked or told later."""
        self._piped.forget()
        self._piped.tell(text, given)

    def cursor(self, *given: Any, **named: Any) -> Any:  # psycopg's own overloads
        """Psycopg's, behind what was told."""
        self._piped.forget()
        self._piped.settle()
        return super().cursor(*given, **named)

    def commit(self) -> None:
        """Commit what was told, too."""
        self._piped.end(b"COMMIT")
        super().commit()

    def rollback(self) -> None:
        """Take back what was told, too."""
        with suppress(psycopg.Error):
            self._piped.settle()
        # Not psycopg's, which would free all that is prepared, ours too.
        self._piped.end(b"ROLLBACK")
        super().rollback()


class _Answer:
    """To one question; no `result` until it is heard."""

    __slots__ = ("given", "result")

    def __init__(self, given: Values) -> None:
        self.given = given
        self.result: PGresult | None = None


class _Piped:
    """What was told on a connection and not yet heard of."""

    def __init__(self, connection: Line) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._names: dict[str, bytes] = {}
        self._numbers = count(1)
        self._new: list[str] = []
        self._told = 0
        self._awaited: dict[int, _Answer] = {}
        self._foreseen: dict[str, list[_Answer]] = {}
        self._loader = Transformer(connection)
        self._heard = select.poll()
        self._heard.register(self._libpq.socket, select.POLLIN)

    def tell(self, text: str, given: Values) -> None:
        values, formats = _as_sent(given)
        if not self._told:
            self._open()
        name = self._names.get(text) or self._prepare(text)
        self._libpq.send_query_prepared(name, values, formats)
        self._told += 1
        if self._told % _SENT_AT_ONCE == 0:
            self._send()

    def ask_each(self, text: str, each: list[Values]) -> list[list[Values]]:
        asked = [self._take_foreseen(text, given) or self._await(text, given) for given in each]
        return [self._rows(answer) for answer in asked]

    def foresee(self, text: str, given: Values) -> None:
        # What cannot be sent is told to who asks it in earnest.
        with suppress(psycopg.DataError):
            self._foreseen.setdefault(text, []).append(self._await(text, given))

    def _take_foreseen(self, text: str, given: Values) -> _Answer | None:
        foreseen = self._foreseen.get(text, ())
        found = next((answer for answer in foreseen if answer.given == given), None)
        if found is not None:
            self._foreseen[text].remove(found)
        return found

    def forget(self) -> None:
        """What was foreseen may be another from now on."""
        self._foreseen.clear()

    def _await(self, text: str, given: Values) -> _Answer:
        answer = _Answer(given)
        self.tell(text, given)
        self._awaited[self._told] = answer
        return answer

    def _rows(self, answer: _Answer) -> list[Values]:
        if answer.result is None:
            self.settle()
        assert answer.result is not None
        self._loader.set_pgresult(answer.result)
        return self._loader.load_rows(0, answer.result.ntuples, tuple)

    def settle(self) -> None:
        """Hear all answers.  Raises the first refusal."""
        if not self._told:
            return
        try:
            refused = self._hear()
            self._libpq.exit_pipeline_mode()
        except BaseException:
            # Half of the answers heard: nobody could tell what the next one is to.
            self._connection.close()
            raise
        finally:
            self._told = 0
            self._awaited.clear()
        new, self._new = self._new, []
        if refused is not None:
            # Behind a refusal nothing is done, not even prepared.
            self.forget()
            for text in new:
                del self._names[text]
            raise self._error(refused)

    def end(self, how: bytes) -> None:
        """Commit or roll back behind what was told, if psycopg has a transaction for us."""
        self.forget()
        if self._connection.autocommit:
            self.settle()
            return
        if not self._told:
            if self._libpq.transaction_status not in _IN_TRANSACTION:
                return
            self._libpq.enter_pipeline_mode()
        self._send_plain(how)
        ended = self._awaited[self._told] = _Answer(())
        self.settle()
        if ended.result is None or ended.result.command_status != how:
            # Somebody went on after a refusal: the server then takes all back, and calls that no error.
            raise psycopg.errors.InFailedSqlTransaction("nothing is committed: something was refused before")

    def _open(self) -> None:
        """Begin a pipeline, and a transaction where psycopg would."""
        is_idle = self._libpq.transaction_status == pq.TransactionStatus.IDLE
        self._libpq.enter_pipeline_mode()
        if is_idle and not self._connection.autocommit:
            self._send_plain(self._begin())

    def _send_plain(self, text: bytes) -> None:
        self._libpq.send_query_params(text, None)
        self._told += 1

    def _error(self, refused: PGresult) -> psycopg.Error:
        if refused.error_field(pq.DiagnosticField.SQLSTATE) == _NOT_PREPARED:
            # Somebody freed what was prepared, which is not the statement's fault: the next connection has it anew.
            self._connection.close()
            return psycopg.OperationalError("what was prepared on this connection is gone")
        return psycopg.errors.error_from_result(refused, self._connection.info.encoding)

    def _begin(self) -> bytes:
        level, connection = self._connection.isolation_level, self._connection
        named = f" ISOLATION LEVEL {level.name.replace('_', ' ')}" if level is not None else ""
        return f"BEGIN{named}{' READ ONLY' if connection.read_only else ''}".encode()

    def _prepare(self, text: str) -> bytes:
        name = b"line_%d" % next(self._numbers)
        before, *after = text.split("%s")
        numbered = before + "".join(f"${n}{part}" for n, part in enumerate(after, 1))
        self._libpq.send_prepare(name, numbered.encode())
        self._told += 1
        self._new.append(text)
        self._names[text] = name
        return name

    def _hear(self) -> PGresult | None:
        """The first refusal, if there is one."""
        refused, number = None, 1
        self._libpq.pipeline_sync()
        self._send()
        while True:
            while self._libpq.is_busy():
                self._heard.poll()
                self._libpq.consume_input()
            result = self._libpq.get_result()
            if result is None:
                if self._libpq.status == pq.ConnStatus.BAD:
                    raise psycopg.OperationalError("the connection is lost")
                number += 1
            elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                return refused
            elif result.status == pq.ExecStatus.FATAL_ERROR:
                refused = refused or result
            elif number in self._awaited:
                self._awaited[number].result = result

    def _send(self) -> None:
        """Give the system all that was told."""
        while self._libpq.flush():
            # The server may wait for us to read before it reads on.
            self._heard.modify(self._libpq.socket, select.POLLIN | select.POLLOUT)
            try:
                if any(told & ~select.POLLOUT for _, told in self._heard.poll()):
                    self._libpq.consume_input()
            finally:
                self._heard.modify(self._libpq.socket, select.POLLIN)


def _as_sent(given: Values) -> tuple[list[bytes | None], list[int]]:
    """The parameters as libpq takes them; their types are the server's to know."""
    values: list[bytes | None] = []
    formats: list[int] = []
    for value in given:
        kind = type(value)
        if kind is bytes:
            values.append(value)
            formats.append(_BINARY)
            continue
        if value is None:
            values.append(None)
        elif kind is bool:
            values.append(b"t" if value else b"f")
        elif isinstance(value, str):
            values.append(_text(value))
        elif isinstance(value, int | float):
            values.append(b"%d" % value if kind is int else repr(value).encode())
        elif isinstance(value, list):
            values.append(_text(f"{{{','.join(map(_element, value))}}}"))
        else:
            raise psycopg.ProgrammingError(f"a {kind.__name__} is no parameter of a constant text")
        formats.append(_TEXT)
    return values, formats


def _text(value: str) -> bytes:
    sent = value.encode()
    if b"\0" in sent:
        # libpq would end the text there.
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return sent


def _element(value: object) -> str:
    quoted = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
