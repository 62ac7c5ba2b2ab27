"""Requests to Kalshi: signed with a key that works, within our budget, each order once and never again.

Reads and cancels that a key is refused for (401, 403, 429) are asked again with the next key; an order that was posted
under one key is not posted under another, whatever came back. A page of a list is nothing without the others.
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
from pairlock_adapters.net.budget import Budget
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.keys import KeyRing
from pairlock_adapters.net.offset import ClockOffset

_MOST_PAGES = 50
_SHUT = (425, 503)
_NO_ROOM = "our own rate limit leaves no room for it in time"


@frozen(eq=False)
class SigningKey:
    """A key with the headers that lie ready for it."""

    name: str
    ready: Presigned


class NotWritten(Exception):
    """It is proved that no byte of the order was written."""


class KalshiClient:
    """One account's requests. ``offset`` is the venue's time as its answers tell it."""

    def __init__(self, config: KalshiConfig, clock: Clock, http: VenueHttp, socket_path: str) -> None:
        self.config = config
        self.http = http
        self.offset = ClockOffset(clock)
        self._clock = clock
        self._socket_path = socket_path
        self._order_path = http.path_of(ORDERS_PATH)
        limits = config.limits
        self._reads = Budget(
            clock, per_s=limits.read_per_s, burst=limits.read_per_s, reserve=limits.read_reserve
        )
        self._writes = Budget(
            clock, per_s=limits.write_per_s, burst=limits.write_per_s, reserve=limits.write_reserve
        )
        self.keys = KeyRing([self._signing(key) for key in config.keys], clock)

    def _signing(self, key: KalshiKey) -> SigningKey:
        found = signer(key.key_id, key.private_key.reveal().encode())
        return SigningKey(key.name, Presigned(found, self.offset.server_ms, (("POST", self._order_path),)))

    def socket_headers(self) -> Headers:
        """Headers of the socket's handshake, signed now."""
        return self.keys.at_any_rate().ready.take("GET", self._socket_path)

    def presign(self) -> None:
        """Make the headers of the next order ready; called in quiet moments."""
        self.keys.at_any_rate().ready.refresh()

    def _heard(self, key: SigningKey | None, answer: Answer, budget: Budget) -> bool:
        """What an answer says of the key, the budget and the venue's time. True: another key may be taken."""
        # An answer that a cache kept is dated by when it was kept.
        date_ms = answer.date_ms() if answer.headers.get("age", "0") == "0" else None
        if date_ms is not None:
            self.offset.heard(date_ms, answer.sent_ms, answer.at_ms, exact_to_ms=1_000)
        if key is None:
            return False
        trouble = next((each for each in KEY_TROUBLE if each.status == answer.status), None)
        if trouble is None:
            self.keys.worked(key)
            return False
        until_ms = answer.at_ms + (answer.retry_after_ms() or trouble.rest_ms)
        self.keys.failed(key, f"{answer.status} {code_of(answer.body) or trouble.why}"[:120], until_ms)
        if trouble.status == 429 and self.keys.current() is None:
            budget.overdrawn(until_ms)
        return True

    async def _try(
        self,
        method: str,
        path: str,
        params: Params,
        body: bytes | None,
        *,
        urgent: bool,
        timeout_ms: int,
        cost: int,
    ) -> Answer:
        """A read or a cancel, under one key after the other while the keys are what is refused. Raises NoAnswer."""
        budget = self._reads if method == "GET" else self._writes
        by_ms = self._clock.now_ms() + timeout_ms
        answer: Answer | None = None
        for _ in self.config.keys:
            if not await budget.take(cost, urgent=urgent, by_ms=by_ms):
                raise NoAnswer(_NO_ROOM, wrote=False)
            key = self.keys.current() or (self.keys.at_any_rate() if answer is None else None)
            if key is None:
                break
            headers = key.ready.take(method, self.http.path_of(path))
            left_ms = max(1, by_ms - self._clock.now_ms())
            answer = await self.http.request(
                method, path, params=params, body=body, headers=headers, timeout_ms=left_ms
            )
            if not self._heard(key, answer, budget):
                break
        assert answer is not None
        return answer

    async def read(self, path: str, params: Params = (), *, urgent: bool = False) -> Answer:
        """A signed read, whatever its status. Raises VenueError where no answer came."""
        timeout_ms, cost = self.config.limits.read_timeout_ms, cost_of("GET", path)
        try:
            return await self._try("GET", path, params, None, urgent=urgent, timeout_ms=timeout_ms, cost=cost)
        except NoAnswer as error:
            raise VenueError(self.config.name, error.reason) from None

    async def read_ok(self, path: str, params: Params = (), *, urgent: bool = False) -> object:
        """The body of a signed read that was answered with 200. Raises VenueError otherwise."""
        answer = await self.read(path, params, urgent=urgent)
        if answer.status != 200:
            raise self.refused(answer, path)
        return answer.body

    def refused(self, answer: Answer, what: str) -> VenueError:
        """A read that was answered with something else than what it asked for."""
        said = f"{what}: {answer.status} {code_of(answer.body)}".rstrip()
        return VenueError(self.config.name, said[:200], shut=answer.status in _SHUT)

    async def pages(self, path: str, params: Params, key: str, *, urgent: bool = False) -> tuple[Body, ...]:
        """Every row of every page; ``params`` hold the limit. Raises VenueError or Unreadable: a part is nothing."""
        found: list[Body] = []
        seen: set[str] = set()
        cursor = ""
        for _ in range(_MOST_PAGES):
            more = (("cursor", cursor),) if cursor else ()
            rows, cursor = page(await self.read_ok(path, params + more, urgent=urgent), key, PAGE_LIMIT)
            found += rows
            if not cursor:
                return tuple(found)
            if cursor in seen:
                raise Unreadable(f"the pages of {key} come back to the cursor {cursor!r:.40}")
            seen.add(cursor)
        raise Unreadable(f"more than {_MOST_PAGES} pages of {key}")

    async def public(self, path: str, *, urgent: bool = False) -> Answer:
        """An unsigned read, whatever its status. Raises VenueError where no answer came."""
        timeout_ms = self.config.limits.read_timeout_ms
        try:
            by_ms = self._clock.now_ms() + timeout_ms
            if not await self._reads.take(cost_of("GET", path), urgent=urgent, by_ms=by_ms):
                raise NoAnswer(_NO_ROOM, wrote=False)
            answer = await self.http.request("GET", path, timeout_ms=timeout_ms)
        except NoAnswer as error:
            raise VenueError(self.config.name, error.reason) from None
        self._heard(None, answer, self._reads)
        return answer

    async def checked(self, key: SigningKey, path: str) -> Answer:
        """A read under this very key. Raises NoAnswer."""
        await self._reads.take(cost_of("GET", path))
        headers = key.ready.take("GET", self.http.path_of(path))
        timeout_ms = self.config.limits.read_timeout_ms
        answer = await self.http.request("GET", path, headers=headers, timeout_ms=timeout_ms)
        self._heard(key, answer, self._reads)
        return answer

    async def delete(
        self, path: str, params: Params = (), body: bytes | None = None, *, parts: int = 1
    ) -> Answer:
        """A cancel of ``parts`` orders. Raises NoAnswer."""
        timeout_ms, cost = self.config.limits.cancel_timeout_ms, cost_of("DELETE", path) * parts
        return await self._try("DELETE", path, params, body, urgent=True, timeout_ms=timeout_ms, cost=cost)

    async def post_order(self, body: bytes, guard: WriteGuard, *, by_ms: int, urgent: bool) -> Answer:
        """Post a new order once. Raises NotWritten where that is proved, else NoAnswer: its outcome is unknown."""
        cost = cost_of("POST", ORDERS_PATH)
        if not await self._writes.take(cost, urgent=urgent, by_ms=by_ms):
            raise NotWritten("our own rate limit leaves no room for it before its deadline")
        key = self.keys.at_any_rate() if urgent else self.keys.current()
        if key is None:
            raise NotWritten(f"no key may be used now: {self.keys.troubles()}")
        headers = key.ready.take("POST", self._order_path)
        timeout_ms = max(by_ms - self._clock.now_ms(), self.config.limits.shortest_wait_ms)
        try:
            answer = await self.http.request(
                "POST", ORDERS_PATH, body=body, headers=headers, timeout_ms=timeout_ms, guard=guard
            )
        except NoAnswer as error:
            if error.wrote:
                raise
            raise NotWritten(error.refused or error.reason) from None
        self._heard(key, answer, self._writes)
        return answer
