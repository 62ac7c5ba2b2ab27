"""Requests to Polymarket: signed with a key that works, within our budget, each order once and never again.

Reads and cancels that a key is refused for are asked again with the next key. An order that was posted under one key
is not posted under another, whatever came back. A page of a list is nothing without the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen

from pairlock.ports import Clock, VenueError, WriteGuard
from pairlock_adapters.net.answers import Answer, NoAnswer
from pairlock_adapters.net.budget import Budget
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.keys import KeyRing
from pairlock_adapters.net.offset import ClockOffset
from pairlock_adapters.polymarket.config import PolymarketConfig, PolymarketKey
from pairlock_adapters.polymarket.parse_account import next_cursor, server_time_ms
from pairlock_adapters.polymarket.quantities import Unreadable, rows_of
from pairlock_adapters.polymarket.sign.l2 import decoded_secret, l2_headers
from pairlock_adapters.polymarket.words import KEY_TROUBLE, order_word, text_of

Params = Sequence[tuple[str, str]]

_MOST_PAGES = 200
_FIRST_CURSOR = "MA=="
_SHUT = (425, 503)


@frozen(eq=False, repr=False)
class SigningKey:
    """An API key, ready to sign. Not printed."""

    name: str
    api_key: str
    passphrase: str
    key: bytes


class NotWritten(Exception):
    """It is proved that no byte of the order was written."""


def signing_key(key: PolymarketKey) -> SigningKey:
    return SigningKey(key.name, key.api_key, key.passphrase.reveal(), decoded_secret(key.secret.reveal()))


class PolymarketClient:
    """One wallet's requests to the CLOB. ``offset`` is the venue's time as its answers tell it.

    ``shut_until_ms``, ``shut_why``: until when the venue said that it takes no taker orders.
    """

    def __init__(self, config: PolymarketConfig, clock: Clock, http: VenueHttp, address: str) -> None:
        self.config = config
        self.http = http
        self.offset = ClockOffset(clock)
        self.keys = KeyRing([signing_key(key) for key in config.keys], clock)
        self.shut_until_ms = -1
        self.shut_why = ""
        self._clock = clock
        self._address = address
        limits = config.limits
        self._reads = Budget(
            clock, per_s=limits.read_per_s, burst=limits.read_per_s, reserve=limits.read_reserve
        )
        self._writes = Budget(
            clock, per_s=limits.write_per_s, burst=limits.write_per_s, reserve=limits.write_reserve
        )

    @property
    def shut(self) -> bool:
        return self._clock.now_ms() < self.shut_until_ms

    def _headers(
        self, key: SigningKey, method: str, path: str, body: bytes = b""
    ) -> tuple[tuple[str, str], ...]:
        return l2_headers(
            address=self._address, api_key=key.api_key, passphrase=key.passphrase, key=key.key,
            timestamp_s=self.offset.server_ms() // 1_000, method=method, path=path, body=body,
        )  # fmt: skip

    def _heard(self, key: SigningKey | None, answer: Answer, budget: Budget) -> bool:
        """What an answer says of the key and the budget. True: another key may be taken."""
        if key is None:
            return False
        trouble = next((each for each in KEY_TROUBLE if each.status == answer.status), None)
        if trouble is None:
            self.keys.worked(key)
            return False
        until_ms = answer.at_ms + (answer.retry_after_ms() or trouble.rest_ms)
        self.keys.failed(key, f"{answer.status} {text_of(answer.body) or trouble.why}"[:120], until_ms)
        if trouble.status == 429 and self.keys.current() is None:
            budget.overdrawn(until_ms)
        return True

    async def _try(
        self, method: str, path: str, params: Params, body: bytes | None, *, urgent: bool, timeout_ms: int
    ) -> Answer:
        """A read or a cancel, under one key after the other while the keys are what is refused. Raises NoAnswer."""
        budget = self._reads if method == "GET" else self._writes
        by_ms = self._clock.now_ms() + timeout_ms
        answer: Answer | None = None
        for _ in self.config.keys:
            if not await budget.take(1, urgent=urgent, by_ms=by_ms):
                raise NoAnswer("our own rate limit leaves no room for it in time", wrote=False)
            key = self.keys.current() or (self.keys.at_any_rate() if answer is None else None)
            if key is None:
                break
            headers = self._headers(key, method, path, body or b"")
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
        timeout_ms = self.config.limits.read_timeout_ms
        try:
            return await self._try("GET", path, params, None, urgent=urgent, timeout_ms=timeout_ms)
        except NoAnswer as error:
            raise VenueError(self.config.name, error.reason) from None

    async def read_ok(self, path: str, params: Params = (), *, urgent: bool = False) -> object:
        """The body of a signed read that was answered with 200. Raises VenueError otherwise."""
        return self.ok(await self.read(path, params, urgent=urgent), path)

    async def public(self, path: str, params: Params = (), *, urgent: bool = False) -> Answer:
        """An unsigned read, whatever its status. Raises VenueError where no answer came."""
        timeout_ms = self.config.limits.read_timeout_ms
        try:
            if not await self._reads.take(1, urgent=urgent, by_ms=self._clock.now_ms() + timeout_ms):
                raise NoAnswer("our own rate limit leaves no room for it in time", wrote=False)
            answer = await self.http.request("GET", path, params=params, timeout_ms=timeout_ms)
        except NoAnswer as error:
            raise VenueError(self.config.name, error.reason) from None
        self._heard(None, answer, self._reads)
        return answer

    async def measure_time(self) -> None:
        """Ask the venue's time. Its ``Date`` header is that of whatever stands before it, and is not looked at."""
        answer = await self.public("/time")
        server_ms = server_time_ms(self.ok(answer, "the time"))
        self.offset.heard(server_ms, answer.sent_ms, answer.at_ms, exact_to_ms=1_000)

    async def public_ok(self, path: str, params: Params = (), *, urgent: bool = False) -> object:
        """The body of an unsigned read that was answered with 200. Raises VenueError otherwise."""
        return self.ok(await self.public(path, params, urgent=urgent), path)

    def ok(self, answer: Answer, what: str) -> object:
        """The body of a 200; VenueError for anything else."""
        if answer.status != 200:
            said = f"{what}: {answer.status} {text_of(answer.body)}".rstrip()
            raise VenueError(self.config.name, said[:200], shut=answer.status in _SHUT)
        return answer.body

    async def pages(self, path: str, params: Params, *, urgent: bool = False) -> list[dict[str, object]]:
        """Every row of every page. Raises VenueError or Unreadable: a part is nothing."""
        found: list[dict[str, object]] = []
        seen: set[str] = set()
        cursor = _FIRST_CURSOR
        for _ in range(_MOST_PAGES):
            body = await self.read_ok(path, (*params, ("next_cursor", cursor)), urgent=urgent)
            found += rows_of(body, "data")
            seen.add(cursor)
            cursor = next_cursor(body)
            if not cursor:
                return found
            if cursor in seen:
                raise Unreadable(f"the pages of {path} come back to the cursor {cursor!r:.40}")
        raise Unreadable(f"more than {_MOST_PAGES} pages of {path}")

    async def checked(self, key: SigningKey, path: str) -> Answer:
        """A read under this very key. Raises NoAnswer."""
        await self._reads.take(1)
        timeout_ms = self.config.limits.read_timeout_ms
        headers = self._headers(key, "GET", path)
        answer = await self.http.request("GET", path, headers=headers, timeout_ms=timeout_ms)
        self._heard(key, answer, self._reads)
        return answer

    async def delete(self, path: str, body: bytes | None = None) -> Answer:
        """A cancel. Raises NoAnswer."""
        timeout_ms = self.config.limits.cancel_timeout_ms
        return await self._try("DELETE", path, (), body, urgent=True, timeout_ms=timeout_ms)

    async def post_order(
        self, body_of: Callable[[str], bytes], guard: WriteGuard, *, by_ms: int, urgent: bool
    ) -> Answer:
        """Post a new order once. ``body_of`` makes the body for an API key's id.

        Raises NotWritten where that is proved, else NoAnswer: its outcome is unknown.
        """
        if not await self._writes.take(1, urgent=urgent, by_ms=by_ms):
            raise NotWritten("our own rate limit leaves no room for it before its deadline")
        key = self.keys.at_any_rate() if urgent else self.keys.current()
        if key is None:
            raise NotWritten(f"no key may be used now: {self.keys.troubles()}")
        body = body_of(key.api_key)
        headers = self._headers(key, "POST", "/order", body)
        timeout_ms = max(by_ms - self._clock.now_ms(), self.config.limits.shortest_wait_ms)
        try:
            answer = await self.http.request(
                "POST", "/order", body=body, headers=headers, timeout_ms=timeout_ms, guard=guard
            )
        except NoAnswer as error:
            if error.wrote:
                raise
            raise NotWritten(error.refused or error.reason) from None
        self._heard(key, answer, self._writes)
        self._opens_or_shuts(answer)
        return answer

    def _opens_or_shuts(self, answer: Answer) -> None:
        """What the answer to an order says of whether the venue takes more of them."""
        word = order_word(answer.status, answer.body)
        if word is not None and word.shuts_ms:
            self.shut_until_ms = answer.at_ms + (
                answer.retry_after_ms() or _retry_in_body_ms(answer) or word.shuts_ms
            )
            self.shut_why = f"{answer.status} {text_of(answer.body) or word.meaning}"[:160]
        elif answer.status < 300:
            self.shut_until_ms = -1


def _retry_in_body_ms(answer: Answer) -> int:
    """``retry_after_seconds`` of a body, at most an hour; 0 without one."""
    told = answer.body.get("retry_after_seconds") if isinstance(answer.body, dict) else None
    return min(told, 3_600) * 1_000 if isinstance(told, int) and told > 0 else 0
