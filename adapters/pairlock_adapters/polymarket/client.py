"""Requests to Polymarket, as ``pairlock_adapters.net.signed`` makes them.

A page of a list is nothing without the others.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from pairlock.ports import Clock, VenueError, WriteGuard
from pairlock_adapters.net.answers import Answer, NoAnswer
from pairlock_adapters.net.http import Params, VenueHttp
from pairlock_adapters.net.hurry import Hurry
from pairlock_adapters.net.keys import KeyRing
from pairlock_adapters.net.offset import ClockOffset
from pairlock_adapters.net.signed import SignedHttp, Signs
from pairlock_adapters.polymarket.config import PolymarketConfig, PolymarketKey
from pairlock_adapters.polymarket.parse_account import next_cursor, server_time_ms
from pairlock_adapters.polymarket.quantities import Unreadable, rows_of
from pairlock_adapters.polymarket.sign.l2 import decoded_secret, l2_headers
from pairlock_adapters.polymarket.words import KEY_TROUBLE, order_word, text_of

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
        self.requests = SignedHttp(
            http,
            clock,
            config.limits,
            Signs(self.keys, self._headers, KEY_TROUBLE, text_of),
            lambda answer: None,
        )

    @property
    def shut(self) -> bool:
        return self._clock.now_ms() < self.shut_until_ms

    def _headers(self, key: SigningKey, method: str, path: str, body: bytes) -> tuple[tuple[str, str], ...]:
        return l2_headers(
            address=self._address, api_key=key.api_key, passphrase=key.passphrase, key=key.key,
            timestamp_s=self.offset.server_ms() // 1_000, method=method, path=path, body=body,
        )  # fmt: skip

    async def read(self, path: str, params: Params = (), *, hurry: Hurry = Hurry.NONE) -> Answer:
        """A signed read, whatever its status. Raises VenueError where no answer came."""
        timeout_ms = self.config.limits.read_timeout_ms
        try:
            return await self.requests.tried("GET", path, params, hurry=hurry, timeout_ms=timeout_ms, cost=1)
        except NoAnswer as error:
            raise VenueError(self.config.name, error.reason) from None

    async def read_ok(self, path: str, params: Params = (), *, hurry: Hurry = Hurry.NONE) -> object:
        """The body of a signed read that was answered with 200. Raises VenueError otherwise."""
        return self.ok(await self.read(path, params, hurry=hurry), path)

    async def public(self, path: str, params: Params = (), *, hurry: Hurry = Hurry.NONE) -> Answer:
        """An unsigned read, whatever its status. Raises VenueError where no answer came."""
        timeout_ms = self.config.limits.read_timeout_ms
        try:
            return await self.requests.unsigned(path, params, hurry=hurry, timeout_ms=timeout_ms, cost=1)
        except NoAnswer as error:
            raise VenueError(self.config.name, error.reason) from None

    async def measure_time(self) -> None:
        """Ask the venue's time. Its ``Date`` header is that of whatever stands before it, and is not looked at."""
        answer = await self.public("/time")
        server_ms = server_time_ms(self.ok(answer, "the time"))
        self.offset.heard(server_ms, answer.sent_ms, answer.at_ms, exact_to_ms=1_000)

    async def public_ok(self, path: str, params: Params = (), *, hurry: Hurry = Hurry.NONE) -> object:
        """The body of an unsigned read that was answered with 200. Raises VenueError otherwise."""
        return self.ok(await self.public(path, params, hurry=hurry), path)

    def ok(self, answer: Answer, what: str) -> object:
        """The body of a 200; VenueError for anything else."""
        if answer.status != 200:
            said = f"{what}: {answer.status} {text_of(answer.body)}".rstrip()
            raise VenueError(self.config.name, said[:200], shut=answer.status in _SHUT)
        return answer.body

    async def pages(self, path: str, params: Params, *, hurry: Hurry = Hurry.NONE) -> list[dict[str, object]]:
        """Every row of every page. Raises VenueError or Unreadable: a part is nothing."""
        found: list[dict[str, object]] = []
        seen: set[str] = set()
        cursor = _FIRST_CURSOR
        for _ in range(_MOST_PAGES):
            body = await self.read_ok(path, (*params, ("next_cursor", cursor)), hurry=hurry)
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
        timeout_ms = self.config.limits.read_timeout_ms
        return await self.requests.checked(key, path, timeout_ms=timeout_ms, cost=1)

    async def delete(self, path: str, body: bytes | None = None) -> Answer:
        """A cancel. Raises NoAnswer."""
        timeout_ms = self.config.limits.cancel_timeout_ms
        return await self.requests.tried(
            "DELETE", path, body=body, hurry=Hurry.ORDERS, timeout_ms=timeout_ms, cost=1
        )

    async def post_order(
        self, body_of: Callable[[str], bytes], guard: WriteGuard, *, by_ms: int, hurry: Hurry
    ) -> Answer:
        """Post a new order once. ``body_of`` makes the body for an API key's id.

        Raises NotWritten where that is proved, else NoAnswer: its outcome is unknown.
        """
        answer = await self.requests.post_once(
            "/order", lambda key: body_of(key.api_key), guard, by_ms=by_ms, hurry=hurry, cost=1
        )
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
