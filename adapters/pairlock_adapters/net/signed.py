"""Requests of one account: signed with a key that works, within its budget, each order once and never again.

Reads and cancels that a key is refused for are asked again with the next key. An order that was posted under one key
is not posted under another, whatever came back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol

from attrs import frozen

from pairlock.ports import Clock, WriteGuard
from pairlock_adapters.net.answers import Answer, NoAnswer
from pairlock_adapters.net.budget import Budget
from pairlock_adapters.net.http import Params, VenueHttp
from pairlock_adapters.net.hurry import Hurry
from pairlock_adapters.net.keys import K, KeyRing, KeyTrouble

_NO_ROOM = "our own rate limit leaves no room for it in time"


class NotWritten(Exception):
    """It is proved that no byte of the order was written."""


class Rates(Protocol):
    """Tokens a second, and what of them the urgent have alone; the least time (ms) that an order's answer is given."""

    @property
    def read_per_s(self) -> int: ...
    @property
    def write_per_s(self) -> int: ...
    @property
    def read_reserve(self) -> int: ...
    @property
    def write_reserve(self) -> int: ...
    @property
    def shortest_wait_ms(self) -> int: ...


@frozen(eq=False, repr=False)
class Signs(Generic[K]):
    """How a venue is signed to, and which of its answers are about the key.

    ``headers``: for a key, a method, a path as the client names it, and a body. ``told``: an answer's body in words.
    """

    keys: KeyRing[K]
    headers: Callable[[K, str, str, bytes], Sequence[tuple[str, str]]]
    troubles: tuple[KeyTrouble, ...]
    told: Callable[[object], str]


class SignedHttp(Generic[K]):
    """One account's requests, through ``http``. ``heard`` is given every answer, before its sender is."""

    def __init__(
        self, http: VenueHttp, clock: Clock, rates: Rates, signs: Signs[K], heard: Callable[[Answer], None]
    ) -> None:
        self.http = http
        self._clock = clock
        self._rates = rates
        self._signs = signs
        self._heard = heard
        self.reads = Budget(clock, per_s=rates.read_per_s, burst=rates.read_per_s, reserve=rates.read_reserve)
        self.writes = Budget(
            clock, per_s=rates.write_per_s, burst=rates.write_per_s, reserve=rates.write_reserve
        )

    def _is_refused(self, key: K, answer: Answer, budget: Budget) -> bool:
        """What an answer says of the key and the budget. True: another key may be taken."""
        keys = self._signs.keys
        trouble = next((each for each in self._signs.troubles if each.status == answer.status), None)
        if trouble is None:
            keys.worked(key)
            return False
        until_ms = answer.at_ms + (answer.retry_after_ms() or trouble.rest_ms)
        keys.failed(key, f"{answer.status} {self._signs.told(answer.body) or trouble.why}"[:120], until_ms)
        if trouble.status == 429 and keys.current() is None:
            budget.overdrawn(until_ms)
        return True

    async def tried(
        self,
        method: str,
        path: str,
        params: Params = (),
        body: bytes | None = None,
        *,
        hurry: Hurry,
        timeout_ms: int,
        cost: int,
    ) -> Answer:
        """A read or a cancel, under one key after the other while the keys are what is refused. Raises NoAnswer."""
        keys = self._signs.keys
        budget = self.reads if method == "GET" else self.writes
        by_ms = self._clock.now_ms() + timeout_ms
        answer: Answer | None = None
        for _ in range(len(keys)):
            if not await budget.take(cost, urgent=hurry.urgent, by_ms=by_ms):
                raise NoAnswer(_NO_ROOM, wrote=False)
            key = keys.current() or (keys.at_any_rate() if answer is None else None)
            if key is None:
                break
            headers = self._signs.headers(key, method, path, body or b"")
            left_ms = max(1, by_ms - self._clock.now_ms())
            answer = await self.http.request(
                method,
                path,
                params=params,
                body=body,
                headers=headers,
                timeout_ms=left_ms,
                hurry=hurry,
            )
            self._heard(answer)
            if not self._is_refused(key, answer, budget):
                break
        assert answer is not None
        return answer

    async def unsigned(
        self, path: str, params: Params = (), *, hurry: Hurry, timeout_ms: int, cost: int
    ) -> Answer:
        """A read that needs no key. Raises NoAnswer."""
        if not await self.reads.take(cost, urgent=hurry.urgent, by_ms=self._clock.now_ms() + timeout_ms):
            raise NoAnswer(_NO_ROOM, wrote=False)
        answer = await self.http.request("GET", path, params=params, timeout_ms=timeout_ms, hurry=hurry)
        self._heard(answer)
        return answer

    async def checked(self, key: K, path: str, *, timeout_ms: int, cost: int, counts: bool = True) -> Answer:
        """A read under this very key; ``counts``: what the answer says of the key is heeded. Raises NoAnswer."""
        await self.reads.take(cost)
        headers = self._signs.headers(key, "GET", path, b"")
        answer = await self.http.request("GET", path, headers=headers, timeout_ms=timeout_ms)
        self._heard(answer)
        if counts:
            self._is_refused(key, answer, self.reads)
        return answer

    async def post_once(
        self,
        path: str,
        body_of: Callable[[K], bytes],
        guard: WriteGuard,
        *,
        by_ms: int,
        hurry: Hurry,
        cost: int,
    ) -> Answer:
        """Post a new order once. ``body_of`` makes the body for the key that is taken.

        Raises NotWritten where that is proved, else NoAnswer: its outcome is unknown.
        """
        keys = self._signs.keys
        if not await self.writes.take(cost, urgent=hurry.urgent, by_ms=by_ms):
            raise NotWritten("our own rate limit leaves no room for it before its deadline")
        key = keys.at_any_rate() if hurry.urgent else keys.current()
        if key is None:
            raise NotWritten(f"no key may be used now: {keys.troubles()}")
        body = body_of(key)
        headers = self._signs.headers(key, "POST", path, body)
        timeout_ms = max(by_ms - self._clock.now_ms(), self._rates.shortest_wait_ms)
        try:
            answer = await self.http.request(
                "POST",
                path,
                body=body,
                headers=headers,
                timeout_ms=timeout_ms,
                guard=guard,
                hurry=hurry,
            )
        except NoAnswer as error:
            if error.wrote:
                raise
            raise NotWritten(error.refused or error.reason) from None
        self._heard(answer)
        self._is_refused(key, answer, self.writes)
        return answer
