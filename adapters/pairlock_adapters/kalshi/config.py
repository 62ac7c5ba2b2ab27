"""What a Kalshi account needs: where it is reached, with which keys, and what the member's terms are."""

from __future__ import annotations

from attrs import field, frozen

from pairlock.errors import UserError
from pairlock_adapters.kalshi.build import OrderSettings
from pairlock_adapters.net.secrets import Secret

REST_URL = "https://external-api.kalshi.com/trade-api/v2"
WS_URL = "wss://external-api-ws.kalshi.com/trade-api/ws/v2"
DEMO_REST_URL = "https://external-api.demo.kalshi.co/trade-api/v2"
DEMO_WS_URL = "wss://external-api-ws.demo.kalshi.co/trade-api/ws/v2"


@frozen
class KalshiKey:
    """One API key: its id, and the PEM of its private key. ``name`` is what reports call it."""

    name: str
    key_id: str
    private_key: Secret


@frozen
class KalshiLimits:
    """Tokens per second of the account's tier (default: Basic), and what of them cancels and exits have alone.

    A request costs 10 tokens, cancels and single orders 2, batches each of their parts. Times in ms.
    ``book_age_ms``: a book from the socket that is older is read anew. ``archived_after_ms``: an order that is older
    is looked for in the venue's archive too.
    """

    read_per_s: int = 200
    write_per_s: int = 100
    read_reserve: int = 60
    write_reserve: int = 40
    read_timeout_ms: int = 2_500
    cancel_timeout_ms: int = 2_000
    shortest_wait_ms: int = 100
    book_age_ms: int = 1_000
    archived_after_ms: int = 86_400_000
    most_books: int = 200


@frozen
class KalshiConfig:
    """One account. ``region``: where this deployment stands, as its operator states it; Kalshi refuses some.

    ``direct_member``: fees are then rounded to $0.0001 and not to the cent. ``sockets``: whether to open the socket;
    without it books and orders are read. ``shard``: where the collateral lies; markets of another one are refused.
    Plain http and ws are taken for this machine alone.
    """

    keys: tuple[KalshiKey, ...] = field()
    region: str = field()
    rest_url: str = REST_URL
    ws_url: str = WS_URL
    name: str = "kalshi"
    direct_member: bool = False
    shard: int = 0
    orders: OrderSettings = field(factory=OrderSettings)
    limits: KalshiLimits = field(factory=KalshiLimits)
    ca_file: str = ""
    sockets: bool = True

    @keys.validator
    def _some_keys(self, _: object, keys: tuple[KalshiKey, ...]) -> None:
        if not keys:
            raise UserError("kalshi.keys is empty; name at least one API key")

    @region.validator
    def _stated(self, _: object, region: str) -> None:
        if not region.strip():
            raise UserError(
                "kalshi.region is empty; state where this deployment stands, since Kalshi does not serve every place"
            )
