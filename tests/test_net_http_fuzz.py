"""Answers as a broken or hostile peer could send them, through a real socket: read whole and right, or not at all."""

from __future__ import annotations

import socket
from itertools import pairwise

import trio
from hypothesis import given, settings
from hypothesis import strategies as st

import evidence
from net_kit import CLOCK
from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.http1 import Connection, Raw, Request
from pairlock_adapters.net.wire import Ticket, Wire

MOST_BYTES = 2_000


def asked(pieces: list[bytes]) -> tuple[Raw | NoAnswer, bool]:
    """What one request gets from a peer that sends these pieces and closes; and whether the connection is kept."""

    async def main() -> tuple[Raw | NoAnswer, bool]:
        near, far = socket.socketpair()
        wire = Wire(trio.SocketStream(trio.socket.from_stdlib_socket(near)))
        peer = trio.SocketStream(trio.socket.from_stdlib_socket(far))
        connection = Connection(wire, wire, "venue")

        async def answer() -> None:
            try:
                for piece in pieces:
                    await peer.send_all(piece)
                    await trio.lowlevel.checkpoint()
                await peer.send_eof()
            except trio.BrokenResourceError:
                pass  # it had heard enough

        found: Raw | NoAnswer
        async with peer, trio.open_nursery() as nursery:
            nursery.start_soon(answer)
            try:
                found = await connection.exchange(Request("POST", "/o", (), b"{}"), Ticket(CLOCK), MOST_BYTES)
            except NoAnswer as error:
                found = error
            kept = connection.usable
            connection.close()
        return found, kept

    return trio.run(main)


bodies = st.binary(max_size=300)


def whole(body: bytes, chunks: list[int] | None) -> bytes:
    """A right answer, with a length or in chunks."""
    if chunks is None:
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    parts, at = [], 0
    for size in [*chunks, len(body)]:
        piece = body[at : at + size]
        at += len(piece)
        parts += [b"%x\r\n%b\r\n" % (len(piece), piece)] if piece else []
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(parts) + b"0\r\n\r\n"


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[low:high] for low, high in pairwise(edges)]


answers = st.builds(whole, bodies, st.none() | st.lists(st.integers(1, 99), max_size=4))


@settings(max_examples=150, deadline=None)
@given(
    bodies, st.none() | st.lists(st.integers(1, 99), max_size=4), st.lists(st.integers(0, 9_999), max_size=5)
)
def test_a_right_answer_is_read_whole_however_it_is_cut(
    body: bytes, chunks: list[int] | None, places: list[int]
) -> None:
    found, kept = asked(cut(whole(body, chunks), places))
    assert isinstance(found, Raw)
    assert (found.status, found.body, kept) == (200, body, True)


@settings(max_examples=150, deadline=None)
@given(answers, st.integers(0, 9_999))
def test_an_answer_that_ends_too_early_is_none(data: bytes, place: int) -> None:
    found, kept = asked([data[: place % len(data)]])
    assert isinstance(found, NoAnswer)
    assert (found.wrote, kept) == (True, False)


@settings(max_examples=150, deadline=None)
@given(answers, st.binary(min_size=1, max_size=50))
def test_a_connection_on_which_something_follows_is_not_kept(data: bytes, stray: bytes) -> None:
    found, kept = asked([data + stray])
    assert isinstance(found, Raw)
    assert not kept


@settings(max_examples=400, deadline=None)
@given(
    answers,
    st.lists(
        st.tuples(st.integers(0, 9_999), st.integers(0, 20), st.binary(max_size=20)), min_size=1, max_size=4
    ),
    st.lists(st.integers(0, 9_999), max_size=4),
)
def test_whatever_a_peer_sends_is_an_answer_or_none(
    data: bytes, edits: list[tuple[int, int, bytes]], places: list[int]
) -> None:
    """Bytes replaced, removed, added anywhere: no other exception, no body beyond the bound, never "not written"."""
    for place, gone, new in edits:
        at = place % (len(data) + 1)
        data = data[:at] + new + data[at + gone :]
    found, _ = asked(cut(data, places))
    if isinstance(found, NoAnswer):
        assert found.wrote
        evidence.record("HTTP answers changed at random", refused=1)
    else:
        assert len(found.body) <= MOST_BYTES
        evidence.record("HTTP answers changed at random", read=1)
