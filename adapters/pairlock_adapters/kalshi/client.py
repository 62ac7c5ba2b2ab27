"""Requests to Kalshi, as ``pairlock_adapters.net.signed`` makes them.

A page of a list is nothing without the others.
"""

from __future__ import annotations

from attrs import frozen

from pairlock.ports import Clock, VenueError, WriteGuard
from pairlock_adapters.kalshi.build import ORDERS_PATH, PAGE_LIMIT, Params
from pairlock_adapters.kalshi.config import KalshiConfig, KalshiKey
from pairlock_adapters.kalshi.fields import Body, Unreadable, page
from pairlock_adapters.kalshi.sign import Headers, Presigned, signer
from pairlock_adapters.kalshi.words import KEY_TROUBLE, code_of, cost_of
from pairlock_adapters.net.answers import Answer, NoAnswer
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.hurry import Hurry
from pairlock_adapters.net.keys import KeyRing
from pairlock_adapters.net.offset import ClockOffset
from pairlock_adapters.net.signed import SignedHttp, Signs

_MOST_PAGES = 50
_SHUT = (425, 503)


@frozen(eq=False)
class SigningKey:
    """A key with the headers that lie ready for it."""

    name: str
    ready: Presigned


class KalshiClient:
    """One account's requests. ``offset`` is the venue's time as its answers tell it."""

    def __init__(self, config: KalshiConfig, clock: Clock, http: VenueHttp, socket_path: str) -> None:
        self.config = config
        self.http = http
        self.offset = ClockOffset(clock)
        self._socket_path = socket_path
        self._order_path = http.path_of(ORDERS_PATH)
        self.keys = KeyRing([self._signing(key) for key in config.keys], clock)
        self.requests = SignedHttp(
            http, clock, config.limits, Signs(self.keys, self._headers, KEY_TROUBLE, code_of), self._heard
        )

    def _signing(self, key: KalshiKey) -> SigningKey:
        found = signer(key.key_id, key.private_key.reveal().encode())
        return SigningKey(key.name, Presigned(found, self.offset.server_ms, (("POST", self._order_path),)))

    def socket_headers(self) -> Headers:
        """Headers of the socket's handshake, signed now."""
        return self.keys.at_any_rate().ready.take("GET", self._socket_path)

    def presign(self) -> None:
        """Make the headers of the next order ready; called in quiet moments."""
        self.keys.at_any_rate().ready.refresh()

    def _headers(self, key: SigningKey, method: str, path: str, body: bytes) -> Headers:
        return key.ready.take(method, self.http.path_of(path))

    def _heard(self, answer: Answer) -> None:
        """What an answer says of the venue's time."""
        # An answer that a cache kept is dated by when it was kept.
        date_ms = answer.date_ms() if answer.headers.get("age", "0") == "0" else None
        if date_ms is not None:
            self.offset.heard(date_ms, answer.sent_ms, answer.at_ms, exact_to_ms=1_000)

    async def read(self, path: str, params: Params = (), *, hurry: Hurry = Hurry.NONE) -> Answer:
        """A signed read, whatever its status. Raises VenueError where no answer came."""
        timeout_ms, cost = self.config.limits.read_timeout_ms, cost_of("GET", path)
        try:
            return await self.requests.tried(
                "GET", path, params, hurry=hurry, timeout_ms=timeout_ms, cost=cost
            )
        except NoAnswer as error:
            raise VenueError(self.config.name, error.reason) from None

    async def read_ok(self, path: str, params: Params = (), *, hurry: Hurry = Hurry.NONE) -> object:
        """The body of a signed read that was answered with 200. Raises VenueError otherwise."""
        answer = await self.read(path, params, hurry=hurry)
        if answer.status != 200:
            raise self.refused(answer, path)
        return answer.body

    def refused(self, answer: Answer, what: str) -> VenueError:
        """A read that was answered with something else than what it asked for."""
        said = f"{what}: {answer.status} {code_of(answer.body)}".rstrip()
        return VenueError(self.config.name, said[:200], shut=answer.status in _SHUT)

    async def pages(
        self, path: str, params: Params, key: str, *, hurry: Hurry = Hurry.NONE
    ) -> tuple[Body, ...]:
        """Every row of every page; ``params`` hold the limit. Raises VenueError or Unreadable: a part is nothing."""
        found: list[Body] = []
        seen: set[str] = set()
        cursor = ""
        for _ in range(_MOST_PAGES):
            more = (("cursor", cursor),) if cursor else ()
            rows, cursor = page(await self.read_ok(path, params + more, hurry=hurry), key, PAGE_LIMIT)
            found += rows
            if not cursor:
                return tuple(found)
            if cursor in seen:
                raise Unreadable(f"the pages of {key} come back to the cursor {cursor!r:.40}")
            seen.add(cursor)
        raise Unreadable(f"more than {_MOST_PAGES} pages of {key}")

    async def public(self, path: str, *, hurry: Hurry = Hurry.NONE) -> Answer:
        """An unsigned read, whatever its status. Raises VenueError where no answer came."""
        timeout_ms, cost = self.config.limits.read_timeout_ms, cost_of("GET", path)
        try:
            return await self.requests.unsigned(path, hurry=hurry, timeout_ms=timeout_ms, cost=cost)
        except NoAnswer as error:
            raise VenueError(self.config.name, error.reason) from None

    async def checked(self, key: SigningKey, path: str, *, counts: bool = True) -> Answer:
        """A read under this very key; ``counts``: what it says of the key is heeded. Raises NoAnswer."""
        timeout_ms, cost = self.config.limits.read_timeout_ms, cost_of("GET", path)
        return await self.requests.checked(key, path, timeout_ms=timeout_ms, cost=cost, counts=counts)

    async def delete(
        self, path: str, params: Params = (), body: bytes | None = None, *, parts: int = 1
    ) -> Answer:
        """A cancel of ``parts`` orders. Raises NoAnswer."""
        timeout_ms, cost = self.config.limits.cancel_timeout_ms, cost_of("DELETE", path) * parts
        return await self.requests.tried(
            "DELETE", path, params, body, hurry=Hurry.ORDERS, timeout_ms=timeout_ms, cost=cost
        )

    async def post_order(self, body: bytes, guard: WriteGuard, *, by_ms: int, hurry: Hurry) -> Answer:
        """Post a new order once. Raises NotWritten where that is proved, else NoAnswer: its outcome is unknown."""
        cost = cost_of("POST", ORDERS_PATH)
        return await self.requests.post_once(
            ORDERS_PATH, lambda _: body, guard, by_ms=by_ms, hurry=hurry, cost=cost
        )
