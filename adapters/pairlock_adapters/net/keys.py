"""Several keys for one account: the first that works is used, and one that fails steps aside for a while.

Failing over never sends anything again by itself: who asks for ``current`` signs the *next* request with it. An order
that was posted under one key is not posted under another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from attrs import frozen

from pairlock.errors import UserError
from pairlock.ports import Clock


class Named(Protocol):
    @property
    def name(self) -> str:
        """What reports call the key: never a part of it that is secret."""
        ...


@frozen
class KeyTrouble:
    """After an answer with this status a key is put aside for so long (ms); the next request takes another one."""

    status: int
    rest_ms: int
    why: str


K = TypeVar("K", bound=Named)


class KeyRing(Generic[K]):
    """Keys in the order in which they are preferred. Times are ``now_ms`` of the clock."""

    def __init__(self, keys: Iterable[K], clock: Clock) -> None:
        self._keys = tuple(keys)
        self._clock = clock
        self._aside: dict[str, tuple[int, str]] = {}
        names = [key.name for key in self._keys]
        if not names:
            raise UserError("no key is configured; name at least one")
        if len(set(names)) != len(names):
            raise UserError(f"two keys have one name in {', '.join(names)}; give each its own")

    def __len__(self) -> int:
        return len(self._keys)

    def usable(self) -> tuple[K, ...]:
        """The keys that are not aside now, the preferred one first."""
        now_ms = self._clock.now_ms()
        return tuple(key for key in self._keys if self._until_ms(key) <= now_ms)

    def current(self) -> K | None:
        """The key for the next request; None while every one is aside, when a new entry must not be sent."""
        usable = self.usable()
        return usable[0] if usable else None

    def at_any_rate(self) -> K:
        """As ``current``; where every key is aside the one that comes back first, for what must be tried anyway."""
        return self.current() or min(self._keys, key=self._until_ms)

    def failed(self, key: K, why: str, until_ms: int) -> None:
        """The venue refused this key (401, 429, expired): aside until then. A later time already set stands."""
        if until_ms >= self._until_ms(key):
            self._aside[key.name] = (until_ms, why)

    def worked(self, key: K) -> None:
        """The venue took this key after all: at once usable again."""
        self._aside.pop(key.name, None)

    def troubles(self) -> dict[str, str]:
        """Name of each key that is aside now, and why."""
        now_ms = self._clock.now_ms()
        return {name: why for name, (until_ms, why) in self._aside.items() if until_ms > now_ms}

    def _until_ms(self, key: K) -> int:
        return self._aside.get(key.name, (0, ""))[0]
