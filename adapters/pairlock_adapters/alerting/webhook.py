"""An alert channel that posts each alert as JSON to an address, with httpx on trio.

A webhook's address is a secret: whoever has it can speak in its name. So the request goes through httpx's transport and
not through ``httpx.AsyncClient``, which logs every address in full at INFO; no redirect is followed; and an exception
names the host alone, with no cause behind it whose own words could hold more. No proxy of the environment is used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import httpx
import trio

from pairlock.errors import PairlockError, UserError

TransportFactory = Callable[[], httpx.AsyncBaseTransport]


class WebhookFailed(PairlockError):
    """The alert was not taken. ``status`` is the answer's, 0 where there was none. The engine's alert desk retries."""

    def __init__(self, host: str, what: str, status: int = 0) -> None:
        super().__init__(f"the webhook at {host} {what}")
        self.host = host
        self.status = status


class WebhookChannel:
    """Implements ``pairlock.AlertChannel``: one POST of the payload as JSON for each alert.

    ``timeout_s`` bounds one delivery as a whole, from the connection to the answer's first line. ``headers`` (a token,
    say) are as secret as the address. ``transport`` makes the httpx transport, once, at the first alert.
    Raises UserError on an address that is not http or https, has no host, or holds a user name.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: int = 5,
        headers: Mapping[str, str] | None = None,
        transport: TransportFactory | None = None,
    ) -> None:
        self._url = _checked(url)
        self._host = self._url.host if self._url.port is None else f"{self._url.host}:{self._url.port}"
        if timeout_s < 1:
            raise UserError(f"the webhook's timeout_s is {timeout_s}; give at least 1 second")
        self._timeout_s = timeout_s
        self._headers = {**(headers or {}), "Content-Type": "application/json"}
        self._make = transport or _one_shot_connections
        self._transport: httpx.AsyncBaseTransport | None = None

    def __repr__(self) -> str:
        return f"WebhookChannel({self._host})"

    async def deliver(self, payload: dict[str, object]) -> None:
        """Post one alert. Raises WebhookFailed unless the answer is a 2xx that came in time."""
        body = json.dumps(payload).encode()
        request = httpx.Request("POST", self._url, headers=self._headers, content=body)
        if self._transport is None:
            self._transport = self._make()
        status, failure = 0, ""
        with trio.move_on_after(self._timeout_s) as scope:
            try:
                answer = await self._transport.handle_async_request(request)
                status = answer.status_code
                await answer.aclose()  # its body is nobody's concern, whatever its length
            except (httpx.HTTPError, httpx.StreamError, OSError) as error:
                failure = type(error).__name__
        # Raised here and not where it was caught: an exception's context is printed too.
        if not status and scope.cancelled_caught:
            raise WebhookFailed(self._host, f"did not answer within {self._timeout_s} s")
        if not status:
            raise WebhookFailed(self._host, f"could not be reached ({failure})")
        if not 200 <= status < 300:
            raise WebhookFailed(self._host, f"answered {status}, the alert was not taken", status)


def _checked(url: str) -> httpx.URL:
    """The address, or a UserError that does not repeat it."""
    try:
        parsed: httpx.URL | None = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, UnicodeError):
        parsed = None
    if parsed is None or parsed.scheme not in ("http", "https") or not parsed.host:
        raise UserError(
            "the webhook's address is not an http or https address; give one like https://host/path"
        )
    if parsed.userinfo:
        raise UserError(
            f"the webhook's address at {parsed.host} holds a user name or password; send it in `headers` instead"
        )
    return parsed


def _one_shot_connections() -> httpx.AsyncBaseTransport:
    """Alerts are rare: no connection outlives its answer, so there is nothing to close and nothing to go stale."""
    return httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0), retries=0)
