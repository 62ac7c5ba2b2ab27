"""The lines of a recording, plain or zstandard-compressed, in bounded memory and never silently short.

A compressed file is recognised by its first bytes, not by its name. Frames may follow one another. A stream that
ends inside a frame, or does not decompress, is told apart from one that ends: its lines so far are given, then
``Broken``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard
from attrs import frozen

from pairlock.errors import UserError

MAX_LINE_BYTES = 65_536
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = range(0x50, 0x60)  # 5x 2A 4D 18: a frame that decoders pass over
# A block of 4 bytes may decompress to 128 KiB, and is copied once: a hostile file takes some 16 MiB at a time.
_COMPRESSED_READ = 256
_PLAIN_READ = 65_536
_MAX_WINDOW = 1 << 27  # what the zstd command itself accepts by default


@frozen
class Line:
    """One line without its newline; None when it was longer than ``MAX_LINE_BYTES`` (and was dropped)."""

    number: int
    text: bytes | None


@frozen
class Broken:
    """What follows line ``number - 1`` cannot be decompressed and is lost."""

    number: int
    reason: str


class _Damaged(Exception):
    pass


def read_lines(path: Path) -> Iterator[Line | Broken]:
    """Every line of the file at ``path``, numbered from 1; at most one ``Broken``, and then last.

    Raises UserError when the file is missing, is no file, cannot be read, or is named .zst without being one.
    """
    number, rest, dropping = 1, b"", False
    try:
        for chunk in _chunks(path):
            *whole, rest = (rest + chunk).split(b"\n")
            for text in whole:
                yield Line(number, None if dropping or len(text) > MAX_LINE_BYTES else text)
                number, dropping = number + 1, False
            if len(rest) > MAX_LINE_BYTES:
                rest, dropping = b"", True
    except _Damaged as damage:
        yield Broken(number, str(damage))
        return
    if rest or dropping:
        yield Line(number, None if dropping else rest)


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            head = file.read(4)  # and no seek back: it may be a pipe
            if head == _ZSTD_MAGIC or (head[1:] == b"\x2a\x4d\x18" and head[0] in _SKIPPABLE):
                yield from _decompressed(head, file)
                return
            if path.suffix in (".zst", ".zstd"):
                raise UserError(f"{path}: is named {path.suffix} but is not zstandard; rename or compress it")
            yield head
            while chunk := file.read(_PLAIN_READ):
                yield chunk
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file; give the path of a recording") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); give a readable file") from None


def _decompressed(head: bytes, file: BinaryIO) -> Iterator[bytes]:
    factory = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    frame, left, inside = factory.decompressobj(), head, False
    while chunk := left or file.read(_COMPRESSED_READ):
        try:
            out = frame.decompress(chunk)
        except zstandard.ZstdError as error:
            raise _Damaged(f"the compressed stream is damaged ({error})") from None
        left = b""
        inside = not frame.eof
        if frame.eof:
            left = frame.unused_data
            frame = factory.decompressobj()
        for start in range(0, len(out), _PLAIN_READ):
            yield out[start : start + _PLAIN_READ]
    if inside:
        raise _Damaged("the compressed stream ends inside a frame")
