"""What a Polymarket account needs: where it is reached, which wallet trades, and with which API keys."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from pairlock.errors import UserError
from pairlock_adapters.net.secrets import Secret
from pairlock_adapters.polymarket.contracts import POLYGON, contracts_of
from pairlock_adapters.polymarket.parse_markets import Reading
from pairlock_adapters.polymarket.sign.order import SignatureType

CLOB_URL = "https://clob.polymarket.com"
GAMMA_URL = "https://gamma-api.polymarket.com"
DATA_URL = "https://data-api.polymarket.com"
WS_MARKET_URL = "wss://ws-subscriptions-clob.polymarket.com/ws/market"
WS_USER_URL = "wss://ws-subscriptions-clob.polymarket.com/ws/user"
GEOBLOCK_URL = "https://polymarket.com"

MOST_BOOKS = 500  # more on one socket silently lose their snapshots


@frozen
class PolymarketKey:
    """One API key of the wallet. ``name`` is what reports call it; several keys come from several nonces (L1)."""

    name: str
    api_key: str
    secret: Secret
    passphrase: Secret


@frozen
class PolymarketLimits:
    """Our own limits: requests per second, and what of them cancels and exits have alone. Times in ms.

    The venue queues what is over its limits, so that it shows as latency. ``book_age_ms``: a book from the socket that
    was heard of longer ago is read anew.
    """

    read_per_s: int = 100
    write_per_s: int = 40
    read_reserve: int = 30
    write_reserve: int = 15
    read_timeout_ms: int = 2_500
    cancel_timeout_ms: int = 2_000
    shortest_wait_ms: int = 100
    book_age_ms: int = 1_000
    most_books: int = field(default=200)

    @most_books.validator
    def _few_enough(self, _: object, most_books: int) -> None:
        if not 0 <= most_books <= MOST_BOOKS:
            raise UserError(
                f"polymarket.limits.most_books is {most_books}; give at most {MOST_BOOKS},"
                " since a socket with more loses snapshots"
            )


@frozen
class PolymarketConfig:
    """One wallet. ``region``: where this deployment stands, as its operator states it; the venue refuses some.

    ``funder`` holds the money ("" for the key's own address, which signature type 0 needs). ``yes_tokens`` says by
    condition id which token is YES where labels do not. ``check_book_hashes`` False serves books whose hash does not
    agree. ``sockets`` False reads books and orders instead. ``geoblock_url`` "" asks nobody where we are. Plain http
    and ws are taken for this machine alone.
    """

    keys: tuple[PolymarketKey, ...] = field()
    private_key: Secret
    region: str = field()
    clob_url: str = CLOB_URL
    gamma_url: str = GAMMA_URL
    data_url: str = DATA_URL
    ws_market_url: str = WS_MARKET_URL
    ws_user_url: str = WS_USER_URL
    geoblock_url: str = GEOBLOCK_URL
    name: str = "polymarket"
    chain_id: int = field(default=POLYGON)
    signature_type: SignatureType = field(default=SignatureType.EOA, converter=SignatureType)
    funder: str = ""
    builder: str = ""
    yes_tokens: Mapping[str, str] = field(factory=dict)
    held_ms: int = 250
    limits: PolymarketLimits = field(factory=PolymarketLimits)
    ca_file: str = ""
    check_book_hashes: bool = True
    sockets: bool = True

    @keys.validator
    def _some_keys(self, _: object, keys: tuple[PolymarketKey, ...]) -> None:
        if not keys:
            raise UserError("polymarket.keys is empty; name at least one API key")

    @region.validator
    def _stated(self, _: object, region: str) -> None:
        if not region.strip():
            raise UserError(
                "polymarket.region is empty; state where this deployment stands, since Polymarket refuses some places"
            )

    @chain_id.validator
    def _known(self, _: object, chain_id: int) -> None:
        contracts_of(chain_id)

    def reading(self) -> Reading:
        return Reading(self.yes_tokens, self.held_ms)
