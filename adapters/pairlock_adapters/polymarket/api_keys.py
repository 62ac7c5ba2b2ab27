"""API keys of a wallet, made or found again with the wallet's own signature (L1). For set-up, never while trading."""

from __future__ import annotations

from attrs import frozen

from pairlock.ports import Clock, VenueError
from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.offset import ClockOffset
from pairlock_adapters.net.secrets import Secret
from pairlock_adapters.polymarket.config import PolymarketKey
from pairlock_adapters.polymarket.parse_account import server_time_ms
from pairlock_adapters.polymarket.quantities import Unreadable, text
from pairlock_adapters.polymarket.sign.l1 import l1_headers
from pairlock_adapters.polymarket.wallets import Signer
from pairlock_adapters.polymarket.words import text_of

_WAIT_MS = 10_000


@frozen
class KeyMaker:
    """One wallet at one CLOB. Each ``nonce`` is a key of its own, so that several keys serve one wallet."""

    http: VenueHttp
    clock: Clock
    signer: Signer
    chain_id: int
    venue: str = "polymarket"

    async def derive(self, nonce: int = 0) -> PolymarketKey:
        """The key that was made with this nonce. Raises VenueError where there is none."""
        return await self._ask("GET", "/auth/derive-api-key", nonce)

    async def create(self, nonce: int = 0) -> PolymarketKey:
        """A new key with this nonce. Raises VenueError where it exists or is refused."""
        return await self._ask("POST", "/auth/api-key", nonce)

    async def _ask(self, method: str, path: str, nonce: int) -> PolymarketKey:
        try:
            time = await self.http.request("GET", "/time", timeout_ms=_WAIT_MS)
            offset = ClockOffset(self.clock)
            offset.heard(server_time_ms(time.body), time.sent_ms, time.at_ms, exact_to_ms=1_000)
            headers = l1_headers(
                self.signer.account(),
                chain_id=self.chain_id,
                timestamp_s=offset.server_ms() // 1_000,
                nonce=nonce,
            )
            answer = await self.http.request(method, path, headers=headers, timeout_ms=_WAIT_MS)
            if answer.status not in (200, 201) or not isinstance(answer.body, dict):
                raise VenueError(self.venue, f"{path}: {answer.status} {text_of(answer.body)}".rstrip()[:200])
            body = answer.body
            where = f"the API key of nonce {nonce}"
            secret, passphrase = (Secret(text(body, name), where) for name in ("secret", "passphrase"))
            return PolymarketKey(f"nonce-{nonce}", text(body, "apiKey"), secret, passphrase)
        except NoAnswer as error:
            raise VenueError(self.venue, error.reason) from None
        except Unreadable:
            # Not told what it is: it may be half of a secret.
            raise VenueError(self.venue, f"{path}: an answer that is no API key") from None
