"""A connection to an origin, TLS done: what comes before the first byte of any request."""

from __future__ import annotations

import ssl

import trio
from attrs import frozen

from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.origins import Origin
from pairlock_adapters.net.wire import Wire


@frozen
class Opened:
    """``stream`` is what to speak on; ``wire`` is the TCP connection below it (the same without TLS)."""

    wire: Wire
    stream: trio.abc.Stream


async def open_to(origin: Origin, context: ssl.SSLContext | None) -> Opened:
    """Connect; where ``context`` is given with TLS, certificate and host name verified. Raises NoAnswer."""
    wire: Wire | None = None
    try:
        wire = Wire(await trio.open_tcp_stream(origin.host, origin.port))
        opened = Opened(wire, await _secured(wire, origin, context))
        wire = None
        return opened
    except trio.BrokenResourceError as error:
        failure = _tls_words(error.__cause__)
    except OSError as error:
        failure = f"could not connect ({type(error).__name__})"
    finally:
        if wire is not None:
            wire.close()
    # Raised here and not where it was caught: an exception's context is printed too.
    raise NoAnswer(f"{origin}: {failure}", wrote=False)


async def _secured(wire: Wire, origin: Origin, context: ssl.SSLContext | None) -> trio.abc.Stream:
    if context is None:
        return wire
    stream = trio.SSLStream(wire, context, server_hostname=origin.host, https_compatible=True)
    await stream.do_handshake()
    return stream


def _tls_words(cause: BaseException | None) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message})"
    return "the connection broke in the TLS handshake"
