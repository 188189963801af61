"""The process that reads pages: `python -m crawlers.reading_process`. Work comes in, what it gives goes out."""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
from contextlib import suppress
from importlib import import_module
from typing import IO

from db.errors import NewsError

_NEEDED = ("crawlers.listings", "crawlers.pages.feed_items", "db.search.words")  # loaded before the first page comes
_NICENESS = 10  # the process that saves goes first, and the desk: what was read waits for them in the end
_LENGTH = struct.Struct("!Q")
BUFFER = 128 * 1024  # bytes: most messages go and come whole


def send(stream: IO[bytes], message: bytes) -> None:
    """The message is on its way."""
    stream.write(_LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes:
    """The next message; EOFError where the other end is gone."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def answer(message: bytes) -> bytes:
    """What came of the work in the message: the result, or the exception that it raised with the words of its cause."""
    try:
        return pickle.dumps((True, pickle.loads(message)()), pickle.HIGHEST_PROTOCOL)
    except NewsError as error:
        return pickle.dumps((False, (error, str(error.__cause__ or ""))), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # a bug of ours: where it was is lost with this process
        return _with_trace(error)


def _with_trace(error: Exception) -> bytes:
    import traceback

    trace = "".join(traceback.format_exception(error))
    try:
        return pickle.dumps((False, (error, trace)), pickle.HIGHEST_PROTOCOL)
    except Exception:  # there are exceptions that cannot travel
        return pickle.dumps((False, (RuntimeError(repr(error)), trace)), pickle.HIGHEST_PROTOCOL)


def main() -> None:
    """Messages are answered until no more can come, here and in a twin of this process for each pair of pipes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began it ends it
    given, told = os.dup(sys.stdin.fileno()), os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())  # else a twin would keep open what goes to this one
    for module in _NEEDED:
        import_module(module)
    os.nice(_NICENESS)  # not before: whoever began it waits for it

    ways = [(given, told)] + [(int(to_it), int(of_it)) for to_it, _, of_it in (a.partition(",") for a in sys.argv[1:])]
    own = next((way for way in ways[1:] if os.fork() == 0), ways[0])
    for descriptor in {end for way in ways for end in way} - {*own}:  # else nobody would see the end of the others
        os.close(descriptor)
    with (
        suppress(EOFError, BrokenPipeError),
        open(own[0], "rb", BUFFER) as given_here,
        open(own[1], "wb", BUFFER) as told_here,
    ):
        while True:
            send(told_here, answer(receive(given_here)))
    with suppress(ChildProcessError):
        while own == ways[0]:
            os.wait()  # for what the twins took of the processor to be counted
    os._exit(0)  # nothing is left to be put in order, which would take a tenth of a second


if __name__ == "__main__":
    main()
