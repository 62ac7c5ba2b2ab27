"""HTTP/2 for a venue's public reads: many at once on one connection, through httpx's transport.

Only for a GET that carries no header of ours. On HTTP/2 another task may flush a request's bytes and the library asks
again by itself after a GOAWAY, so nothing guarded goes this way; and its header compression logs values at DEBUG, so
nothing secret does either. httpx's client, which logs every address at INFO, is not used.
"""

from __future__ import annotations

import ssl

import httpx

from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.http1 import Raw, Request
from pairlock_adapters.net.origins import Origin

_KEEP_S = 50


class PublicReads:
    """Reads of one origin over HTTP/2, or HTTP/1.1 where the venue does not choose it."""

    def __init__(self, origin: Origin, context: ssl.SSLContext) -> None:
        self._origin = origin
        limits = httpx.Limits(max_connections=4, max_keepalive_connections=4, keepalive_expiry=_KEEP_S)
        self._transport = httpx.AsyncHTTPTransport(
            verify=context, trust_env=False, http1=True, http2=True, retries=0, limits=limits
        )

    async def read(self, request: Request, most_bytes: int) -> Raw:
        """The whole answer. Raises NoAnswer, always as if it had been written: nothing is proved here."""
        outgoing = httpx.Request("GET", f"{self._origin}{request.target}", headers=list(request.headers))
        try:
            answer = await self._transport.handle_async_request(outgoing)
            try:
                body = bytearray()
                async for part in answer.stream:  # type: ignore[union-attr]
                    if (
                        len(body) <= most_bytes
                    ):  # what is over is read and dropped: the stream must come to its end
                        body += part
            finally:
                await answer.aclose()
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            failure = type(error).__name__
        else:
            if len(body) <= most_bytes:
                headers = tuple((name.lower(), value) for name, value in answer.headers.multi_items())
                return Raw(answer.status_code, headers, bytes(body))
            failure = f"the answer is longer than {most_bytes} bytes"
        raise NoAnswer(f"{self._origin}: {failure}", wrote=True)

    async def aclose(self) -> None:
        await self._transport.aclose()
